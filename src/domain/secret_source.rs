//! Where a secret is read from each time that it is needed. SPEC E3.
//!
//! Only the place is named: no configuration, argument or record holds the secret itself.

use std::path::PathBuf;

/// A place that gives a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Sealed in the local store.
    Stored,
    /// All of a file that nobody but its owner may read.
    File(PathBuf),
    /// What a program prints, run without a shell: the program and its arguments.
    Command(Vec<String>),
    /// Standard input of this process.
    Stdin,
    /// A credential that systemd hands over, by its name below `$CREDENTIALS_DIRECTORY`.
    Systemd(String),
}

impl SecretSource {
    /// The source in a word or two, without paths or arguments.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Stored => "sealed in the local store",
            Self::File(_) => "a file",
            Self::Command(_) => "a command",
            Self::Stdin => "standard input",
            Self::Systemd(_) => "a systemd credential",
        }
    }

    /// The word by which `--json` and messages name it.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::File(_) => "file",
            Self::Command(_) => "command",
            Self::Stdin => "stdin",
            Self::Systemd(_) => "systemd",
        }
    }
}

/// Whether a name can be that of a systemd credential: one path component. systemd's own rule is a
/// file name of at most 255 bytes (systemd.exec, `LoadCredential=`).
pub fn is_credential_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name != "."
        && name != ".."
        && !name.chars().any(|c| c == '/' || c == '\\' || c == ':' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_name_leads_nowhere_else() {
        assert!(is_credential_name("fly-contoso.secret"));
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "C:x", "a\nb"] {
            assert!(!is_credential_name(bad), "{bad:?}");
        }
        assert!(!is_credential_name(&"x".repeat(256)));
    }
}
