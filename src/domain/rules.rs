//! Checks of single answers. Each returns the canonical value, or one line that says what is
//! wrong and what to do. SPEC G1, G7, D4, D8, D11, D16.

use uuid::Uuid;

use super::UNNAMED;
use crate::text;

/// Longest connection name, in characters. Fly's own limit is not documented (fly.md §5); this
/// one keeps lists and file names usable.
pub const NAME_MAX: usize = 256;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 4_000;
/// Longest of any other text, in characters.
pub const TEXT_MAX: usize = 1_024;

/// What is wrong with an answer, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl Problem {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A connection name: trimmed, not empty, printable, at most [`NAME_MAX`] characters. G1.
pub fn name(input: &str) -> Result<String, Problem> {
    let trimmed = input.trim();
    // What a list shows in place of a name is none.
    if trimmed.is_empty() || trimmed == UNNAMED {
        return Err(Problem::new("enter a name"));
    }
    printable(trimmed, NAME_MAX)
}

/// A free text of one line, trimmed; may be empty.
pub fn printable(input: &str, max: usize) -> Result<String, Problem> {
    let trimmed = input.trim();
    // Signs such as a warning triangle are often written with one of these; that shows on screen.
    let of_signs = |c: char| matches!(c, '\u{fe0e}' | '\u{fe0f}');
    if let Some(c) = trimmed.chars().find(|c| text::is_hidden(*c) && !of_signs(*c)) {
        return Err(Problem(format!(
            "remove the invisible character U+{:04X}: it cannot be seen or typed later",
            c as u32
        )));
    }
    let length = trimmed.chars().count();
    if length > max {
        return Err(Problem(format!("{length} characters are too many: shorten it to {max}")));
    }
    Ok(trimmed.to_owned())
}

/// An application (client) id: a GUID, with or without braces. D4.
pub fn guid(input: &str) -> Result<Uuid, Problem> {
    let inner = input.trim();
    let inner = inner.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(inner).trim();
    if inner.is_empty() {
        return Err(Problem::new("enter the application (client) ID"));
    }
    if inner.chars().any(char::is_whitespace) {
        return Err(Problem::new("remove the spaces inside the ID"));
    }
    match Uuid::try_parse(inner) {
        Ok(id) if id.is_nil() => Err(Problem::new("this ID is all zeros: copy the real one")),
        Ok(id) => Ok(id),
        Err(_) => Err(Problem::new(
            "not a GUID: 8-4-4-4-12 hexadecimal digits, such as 11111111-2222-4333-8444-555555555555",
        )),
    }
}

/// A user principal name. G7.
pub fn upn(input: &str) -> Result<String, Problem> {
    let text = printable(input, TEXT_MAX)?;
    let hint = || Problem::new("write it as name@domain, the user principal name");
    let (user, host) = text.split_once('@').ok_or_else(hint)?;
    let odd =
        |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | ',' | ';' | ':' | '\\' | '/');
    if user.is_empty() || host.contains('@') || user.contains(odd) {
        return Err(hint());
    }
    domain(host).map_err(|_| hint())?;
    Ok(text)
}

/// An address that begins with `https://`, with a host and at most a path.
pub fn https(input: &str) -> Result<String, Problem> {
    let text = printable(input, TEXT_MAX)?;
    let wrong =
        || Problem::new("write the whole address, such as https://contoso-admin.sharepoint.com");
    let (head, rest) = text.split_at_checked(8).ok_or_else(wrong)?;
    let host = rest.split('/').next().unwrap_or_default();
    if !head.eq_ignore_ascii_case("https://") || rest.contains([' ', '?', '#', '@', '\\']) {
        return Err(wrong());
    }
    domain(host).map_err(|_| wrong())?;
    Ok(format!("https://{}", rest.trim_end_matches('/')))
}

/// A DNS domain name with at least two labels. D11.
pub fn domain(input: &str) -> Result<String, Problem> {
    let text = printable(input, 255)?;
    let text = text.strip_suffix('.').unwrap_or(&text);
    if text.is_empty() {
        return Err(Problem::new("enter the domain name, such as corp.example.com"));
    }
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    if !text.contains('.') {
        return Err(Problem::new("write the full DNS name, such as corp.example.com"));
    }
    if !text.split('.').all(label_ok) {
        return Err(Problem::new("not a DNS name: letters, digits and hyphens between dots"));
    }
    Ok(text.to_owned())
}

