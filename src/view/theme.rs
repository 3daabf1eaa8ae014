//! How things look, by meaning. ANSI-16 colours on the terminal's own foreground and background,
//! so that dark and light schemes both stay readable; without colours only attributes. E6.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::context::{ContextColour, ContextKind};
use crate::domain::health::Level;

/// What a theme is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Colours may be used.
    pub colour: bool,
    /// Only ASCII for boxes and symbols.
    pub ascii: bool,
    /// Which theme.
    pub name: Name,
}

/// The themes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Name {
    /// A few accents in the terminal's own colours.
    #[default]
    Default,
    /// Bold, underline and reverse only.
    Mono,
}

impl Name {
    /// Every theme.
    pub const ALL: [Self; 2] = [Self::Default, Self::Mono];

    /// Name in the config.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Mono => "mono",
        }
    }

    /// The theme with this name in the config.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.slug() == text)
    }
}

/// Styles by meaning, and the symbols that go with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Anything that needs no emphasis.
    pub plain: Style,
    /// Name of the product, titles.
    pub title: Style,
    /// Word that must not be overlooked, such as DEMO.
    pub badge: Style,
    /// Heads of columns.
    pub head: Style,
    /// Side remarks: hints, examples, units.
    pub muted: Style,
    /// A key to press.
    pub key: Style,
    /// Name under the cursor; chosen entry.
    pub cursor: Style,
    /// What matched a search.
    pub matched: Style,
    /// Symbol of a marked row.
    pub mark: Style,
    /// Label of the focused field.
    pub focus: Style,
    /// Line that takes text.
    pub input: Style,
    /// An address to open.
    pub link: Style,
    /// Lines and boxes.
    pub border: Style,
    /// Done, in order.
    pub good: Style,
    /// Could be better.
    pub advice: Style,
    /// Will go wrong.
    pub warning: Style,
    /// Is wrong.
    pub error: Style,
    /// Symbols.
    pub signs: Signs,
    /// Colours may be used.
    colour: bool,
}

/// Symbols; one column each where not told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Before the row or field that has the keys.
    pub cursor: &'static str,
    /// Before a marked row.
    pub mark: &'static str,
    /// In order, done.
    pub good: &'static str,
    /// Good to know.
    pub advice: &'static str,
    /// Likely to go wrong.
    pub warning: &'static str,
    /// Wrong.
    pub error: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// Sorted smallest first.
    pub up: &'static str,
    /// Sorted largest first.
    pub down: &'static str,
    /// Between the steps of the trail.
    pub trail: &'static str,
    /// From before to after; two columns in ASCII.
    pub arrow: &'static str,
    /// Between short remarks.
    pub dot: &'static str,
    /// One character of a masked secret.
    pub bullet: &'static str,
    /// Chosen option, three columns.
    pub radio_on: &'static str,
    /// Other option, three columns.
    pub radio_off: &'static str,
    /// Around an option that left and right change.
    pub less: &'static str,
    /// Around an option that left and right change.
    pub more: &'static str,
    /// Turns while something is in flight.
    pub spinner: &'static [&'static str],
    /// Horizontal line.
    pub horizontal: &'static str,
    /// Vertical line.
    pub vertical: &'static str,
    /// Corners: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
}

const UNICODE: Signs = Signs {
    cursor: "❯",
    mark: "▪",
    good: "✓",
    advice: "i",
    warning: "!",
    error: "✗",
    ellipsis: "…",
    up: "▲",
    down: "▼",
    trail: "›",
    arrow: "→",
    dot: "·",
    bullet: "•",
    radio_on: "(•)",
    radio_off: "( )",
    less: "‹",
    more: "›",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    horizontal: "─",
    vertical: "│",
    corners: ["╭", "╮", "╰", "╯"],
};

const ASCII: Signs = Signs {
    cursor: ">",
    mark: "*",
    good: "+",
    advice: "i",
    warning: "!",
    error: "x",
    ellipsis: "~",
    up: "^",
    down: "v",
    trail: ">",
    arrow: "->",
    dot: "|",
    bullet: "*",
    radio_on: "(*)",
    radio_off: "( )",
    less: "<",
    more: ">",
    spinner: &["|", "/", "-", "\\"],
    horizontal: "-",
    vertical: "|",
    corners: ["+", "+", "+", "+"],
};

impl Default for Theme {
    fn default() -> Self {
        Self::new(Options { colour: true, ascii: false, name: Name::Default })
    }
}

