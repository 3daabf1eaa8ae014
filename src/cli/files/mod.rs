//! What the commands that work on connections as files share: reading, secrets, showing, doing.

pub mod done;
pub mod input;
pub mod run;
pub mod secrets;
pub mod show;

use crate::error::Failure;
use crate::service::files::FilesError;

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        let mut failure = Self::new(error.to_string()).hint(error.hint());
        failure.why = error.lines();
        failure
    }
}
