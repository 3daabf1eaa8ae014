//! Something wrong in what was read: where it stands, what it is about, what to do.

use std::fmt;
use std::sync::Arc;

use crate::text::{Spot, composed, shown};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as messages call it.
    pub file: Arc<str>,
    /// Where in it; `None` when the whole file is meant.
    pub spot: Option<Spot>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.file))?;
        match self.spot {
            Some(Spot { line, column: Some(column) }) => write!(f, ":{line}:{column}"),
            Some(Spot { line, column: None }) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// Something wrong in a file that is known to whoever reads of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; `None` when the whole file is meant.
    pub spot: Option<Spot>,
    /// Key, column or field; empty when everything there is meant.
    pub about: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// What is wrong with what, without the place: `about: message`.
    pub fn words(&self) -> String {
        let about = if self.about.is_empty() { "" } else { ": " };
        format!("{}{about}{}", shown(&self.about), composed(&self.message))
    }

    /// The whole of it for whoever reads of several files: `file:line: about: message`.
    pub fn in_file(&self, file: &str) -> String {
        format!("{}: {}", Place { file: file.into(), spot: self.spot }, self.words())
    }
}

/// `line 3, column 5: about: message`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spot) = self.spot {
            write!(f, "{spot}: ")?;
        }
        f.write_str(&self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_place_and_acts_on_no_terminal() {
        let problem = |spot, about: &str| Problem {
            spot,
            about: about.to_owned(),
            message: "must be a number".to_owned(),
        };
        let spot = Spot { line: 3, column: Some(5) };
        for (problem, alone, in_file) in [
            (problem(None, ""), "must be a number", "a.toml: must be a number"),
            (
                problem(Some(Spot::line(3)), "ui.x"),
                "line 3: ui.x: must be a number",
                "a.toml:3: ui.x: must be a number",
            ),
            (
                problem(Some(spot), "\u{1b}"),
                "line 3, column 5: \\u{1b}: must be a number",
                "a.toml:3:5: \\u{1b}: must be a number",
            ),
        ] {
            assert_eq!(problem.to_string(), alone);
            assert_eq!(problem.in_file("a.toml"), in_file);
        }
    }
}