/// A domain account: `user`, `DOMAIN\user` or `user@domain`. D11.
pub fn domain_user(input: &str) -> Result<String, Problem> {
    let text = printable(input, TEXT_MAX)?;
    if text.is_empty() {
        return Err(Problem::new("enter the user name"));
    }
    if text.contains('@') {
        return upn(&text);
    }
    let user = match text.split_once('\\') {
        Some(("", _)) => return Err(Problem::new("the domain before the backslash is missing")),
        Some((_, user)) => user,
        None => &text,
    };
    sam_name(user)?;
    Ok(text)
}

/// A local user name on Windows: at most 20 characters, none of the forbidden ones. D8.
pub fn local_user(input: &str) -> Result<String, Problem> {
    let text = printable(input, TEXT_MAX)?;
    if text.is_empty() {
        return Err(Problem::new("enter the user name"));
    }
    if text.chars().count() > 20 {
        return Err(Problem::new("Windows allows 20 characters for a local user: shorten it"));
    }
    sam_name(&text)?;
    Ok(text)
}

fn sam_name(user: &str) -> Result<(), Problem> {
    const FORBIDDEN: &str = "\"/\\[]:;|=,+*?<>@";
    if user.is_empty() {
        return Err(Problem::new("the user name is missing"));
    }
    if let Some(c) = user.chars().find(|c| FORBIDDEN.contains(*c)) {
        return Err(Problem(format!("Windows does not allow {c} in a user name: remove it")));
    }
    if user.chars().all(|c| c == '.' || c == ' ') {
        return Err(Problem::new("a user name cannot consist of dots and spaces only"));
    }
    Ok(())
}

/// Path of a bulk enrollment file: `C:\folder\file.ppkg` on the device, or `\\server\share\…`. D16.
pub fn enrolment_path(input: &str) -> Result<String, Problem> {
    let text = printable(input, TEXT_MAX)?;
    let text = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(&text);
    if text.is_empty() {
        return Err(Problem::new("enter the path of the .ppkg file"));
    }
    if text.contains('/') {
        return Err(Problem(format!(
            "Windows paths take backslashes: {}",
            text.replace('/', "\\")
        )));
    }
    let rest = if let Some(unc) = text.strip_prefix("\\\\") {
        let mut parts = unc.split('\\');
        let (server, share) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        if server.is_empty() || share.is_empty() || parts.next().is_none() {
            return Err(Problem::new("a share is written \\\\server\\share\\file.ppkg"));
        }
        unc
    } else {
        let mut chars = text.chars();
        let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
        if !drive || chars.next() != Some(':') || chars.next() != Some('\\') {
            return Err(Problem::new(
                "write a local path such as C:\\Fly\\join.ppkg or a share such as \\\\server\\share\\join.ppkg",
            ));
        }
        chars.as_str()
    };
    if let Some(c) = rest.chars().find(|c| "<>:\"|?*".contains(*c)) {
        return Err(Problem(format!("Windows does not allow {c} in a path: remove it")));
    }
    if !text.to_lowercase().ends_with(".ppkg") {
        return Err(Problem::new("a bulk enrollment file ends in .ppkg: add the file name"));
    }
    Ok(text.to_owned())
}

/// Password rules that the device form checks while one types. D8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Least number of characters.
    pub min_length: usize,
    /// Least number of the four kinds: upper case, lower case, digit, special.
    pub min_kinds: usize,
    /// Refuse a password that contains the user name.
    pub forbid_user_name: bool,
}

impl Default for PasswordPolicy {
    /// The Active Directory default that the product page names.
    fn default() -> Self {
        Self { min_length: 7, min_kinds: 3, forbid_user_name: true }
    }
}

/// How a password stands against a policy, line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCheck {
    /// Long enough.
    pub long_enough: bool,
    /// Kinds of character found, 0 to 4.
    pub kinds: usize,
    /// Enough kinds.
    pub kinds_enough: bool,
    /// Does not contain the user name.
    pub without_user_name: bool,
}

impl PasswordCheck {
    /// Whether every rule is met.
    pub const fn passes(self) -> bool {
        self.long_enough && self.kinds_enough && self.without_user_name
    }
}

impl PasswordPolicy {
    /// Checks a password as far as it has been typed.
    pub fn check(&self, password: &str, user: &str) -> PasswordCheck {
        let has = |test: fn(char) -> bool| usize::from(password.chars().any(test));
        let kinds = has(char::is_uppercase)
            + has(char::is_lowercase)
            + has(|c| c.is_ascii_digit())
            + has(|c| !c.is_alphanumeric());
        // Windows compares the account name only from three characters on.
        let user = text::fold(user.trim());
        let contains = user.chars().count() >= 3 && text::fold(password).contains(&user);
        PasswordCheck {
            long_enough: password.chars().count() >= self.min_length,
            kinds,
            kinds_enough: kinds >= self.min_kinds,
            without_user_name: !self.forbid_user_name || !contains,
        }
    }

