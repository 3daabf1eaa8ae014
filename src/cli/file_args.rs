//! What the commands that work on connections as files have in common.

use std::path::Path;

/// What a connection file is, shown below the help of the commands that read one.
pub const FILE_HELP: &str = r#"A connection file, TOML or JSON ({"version": 1, "connections": [{…}]}):
  [[connection]]
  name = "contoso-devices-hq"
  type = "Device"
  side = "source"
  client_id = "11111111-2222-4333-8444-555555555555"
  client_secret = { command = ["op", "read", "op://Fly/hq/secret"] }

Keys are those of the form; `jetbridge schema` describes them all, and editors complete from it.
Tenants, profiles and the like are given by name, or by id where a name is not enough. A record with
an id, as export writes it, changes the connection with that id, and a new name renames it; without
an id, the name decides. What a record leaves out is removed, except secrets, keys and tokens, which
stay.

A secret is { file = "PATH" } (readable by its owner only; from the folder of this file),
{ command = ["PROGRAM", "ARG"] } (no shell, 30 seconds, only with --allow-commands), { prompt = true } (asked for where there is none
yet), or { keep = true }, which is what export writes; secret_file and secret_command mean the same as file and
command. Missing keys are issued. A new bulk token is
bulk_tokens = { display_name = "…", expires = "2027-03-31", token = { file = "…" } }; without token it is a
local stand-in. Types without a form have name, type, side, tenant and description.

All problems are reported with file, line and field, and nothing is changed."#;

/// How secrets are read.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct SecretArgs {
    /// Accept secrets that are written in plain text in the file
    #[arg(long)]
    pub allow_plain_secrets: bool,
    /// Run the commands that connection files take secrets from
    #[arg(long)]
    pub allow_commands: bool,
}

/// `KEY=VALUE`.
#[derive(Debug, Clone)]
pub struct Set {
    /// Key of the field.
    pub key: String,
    /// Value as it is typed.
    pub value: String,
}

/// Whether a path means standard input, or output where it is written to.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The file or folder to write to; `None`: standard output.
pub fn place(out: Option<&Path>) -> Option<&Path> {
    out.filter(|it| !is_standard(it))
}

/// Reads `KEY=VALUE`.
///
/// # Errors
/// It is written otherwise.
pub fn set(text: &str) -> Result<Set, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok(Set { key: key.trim().to_owned(), value: value.to_owned() })
        }
        _ => Err("write it as KEY=VALUE, such as description=\"Wave 2\"".to_owned()),
    }
}
