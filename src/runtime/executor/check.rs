//! Checks of an app, as answers. P9.

use std::path::PathBuf;

use super::files;
use crate::app::Answer;
use crate::app::effect::{CheckFile, LiveLogin, LiveProof};
use crate::domain::Timestamp;
use crate::service::evidence::{self, Login, Proof};

/// What a file contains. The disk may be slow, so a thread reads.
pub(super) async fn file(path: PathBuf, holds: CheckFile, clock: fn() -> Timestamp) -> Answer {
    let path = files::typed(&path);
    let read = tokio::task::spawn_blocking(move || match holds {
        CheckFile::Manifest => evidence::of_manifest(&path),
        CheckFile::Tokens => evidence::of_tokens(&path, clock()),
    });
    let reported = read.await.unwrap_or_else(|_| Err("The file was not read.".into()));
    Answer::Checked(reported.map(Box::new))
}

/// The sign-in in the words of the service.
pub(super) fn login(login: LiveLogin) -> Login {
    let proof = match login.proof {
        LiveProof::Secret(secret) => Proof::Secret(secret),
        LiveProof::Certificate { certificate, key } => {
            Proof::Certificate { certificate: files::typed(&certificate), key: files::typed(&key) }
        }
    };
    Login { tenant: login.tenant, client_id: login.client_id, proof }
}
