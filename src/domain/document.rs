//! Formats in which a list or a report is saved for people and other programs.

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A table for spreadsheets.
    Csv,
    /// Whole records, for programs.
    Json,
    /// A table for tickets and wikis.
    Markdown,
    /// One page that opens without network and prints well.
    Html,
}

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Markdown, Self::Html];

    /// Name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
        }
    }

    /// The word on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// How names of its files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            other => other.slug(),
        }
    }

    /// The format that the end of a file's name asks for, if it does.
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, ending) = name.trim_end().rsplit_once('.')?;
        let is = |it: &Self| {
            ending.eq_ignore_ascii_case(it.extension()) || ending.eq_ignore_ascii_case(it.slug())
        };
        Self::ALL.into_iter().find(is)
    }

    /// A file's name with the ending of this format in place of another's; any other name stays.
    pub fn renamed(self, name: &str) -> String {
        match (Self::of_file(name), name.rsplit_once('.')) {
            (Some(other), Some((stem, _))) if other != self => {
                format!("{stem}.{}", self.extension())
            }
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_format_follow_each_other() {
        for (name, format, as_html) in [
            ("a.csv", Some(Format::Csv), "a.html"),
            ("a.b.JSON", Some(Format::Json), "a.b.html"),
            ("a.md", Some(Format::Markdown), "a.html"),
            ("a.markdown", Some(Format::Markdown), "a.html"),
            ("a.html", Some(Format::Html), "a.html"),
            ("a.txt", None, "a.txt"),
            ("csv", None, "csv"),
            ("", None, ""),
        ] {
            assert_eq!(Format::of_file(name), format, "{name}");
            assert_eq!(Format::Html.renamed(name), as_html, "{name}");
        }
    }
}