    /// One line that names every rule a password breaks.
    pub fn verdict(&self, password: &str, user: &str) -> Result<(), Problem> {
        let check = self.check(password, user);
        let mut broken = Vec::new();
        if !check.long_enough {
            broken.push(format!("at least {} characters", self.min_length));
        }
        if !check.kinds_enough {
            broken.push(format!(
                "{} of the 4 kinds upper case, lower case, digit, special (has {})",
                self.min_kinds, check.kinds
            ));
        }
        if !check.without_user_name {
            broken.push("must not contain the user name".to_owned());
        }
        if broken.is_empty() {
            Ok(())
        } else {
            Err(Problem(format!("needs: {}", broken.join("; "))))
        }
    }
}

/// A data location code: three letters. New codes appear, so any three letters pass (graph.md §4).
pub fn location(input: &str) -> Result<String, Problem> {
    let text = input.trim().to_ascii_uppercase();
    if text.len() == 3 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        Ok(text)
    } else {
        Err(Problem::new("a location code has three letters, such as NAM or EUR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole_and_end_at_the_path() {
        let admin = "https://contoso-admin.sharepoint.example";
        for typed in [admin, " HTTPS://contoso-admin.sharepoint.example/ "] {
            assert_eq!(https(typed).unwrap(), admin);
        }
        assert_eq!(https(&format!("{admin}/a/")).unwrap(), format!("{admin}/a"));
        for typed in ["", "contoso.example", "http://a.example", "https://", "https://a b.example"]
        {
            assert!(https(typed).is_err(), "{typed}");
        }
        for tail in ["?x=1", "#x", "@b.example", "\\x", ":444"] {
            assert!(https(&format!("{admin}{tail}")).is_err(), "{tail}");
        }
    }

    #[test]
    fn names_are_trimmed_and_printable() {
        assert_eq!(name("  Contoso groups ").unwrap(), "Contoso groups");
        assert!(name("   ").is_err() && name(UNNAMED).is_err());
        assert!(name("a\u{202e}b").unwrap_err().0.contains("U+202E"));
        assert!(name("a\nb").is_err());
        assert!(name(&"x".repeat(10_000)).unwrap_err().0.contains("10000"));
        assert_eq!(name("漢字 🚀").unwrap(), "漢字 🚀");
    }

    #[test]
    fn a_guid_may_have_braces_but_no_spaces_inside() {
        let id = guid(" {11111111-2222-4333-8444-555555555555} ").unwrap();
        assert_eq!(id.to_string(), "11111111-2222-4333-8444-555555555555");
        assert!(guid("11111111 2222-4333-8444-555555555555").unwrap_err().0.contains("spaces"));
        assert!(guid("00000000-0000-0000-0000-000000000000").is_err());
        assert!(guid("xyz").is_err());
    }

    #[test]
    fn enrolment_paths_are_local_or_unc() {
        assert!(enrolment_path(r"C:\Fly\join.ppkg").is_ok());
        assert!(enrolment_path(r"\\files\fly$\join.ppkg").is_ok());
        let wrong = enrolment_path("//files/fly/join.ppkg").unwrap_err();
        assert!(wrong.0.contains(r"\\files\fly\join.ppkg"), "{wrong}");
        assert!(enrolment_path(r"\\files\join.ppkg").is_err());
        assert!(enrolment_path(r"C:\Fly\join.zip").is_err());
        assert!(enrolment_path(r"join.ppkg").is_err());
    }

    #[test]
    fn the_default_policy_is_the_active_directory_default() {
        let policy = PasswordPolicy::default();
        assert!(policy.check("Abcdef1", "").passes());
        assert!(!policy.check("Abcde1", "").passes());
        assert!(!policy.check("abcdefgh1", "").passes());
        assert!(!policy.check("Flyadmin1!", "FLYADMIN").passes());
        let broken = policy.verdict("ab", "ab").unwrap_err();
        assert!(broken.0.contains("7 characters") && broken.0.contains("has 1"), "{broken}");
    }

    #[test]
    fn users_and_domains() {
        assert!(domain("corp.example.com").is_ok());
        assert!(domain("corp").is_err());
        assert!(domain("-a.example").is_err());
        assert!(upn("anna@contoso.example").is_ok());
        assert!(upn("anna").is_err());
        assert!(domain_user(r"CORP\joiner").is_ok());
        assert!(domain_user("joiner@corp.example").is_ok());
        assert!(domain_user(r"\joiner").is_err());
        assert!(local_user("a-local-administrator").is_err());
        assert!(local_user("localadm").is_ok());
    }
}