impl Theme {
    /// The theme for these options.
    pub fn new(options: Options) -> Self {
        let colour = options.colour && options.name == Name::Default;
        // Yellow, white and black are left out: each cannot be read on some background.
        let tint = |style: Style, colour_: Color| if colour { style.fg(colour_) } else { style };
        let plain = Style::new();
        let with = |modifier: Modifier| plain.add_modifier(modifier);
        let bold = with(Modifier::BOLD);
        Self {
            plain,
            title: bold,
            badge: tint(with(Modifier::BOLD | Modifier::REVERSED), Color::Magenta),
            head: with(Modifier::UNDERLINED),
            muted: with(Modifier::DIM),
            key: bold,
            cursor: with(Modifier::REVERSED),
            // No colour: a page of matches would cost a colour change on every row.
            matched: with(Modifier::BOLD | Modifier::UNDERLINED),
            mark: bold,
            focus: tint(bold, Color::Cyan),
            input: with(Modifier::UNDERLINED),
            link: tint(with(Modifier::UNDERLINED), Color::Cyan),
            border: with(Modifier::DIM),
            good: tint(plain, Color::Green),
            advice: tint(plain, Color::Cyan),
            warning: tint(bold, Color::Magenta),
            error: tint(bold, Color::Red),
            signs: if options.ascii { ASCII } else { UNICODE },
            colour,
        }
    }

    /// A sign of print as it can be shown: without more than ASCII, the nearest of the same width.
    /// Letters stay, because nothing stands for a name.
    pub fn plainly<'t>(&self, cluster: &'t str) -> &'t str {
        if self.signs != ASCII {
            return cluster;
        }
        match cluster {
            "\u{2026}" => self.signs.ellipsis,
            "\u{2018}" | "\u{2019}" => "'",
            "\u{201c}" | "\u{201d}" => "\"",
            "\u{2013}" | "\u{2014}" | "\u{2212}" => "-",
            "\u{d7}" => "x",
            "\u{b7}" => "|",
            "\u{2022}" => "*",
            "\u{a0}" => " ",
            "\u{2192}" => ">",
            other => other,
        }
    }

    /// Symbol and style of a health level. Health of a row that is in order stays plain.
    pub const fn level(&self, level: Level) -> (&'static str, Style) {
        match level {
            Level::Good => (self.signs.good, self.plain),
            Level::Unchecked => ("?", self.muted),
            Level::Advice => (self.signs.advice, self.plain),
            Level::Warning => (self.signs.warning, self.warning),
            Level::Error => (self.signs.error, self.error),
        }
    }

    /// Badge of a context. Both colours are set, so that it can be read on any background; without
    /// colours it is reversed, and its words tell it.
    pub fn context(&self, colour: Option<ContextColour>, kind: ContextKind) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let reversed = bold.add_modifier(Modifier::REVERSED);
        let colour = match (colour, kind) {
            _ if !self.colour => return reversed,
            (Some(colour), _) => colour,
            (None, ContextKind::Fly) => ContextColour::Cyan,
            (None, ContextKind::Store) => return reversed,
        };
        let (text, ground) = match colour {
            ContextColour::Red => (Color::White, Color::Red),
            ContextColour::Yellow => (Color::Black, Color::Yellow),
            ContextColour::Green => (Color::Black, Color::Green),
            ContextColour::Cyan => (Color::Black, Color::Cyan),
            ContextColour::Blue => (Color::White, Color::Blue),
            ContextColour::Magenta => (Color::White, Color::Magenta),
        };
        bold.fg(text).bg(ground)
    }

    /// Symbol that turns.
    pub fn spinner(&self, turn: u8) -> &'static str {
        let frames = self.signs.spinner;
        frames.get(usize::from(turn) % frames.len().max(1)).copied().unwrap_or("*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(theme: &Theme) -> [Style; 17] {
        [
            theme.plain,
            theme.title,
            theme.badge,
            theme.head,
            theme.muted,
            theme.key,
            theme.cursor,
            theme.matched,
            theme.mark,
            theme.focus,
            theme.input,
            theme.link,
            theme.border,
            theme.good,
            theme.advice,
            theme.warning,
            theme.error,
        ]
    }

    // E6: NO_COLOR, and the theme without colours.
    #[test]
    fn without_colours_only_attributes_are_left() {
        for options in [
            Options { colour: false, ..Options::default() },
            Options { colour: true, name: Name::Mono, ascii: true },
        ] {
            for style in styles(&Theme::new(options)) {
                assert_eq!((style.fg, style.bg), (None, None));
            }
        }
    }

    #[test]
    fn colours_can_be_read_on_light_and_dark() {
        for style in styles(&Theme::default()) {
            assert_eq!(style.bg, None);
            assert!(
                matches!(
                    style.fg,
                    None | Some(Color::Red | Color::Green | Color::Cyan | Color::Magenta)
                ),
                "{style:?}"
            );
        }
    }

    #[test]
    fn ascii_signs_are_ascii() {
        assert!(format!("{ASCII:?}").is_ascii());
        for name in Name::ALL {
            assert_eq!(Name::parse(name.slug()), Some(name));
        }
    }
}
