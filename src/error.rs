//! What a verb of the command line ends with: an exit code, and for a failure three parts: what
//! happened, why, and what to do. SPEC E1, E7.

use crate::backend::BackendError;
use crate::files::FileError;
use crate::text::nearest;

/// Exit codes, the same for every verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok,
    /// Not done.
    Failure,
    /// Wrong arguments, a wrong configuration file, or a terminal is missing.
    Usage,
    /// Done, and what was checked is not as it should be.
    Findings,
    /// Not signed in, not allowed, or the vault is locked.
    Auth,
    /// Some of several were done, some not.
    Partial,
    /// Somebody else changed in between what was to be changed.
    Conflict,
    /// Ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Every code, in the order of the numbers.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Findings,
        Self::Auth,
        Self::Partial,
        Self::Conflict,
        Self::Interrupted,
    ];

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Auth => 4,
            Self::Partial => 5,
            Self::Conflict => 6,
            Self::Interrupted => 130,
        }
    }

    /// What it means, for `--help`.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failure => "failed; nothing was changed unless the message says so",
            Self::Usage => "wrong arguments or configuration, or a terminal is needed",
            Self::Findings => {
                "done, and something was found or differs: an old key, a missing permission, a change"
            }
            Self::Auth => "not signed in, not allowed, or the vault is locked",
            Self::Partial => "some of several were done; the others are listed",
            Self::Conflict => "someone else changed it since it was read; nothing was changed",
            Self::Interrupted => "interrupted by Ctrl-C",
        }
    }

    /// What a command on several ends with: partial when some were done; when none was, what they
    /// all ended with, or failure where they differ.
    pub fn of_several(done: bool, mut failed: impl Iterator<Item = Self>) -> Self {
        match failed.next() {
            None => Self::Ok,
            Some(_) if done => Self::Partial,
            Some(first) if failed.all(|it| it == first) => first,
            Some(_) => Self::Failure,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a verb did not do what it was asked.
///
/// Texts from outside are escaped by whoever prints it, so that a failure stays a plain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the process ends with.
    pub exit: Exit,
    /// What happened, in one line.
    pub what: String,
    /// Why, one line each; may be empty.
    pub why: Vec<String>,
    /// What to do, one line each; may be empty.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(what: impl Into<String>) -> Self {
        Self { exit: Exit::Failure, what: what.into(), why: Vec::new(), hints: Vec::new() }
    }

    /// Wrong arguments, a wrong configuration, or no terminal: exit code 2.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what) }
    }

    /// Whoever read our output has left: nothing to say, and not a failure either.
    pub fn reader_left() -> Self {
        Self { exit: Exit::Ok, ..Self::new("") }
    }

    /// Whether there is nothing to say.
    pub fn is_quiet(&self) -> bool {
        self.what.is_empty()
    }

    /// Adds what was probably meant, where one of the candidates is near enough.
    #[must_use]
    pub fn meaning<'a>(
        mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.why.extend(nearest::question(word, candidates));
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// Adds what to do; nothing when the text is empty.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !hint.is_empty() {
            self.hints.push(hint);
        }
        self
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new(error.to_string()).hint(error.hint())
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        let exit = match &error {
            it if it.is_auth() => Exit::Auth,
            BackendError::Conflict { .. } | BackendError::Deleted { .. } => Exit::Conflict,
            // On the command line nobody but Ctrl-C at a question takes a call back.
            BackendError::Cancelled => Exit::Interrupted,
            _ => Exit::Failure,
        };
        let hint = match &error {
            // The screen says these where the field is; here it stands alone.
            BackendError::Invalid(_) => "Fix this and try again; nothing was changed.".to_owned(),
            BackendError::Cancelled => "Run it again to continue.".to_owned(),
            // What a service said may leave out what to do.
            _ if error.hint().is_empty() => "`jetbridge doctor` looks for the cause.".to_owned(),
            _ => error.hint(),
        };
        Self { exit, ..Self::new(error.to_string()) }.hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exit_code_is_reported_once() {
        let mut codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 130]);
        codes.dedup();
        assert_eq!(codes.len(), Exit::ALL.len());
        assert!(Exit::ALL.iter().all(|exit| !exit.meaning().is_empty()));
    }

    #[test]
    fn several_end_with_what_they_have_in_common() {
        let of = |done, failed: &[Exit]| Exit::of_several(done, failed.iter().copied());
        for (done, failed, exit) in [
            (true, &[][..], Exit::Ok),
            (false, &[], Exit::Ok),
            (true, &[Exit::Conflict], Exit::Partial),
            (false, &[Exit::Conflict, Exit::Conflict], Exit::Conflict),
            (false, &[Exit::Auth], Exit::Auth),
            (false, &[Exit::Conflict, Exit::Failure], Exit::Failure),
        ] {
            assert_eq!(of(done, failed), exit, "{done} {failed:?}");
        }
    }

    #[test]
    fn a_backend_error_brings_its_hint() {
        let failure = Failure::from(BackendError::Busy);
        assert_eq!(failure.exit, Exit::Failure);
        assert_eq!(failure.hints, [BackendError::Busy.hint()]);
        for error in [BackendError::Cancelled, BackendError::Invalid("x".into())] {
            assert_eq!(Failure::from(error).hints.len(), 1);
        }
        assert_eq!(Failure::from(BackendError::Cancelled).exit, Exit::Interrupted);
        let by = "anna".to_owned();
        let conflict =
            BackendError::Conflict { by, at: crate::domain::Timestamp::UNIX_EPOCH, revision: 2 };
        assert_eq!(Failure::from(conflict).exit, Exit::Conflict);
        let locked = Failure::from(BackendError::Locked { detail: "x".into() });
        assert_eq!(locked.exit, Exit::Auth);
    }
}
