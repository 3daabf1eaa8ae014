//! What a verb of the command line ends with: an exit code, and for a failure three parts: what
//! happened, why, and what to do. SPEC E1, E7.

use crate::backend::BackendError;
use crate::files::FileError;

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
    /// Ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Every code, in the order of the numbers.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Findings,
        Self::Auth,
        Self::Partial,
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
                "done, and something was found or differs: an old key, a missing permission, a plan"
            }
            Self::Auth => "not signed in, not allowed, or the vault is locked",
            Self::Partial => "some of several were done, the others are named",
            Self::Interrupted => "interrupted by Ctrl-C",
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
        let exit = match error {
            BackendError::SignIn(_) | BackendError::Forbidden(_) | BackendError::Locked { .. } => {
                Exit::Auth
            }
            // On the command line nobody but Ctrl-C at a question takes a call back.
            BackendError::Cancelled => Exit::Interrupted,
            _ => Exit::Failure,
        };
        let hint = match &error {
            // The screen says these where the field is; here it stands alone.
            BackendError::Invalid(_) => "Mend that and try again; nothing was changed.".to_owned(),
            BackendError::Cancelled => "Run it again when you want to go on.".to_owned(),
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
    fn each_exit_code_is_told_once() {
        let mut codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 130]);
        codes.dedup();
        assert_eq!(codes.len(), Exit::ALL.len());
        assert!(Exit::ALL.iter().all(|exit| !exit.meaning().is_empty()));
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
        let locked = Failure::from(BackendError::Locked { detail: "x".into() });
        assert_eq!(locked.exit, Exit::Auth);
    }
}
