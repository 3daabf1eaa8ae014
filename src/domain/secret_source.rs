//! Where a secret is read from each time that it is needed. SPEC E3.
//!
//! Only the place is named: no configuration, argument or record holds the secret itself.

use std::path::PathBuf;

/// A place that gives a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Sealed in the local store.
    Stored,
    /// All of a file that only its owner may read.
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

/// Why a command cannot be one that is kept.
pub const LITERAL: &str = "the command itself seems to contain a secret: put it where the command \
    reads it, such as a file with mode 600 or a password manager";

/// Whether a secret stands in a command that is kept, rather than where the command finds one: the
/// value of a password option, a token in a header, what `echo` prints. A value that a shell puts in
/// (`$NAME`) is none, and neither is a path.
pub fn holds_literal(words: &[String]) -> bool {
    let ends = |c: char| c.is_whitespace() || "'\"`;()".contains(c);
    let pieces = words.iter().flat_map(|it| it.split(ends)).map(|it| it.trim_matches('\\'));
    let mut before = "";
    let mut printing = false;
    for piece in pieces.filter(|it| !it.is_empty()) {
        let program = piece.rsplit('/').next().unwrap_or_default();
        if printing && is_value(piece) || is_value(piece) && names_secret(before) {
            return true;
        }
        let (name, value) = piece.split_once(['=', ':']).unwrap_or(("", piece));
        let named = is_value(value) && names_secret(&format!("{name}="));
        if named || looks_random(value) || looks_random(piece) || is_login(piece) {
            return true;
        }
        printing = ["echo", "printf"].contains(&program)
            || printing && piece.starts_with(['-', '%'])
            || printing && piece.contains(['$', '|']) && !piece.ends_with('|');
        before = piece;
    }
    false
}

/// Whether a word can be a secret itself.
fn is_value(word: &str) -> bool {
    let file = word.contains('/') && !word.ends_with('=')
        || word.rsplit_once('.').is_some_and(|(_, ending)| {
            (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_lowercase())
        });
    !word.is_empty() && !word.starts_with(['-', '%', '$', '@', '{', '<', '|', '>', '&']) && !file
}

/// Whether a word announces that a secret follows: `--password`, `X-Vault-Token:`, `PIN=`, `Bearer`.
fn names_secret(word: &str) -> bool {
    let lower = word.to_lowercase();
    if ["bearer", "basic"].contains(&lower.as_str()) {
        return true;
    }
    let name = lower.trim_start_matches('-').trim_end_matches(['=', ':']);
    let announced = name.len() < lower.len();
    let joined: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let ends =
        ["password", "passwd", "passphrase", "pwd", "token", "pin", "apikey", "clientsecret"];
    announced && ends.iter().any(|it| joined == *it || joined.ends_with(it) && it.len() > 3)
}

/// Whether a word is what programs issue as a secret: letters, digits and signs without an order.
fn looks_random(word: &str) -> bool {
    let letters = word.chars().any(|c| c.is_ascii_alphabetic());
    let digits = word.chars().any(|c| c.is_ascii_digit());
    let kind = |c: char| match c {
        'a'..='z' => 0,
        'A'..='Z' => 1,
        '0'..='9' => 2,
        _ => 3,
    };
    let kinds: Vec<u8> = word.chars().map(kind).collect();
    let turns = kinds.windows(2).filter(|it| it.first() != it.last()).count();
    let signs = word.get(1..).is_some_and(|it| it.contains('~')) || word.ends_with('=');
    let mixed = kinds.contains(&0) && kinds.contains(&1) && (signs || 5 * turns > 2 * kinds.len());
    let token = word.starts_with("eyJ") && word.contains('.') || word.contains("-----BEGIN");
    token || kinds.len() >= 16 && is_value(word) && letters && digits && mixed
}

/// Whether an address has a password in it.
fn is_login(word: &str) -> bool {
    word.split_once("://").and_then(|(_, it)| it.split('/').next()?.rsplit_once('@')).is_some_and(
        |(login, _)| {
            login.split_once(':').is_some_and(|(_, it)| !it.is_empty() && !it.contains('$'))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_command_is_seen_and_where_it_is_kept_is_none() {
        let random = "abc8Q~Not-Real.0123456789abcdefghijklmnop";
        for line in [
            random.to_owned(),
            format!("echo {random}"),
            format!("printf %s {random}"),
            format!("sh -c 'echo {random}'"),
            "echo hunter2".into(),
            "/bin/echo hunter2".into(),
            "printf %s\\n hunter2".into(),
            "sh -c \"echo -n hunter2\"".into(),
            "gpg --passphrase hunter2 -d x.gpg".into(),
            "gpg --passphrase=hunter2 -d x.gpg".into(),
            "tool --client-secret hunter2".into(),
            "env VAULT_TOKEN=hunter2 vault read -field=x y".into(),
            "curl -H X-Vault-Token:hunter2 https://vault.example/x".into(),
            "curl -H 'X-Vault-Token: hvs.CAESIJ000000000' https://vault.example/x".into(),
            "curl -H 'Authorization: Bearer hunter2' https://vault.example/x".into(),
            "curl https://user:hunter2@vault.example/x".into(),
            "tool eyJub3QiOiJyZWFsIn0.eyJub3QiOiJyZWFsIn0.bm90LXJlYWw".into(),
            "tool c2VjcmV0MTIzNDU2Nzg5MDEyMzQ1Njc4OTA9QWI=".into(),
            "tool Xk3mP9qL2vR8tB5nZ7wA".into(),
        ] {
            let whole = line.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert!(holds_literal(&whole), "{line}");
            assert!(holds_literal(std::slice::from_ref(&line)), "{line} as one word");
        }
        for line in [
            "pass show fly/prod",
            "op read op://vault/fly/password",
            "bw get password fly",
            "az keyvault secret show --vault-name kv --name FlyClientSecret2026 --query value -o tsv",
            "az keyvault secret show --id https://kv.vault.azure.net/secrets/fly/0123456789abcdef0123456789abcdef",
            "gcloud secrets versions access latest --secret=fly-secret",
            "aws secretsmanager get-secret-value --secret-id prod/fly --query SecretString",
            "vault kv get -field=client_secret secret/fly",
            "security find-generic-password -w -s fly -a admin@contoso.example",
            "secret-tool lookup service fly account admin",
            "gpg --passphrase-file /home/x/p -d /home/x/s.gpg",
            "gpg --quiet --decrypt fly.gpg",
            "sh -c 'echo $FLY_SECRET'",
            "sh -c \"echo \\\"$FLY_SECRET\\\"\"",
            "sh -c 'printf \"%s\\n\" \"$FLY_SECRET\" | base64 -d'",
            "curl -H 'X-Vault-Token: $TOKEN' https://user@vault.example/x",
            "tool --password-file ~/p.txt --token $TOKEN --pin-prompt",
            "cat /run/secrets/Fly2026Secret",
            "/opt/Tools2/FlySecret.sh 0f3d7e61-0000-4000-8000-00000000a002",
            "keepassxc-cli show -s -a Password ~/db.kdbx Fly/Prod",
        ] {
            let whole = line.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert!(!holds_literal(&whole), "{line}");
        }
    }

    #[test]
    fn a_credential_name_leads_nowhere_else() {
        assert!(is_credential_name("fly-contoso.secret"));
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "C:x", "a\nb"] {
            assert!(!is_credential_name(bad), "{bad:?}");
        }
        assert!(!is_credential_name(&"x".repeat(256)));
    }
}
