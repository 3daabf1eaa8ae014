//! Keeps what is in memory out of files that others may read. RELIABILITY §4.

/// No core dumps, and no other process of this user may look into this one. Runs before anything
/// else, for every verb.
///
/// Failing is not an error: what the system does not know it does not do.
pub fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(test)]
mod tests {
    /// Changes the process of the tests, which loses its core dumps by it and nothing else.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_is_not_dumped() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

        super::no_core_dumps();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
