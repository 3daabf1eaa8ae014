//! The device agent's installer: what it is checked against, how it is named and installed. D7.

use std::fmt;

/// Most bytes of an installer unless the configuration says otherwise: 2 GB.
pub const MAX_BYTES: u64 = 2048 << 20;

/// Name of the installer where its location has none that is fit for a command line.
pub const FILE_NAME: &str = "DeviceAgent.msi";

/// What stands for the key where a command is shown and the key is not.
pub const KEY_PLACE: &str = "<configuration key>";

/// What to know before the agent is pushed by Group Policy. Facts: fly.md §4; the rest is how
/// Windows installs software by policy.
pub const GROUP_POLICY: [&str; 4] = [
    "Put the .msi on a share that the computer accounts may read, and assign it under Computer \
     Configuration > Policies > Software Settings; it is installed at the next start. An .exe \
     cannot be assigned this way.",
    "A policy passes nothing to the installer. To run the command above instead, make it a startup \
     script of the same policy, with the full path of the file on the share.",
    "Each device needs 64-bit Windows, .NET Framework 4.7.2 to 4.8, Visual C++ 2015-2022 and TLS \
     1.2; the configuration key ties its agent to the connection.",
    "Try it on one device first.",
];

/// A SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Reads 64 hexadecimal digits, upper or lower case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 64 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What an installer must be to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// Its digest, where one was given.
    pub sha256: Option<Sha256>,
    /// Most bytes that are taken.
    pub max_bytes: u64,
}

impl Default for Checks {
    fn default() -> Self {
        Self { sha256: None, max_bytes: MAX_BYTES }
    }
}

/// Where an installer is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installer {
    /// Address, share or path; `None`: not configured.
    pub url: Option<String>,
    /// What it must be.
    pub checks: Checks,
}

/// The file name at the end of a location: an address, a share or a path. A name that could mean
/// something to a command line is not taken; [`FILE_NAME`] then stands for it.
pub fn file_name(location: &str) -> String {
    let web = location.contains("://");
    let path = if web { location.split(['?', '#']).next().unwrap_or_default() } else { location };
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if web { decoded(last) } else { last.to_owned() };
    let fit = |c: char| c.is_alphanumeric() || " -_.()+".contains(c);
    let whole = !name.starts_with(['.', ' ', '-']) && !name.ends_with(['.', ' ']);
    let host = web && path.matches('/').count() < 3;
    if whole && !host && name.contains('.') && name.len() <= 120 && name.chars().all(fit) {
        name
    } else {
        FILE_NAME.to_owned()
    }
}

/// Percent signs resolved; what is then no text is given back as it was and refused for its `%`.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) if first == b'%' => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// A length in bytes as people say it: MB of 1,048,576 bytes, as Windows shows them.
pub fn size(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / (1 << 20);
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..1_048_576 => format!("{} KB", bytes >> 10),
        _ => format!("{}.{} MB", tenths / 10, tenths % 10),
    }
}

/// How far a download is.
pub fn progress(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) if total > 0 => {
            let percent = u128::from(done) * 100 / u128::from(total);
            format!("{} of {} ({percent}%)", size(done), size(total))
        }
        Some(_) | None => size(done),
    }
}

/// Fills the install command: `{agent}` becomes the file name, `{key}` the key. No installer
/// property for the key is documented, so without `{key}` in the command the key follows on a line
/// of its own.
pub fn install_command(template: &str, file: &str, key: &str) -> String {
    let command = template.replace("{agent}", file);
    if command.contains("{key}") {
        command.replace("{key}", key)
    } else {
        format!("{command}\n{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_digits() {
        let text = "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let digest = Sha256::parse(&format!(" {text}\n")).unwrap();
        assert_eq!(digest.to_string(), text.to_lowercase());
        for bad in ["", &text[1..], &format!("{text}0"), &text.replace('9', "g"), &"é".repeat(32)]
        {
            assert_eq!(Sha256::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_comes_from_the_end_of_the_location() {
        for (location, name) in [
            ("https://fly.example/download/Agent-4.2.msi?sig=x#y", "Agent-4.2.msi"),
            ("https://fly.example/Device%20Agent.msi", "Device Agent.msi"),
            ("https://fly.example/%E4%BB%A3.msi", "代.msi"),
            (r"\\files\fly\agent.msi", "agent.msi"),
            ("/mnt/fly/agent.exe", "agent.exe"),
        ] {
            assert_eq!(file_name(location), name, "{location}");
        }
    }

    #[test]
    fn a_name_that_could_do_harm_is_not_taken() {
        for location in [
            "",
            "https://fly.example",
            "https://fly.example/",
            "https://fly.example/download",
            "https://fly.example/..%2F..%2Fetc%2Fpasswd.x",
            "https://fly.example/%2e%2e",
            "https://fly.example/a%22%20%26calc.msi",
            "https://fly.example/a%00.msi",
            "https://fly.example/a%0a.msi",
            "https://fly.example/%PATH%.msi",
            "https://fly.example/a%E2%80%AEism.exe",
            "https://fly.example/-q.msi",
            "https://fly.example/.bashrc",
            r"\\files\fly\$(calc).msi",
        ] {
            assert_eq!(file_name(location), FILE_NAME, "{location}");
        }
    }

    #[test]
    fn sizes_are_short() {
        let (small, medium, large) = (size(9), size(20_000), size(84_000_000));
        assert_eq!((&*small, &*medium, &*large), ("9 bytes", "19 KB", "80.1 MB"));
        assert_eq!(progress(42_000_000, Some(84_000_000)), "40.0 MB of 80.1 MB (50%)");
        assert_eq!(progress(0, Some(0)), "0 bytes");
        assert!(progress(u64::MAX, Some(u64::MAX)).ends_with("(100%)"));
    }

    #[test]
    fn the_key_stands_in_the_command_or_below_it() {
        assert_eq!(install_command("x {agent} K={key}", "a.msi", "k"), "x a.msi K=k");
        assert_eq!(install_command("x {agent}", "a.msi", "k"), "x a.msi\nk");
    }
}
