//! What a context is called, is, and looks like. A context is a place that keeps connections: a store
//! or a Fly service.

use serde::Serialize;

/// A context of which an answer about several has nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Its name.
    pub context: String,
    /// What went wrong, in one line.
    pub error: String,
    /// What the command would have ended with there.
    pub exit_code: u8,
}

/// Name of the context that is always there: the store of this user.
pub const LOCAL: &str = "local";

/// What a context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextKind {
    /// A store on this machine: the plan.
    Store,
    /// A store on a PostgreSQL server that several people share: the plan of a team.
    Postgres,
    /// The public API of AvePoint Fly: what really is there. It can only be read.
    Fly,
}

impl ContextKind {
    /// The word in the configuration.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Postgres => "postgres",
            Self::Fly => "fly",
        }
    }

    /// Whether it keeps a plan.
    pub const fn is_plan(self) -> bool {
        matches!(self, Self::Store | Self::Postgres)
    }
}

/// Colour of a context on the screen; its word is shown as well, so that nothing hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextColour {
    /// Red: for what must not be touched by mistake.
    Red,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Cyan.
    Cyan,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
}

impl ContextColour {
    /// Every colour.
    pub const ALL: [Self; 6] =
        [Self::Red, Self::Yellow, Self::Green, Self::Cyan, Self::Blue, Self::Magenta];

    /// The word in the configuration.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Cyan => "cyan",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
        }
    }
}

/// Longest name of a context, in characters.
const NAME_MAX: usize = 64;

/// The name of a context: short, and safe as a key of the configuration, as a file name and in a
/// shell.
///
/// # Errors
/// What is wrong with it, and what is allowed.
pub fn name(text: &str) -> Result<&str, String> {
    let text = text.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !starts || !text.chars().all(good) || text.len() > NAME_MAX {
        return Err(format!(
            "a context's name has 1 to {NAME_MAX} letters, digits, - _ and ., and starts with a letter or digit"
        ));
    }
    Ok(text)
}

/// How a signed sign-in to AvePoint Fly names its certificate: both forms of the SHA-1 thumbprint
/// are in use (fly.md §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KidForm {
    /// Its bytes as base64url, as AvePoint's own module sends it.
    #[default]
    Base64Url,
    /// Its hexadecimal digits, as AvePoint's .NET sample sends it.
    Hex,
}

impl KidForm {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Base64Url, Self::Hex];

    /// The word in the configuration and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Base64Url => "base64url",
            Self::Hex => "hex",
        }
    }
}

/// Whether the label of a context says that it is production: `PROD`, `Production EMEA`, `prd`, `LIVE`.
pub fn is_production(label: &str) -> bool {
    let label = label.to_lowercase();
    label.contains("prod")
        || label.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "prd" | "live"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_that_it_is_production() {
        for label in ["PROD", "Production EMEA", "prod-2", "Produktion", "prd", "EU PRD", "Live"] {
            assert!(is_production(label), "{label}");
        }
        for label in ["", "TEST", "Pilot", "wave 2", "delivery", "olive"] {
            assert!(!is_production(label), "{label}");
        }
    }

    #[test]
    fn a_name_is_safe_everywhere() {
        assert_eq!(name(" contoso-prod.2 "), Ok("contoso-prod.2"));
        for bad in ["", "..", ".x", "-x", "a b", "a/b", "é", "a\u{202e}b", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
