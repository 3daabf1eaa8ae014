//! A line of styled, safe text, and how sentences become several of them.

use ratatui::style::Style;

use crate::text::Shown;

/// A stretch of one style.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// What is written.
    pub text: Shown<'static>,
    /// How.
    pub style: Style,
    /// Address that it stands for.
    pub link: Option<String>,
}

/// One line of a screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Its stretches, left to right.
    pub spans: Vec<Span>,
    /// Number of the entry that a click on it means.
    pub entry: Option<usize>,
}

impl Line {
    /// A line of one style.
    pub fn new<'a>(text: impl Into<Shown<'a>>, style: Style) -> Self {
        Self::default().add(text, style)
    }

    /// An empty line.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The line with one more stretch.
    #[must_use]
    pub fn add<'a>(mut self, text: impl Into<Shown<'a>>, style: Style) -> Self {
        self.push(text, style);
        self
    }

    /// Adds a stretch.
    pub fn push<'a>(&mut self, text: impl Into<Shown<'a>>, style: Style) {
        self.spans.push(Span { text: text.into().into_owned(), style, link: None });
    }

    /// The line as the entry with this number.
    #[must_use]
    pub const fn of_entry(mut self, entry: usize) -> Self {
        self.entry = Some(entry);
        self
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| span.text.width()).sum()
    }

    /// Adds blanks until it takes this many columns.
    #[must_use]
    pub fn pad(mut self, width: usize, style: Style) -> Self {
        let missing = width.saturating_sub(self.width());
        if missing > 0 {
            self.push(" ".repeat(missing), style);
        }
        self
    }
}

/// A sentence in lines of at most `width` columns.
pub fn wrapped<'a>(text: impl Into<Shown<'a>>, style: Style, width: usize) -> Vec<Line> {
    text.into().wrap(width).into_iter().map(|it| Line::new_shown(it, style)).collect()
}

/// A sentence behind a symbol, its further lines aligned with the first.
pub fn hanging<'a>(
    (sign, sign_style): (&str, Style),
    text: impl Into<Shown<'a>>,
    style: Style,
    width: usize,
) -> Vec<Line> {
    let lead = Shown::from(sign).width() + 1;
    let mut lines = Vec::new();
    for (at, part) in text.into().wrap(width.saturating_sub(lead)).into_iter().enumerate() {
        let mut line = if at == 0 {
            Line::new(sign, sign_style).add(" ", style)
        } else {
            Line::new(" ".repeat(lead), style)
        };
        line.push_shown(part, style);
        lines.push(line);
    }
    lines
}

/// A link in lines of at most `width` columns, each of them the whole link.
pub fn linked(url: &str, style: Style, width: usize) -> Vec<Line> {
    Shown::from(url)
        .wrap(width)
        .into_iter()
        .map(|it| {
            let mut line = Line::default();
            line.spans.push(Span { text: it, style, link: Some(url.to_owned()) });
            line
        })
        .collect()
}

impl Line {
    fn new_shown(text: Shown<'static>, style: Style) -> Self {
        let mut line = Self::default();
        line.push_shown(text, style);
        line
    }

    /// Adds a stretch that is safe already.
    pub(super) fn push_shown(&mut self, text: Shown<'static>, style: Style) {
        self.spans.push(Span { text, style, link: None });
    }
}
