//! How things look, by meaning. ANSI-16 colours on the terminal's own foreground and background,
//! so that dark and light schemes both stay readable; without colours only attributes. E6.

mod roles;

use ratatui::style::{Color, Modifier, Style};

pub use roles::{Overrides, Role, colour, modifier, style};

use crate::domain::context::{ContextColour, ContextKind};
use crate::domain::health::Level;

/// What a theme is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Colours may be used.
    pub colour: bool,
    /// The terminal shows 24-bit colours.
    pub truecolour: bool,
    /// Only ASCII for boxes and symbols.
    pub ascii: bool,
    /// Which theme.
    pub name: Name,
}

/// The themes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Name {
    /// The 16 colours of the terminal, for dark and light backgrounds.
    #[default]
    Default,
    /// Bold, underline and reverse only.
    Mono,
    /// 24-bit colours for a dark background; the default's where the terminal has none.
    Dark,
    /// 24-bit colours for a light background; the default's where the terminal has none.
    Light,
}

impl Name {
    /// Every theme.
    pub const ALL: [Self; 4] = [Self::Default, Self::Mono, Self::Dark, Self::Light];

    /// Name in the config.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Mono => "mono",
            Self::Dark => "dark",
            Self::Light => "light",
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
    /// The whole row under the cursor.
    pub selection: Style,
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
    /// Words about what will go wrong.
    pub warning: Style,
    /// The symbol beside them; readable on any background.
    pub warning_sign: Style,
    /// Is wrong.
    pub error: Style,
    /// The filled part of a gauge.
    pub gauge: Style,
    /// The filled part of a gauge that warns.
    pub gauge_warning: Style,
    /// The empty part of a gauge.
    pub gauge_empty: Style,
    /// Symbols.
    pub signs: Signs,
    /// Colours may be used.
    colour: bool,
}

/// Symbols; one column each unless stated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Before the row or field that has the keys.
    pub cursor: &'static str,
    /// Before a marked row and the present step.
    pub mark: &'static str,
    /// A step that lies ahead.
    pub ahead: &'static str,
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
    /// Before what is unfolded; the cursor's stands before what is folded.
    pub unfolded: &'static str,
    /// Between a step and its field.
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
    /// What was not checked.
    pub unchecked: &'static str,
    /// A cell of a bar from one eighth to all of it; a single one has no parts.
    pub eighths: &'static [&'static str],
    /// A cell of a bar without anything.
    pub blank: &'static str,
    /// A cell of the line of a count.
    pub line: &'static str,
    /// The first half of such a cell.
    pub half: &'static str,
    /// Cells of a bar of errors, warnings, advice, the rest and what was not checked, where no
    /// colour distinguishes them.
    pub parts: [&'static str; 5],
}

const UNICODE: Signs = Signs {
    cursor: "▸",
    mark: "●",
    ahead: "○",
    good: "✓",
    advice: "i",
    warning: "!",
    error: "✗",
    ellipsis: "…",
    up: "▲",
    down: "▼",
    unfolded: "▾",
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
    unchecked: "·",
    eighths: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    blank: "░",
    line: "━",
    half: "╸",
    parts: ["█", "▓", "▒", "░", "·"],
};

const ASCII: Signs = Signs {
    cursor: ">",
    mark: "*",
    ahead: "o",
    good: "+",
    advice: "i",
    warning: "!",
    error: "x",
    ellipsis: "~",
    up: "^",
    down: "v",
    unfolded: "v",
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
    unchecked: ".",
    eighths: &["#"],
    blank: ".",
    line: "=",
    half: "-",
    parts: ["#", "!", "i", "=", "."],
};

/// The colours of a theme: foreground of each role, where it has one.
struct Palette {
    heading: Option<Color>,
    muted: Option<Color>,
    accent: Option<Color>,
    border: Option<Color>,
    good: Option<Color>,
    advice: Option<Color>,
    error: Option<Color>,
    /// Text on a warning, and its ground.
    warning: Option<(Color, Color)>,
    warning_word: Option<Color>,
    gauge_warning: Option<Color>,
    badge: Option<(Color, Color)>,
    /// Ground of the row under the cursor; `None`: it is reversed.
    selection: Option<Color>,
}

const fn rgb(code: u32) -> Color {
    let [_, red, green, blue] = code.to_be_bytes();
    Color::Rgb(red, green, blue)
}

/// Attributes only.
const MONO: Palette = Palette {
    heading: None,
    muted: None,
    accent: None,
    border: None,
    good: None,
    advice: None,
    error: None,
    warning: None,
    warning_word: None,
    gauge_warning: None,
    badge: None,
    selection: None,
};

/// White, black and plain yellow text are left out: each cannot be read on some background.
const SIXTEEN: Palette = Palette {
    accent: Some(Color::Cyan),
    good: Some(Color::Green),
    advice: Some(Color::Cyan),
    error: Some(Color::Red),
    warning: Some((Color::Black, Color::Yellow)),
    gauge_warning: Some(Color::Yellow),
    badge: Some((Color::Black, Color::Magenta)),
    ..MONO
};

const DARK: Palette = Palette {
    heading: Some(rgb(0x00f0_f2f6)),
    muted: Some(rgb(0x0085_8d9c)),
    accent: Some(rgb(0x007c_c7e8)),
    border: Some(rgb(0x004a_5160)),
    good: Some(rgb(0x008a_c98d)),
    advice: Some(rgb(0x007f_b4f5)),
    error: Some(rgb(0x00f2_7a80)),
    warning: Some((rgb(0x0015_181e), rgb(0x00e3_c16a))),
    warning_word: Some(rgb(0x00f0_f2f6)),
    gauge_warning: Some(rgb(0x00e3_c16a)),
    badge: Some((rgb(0x0015_181e), rgb(0x00c3_9af0))),
    selection: Some(rgb(0x002c_3648)),
};

const LIGHT: Palette = Palette {
    heading: Some(rgb(0x000f_1419)),
    muted: Some(rgb(0x0068_717d)),
    accent: Some(rgb(0x000b_62c4)),
    border: Some(rgb(0x00c3_cad3)),
    good: Some(rgb(0x001c_7f3b)),
    advice: Some(rgb(0x000b_62c4)),
    error: Some(rgb(0x00c6_1f2f)),
    warning: Some((rgb(0x0014_171b), rgb(0x00ff_d35c))),
    warning_word: Some(rgb(0x000f_1419)),
    gauge_warning: Some(rgb(0x00e0_a400)),
    badge: Some((rgb(0x0014_171b), rgb(0x00d9_b8ff))),
    selection: Some(rgb(0x00dc_e9f9)),
};

impl Default for Theme {
    fn default() -> Self {
        Self::new(Options { colour: true, ..Options::default() })
    }
}

impl Theme {
    /// The theme for these options.
    pub fn new(options: Options) -> Self {
        let colours = match options.name {
            _ if !options.colour => MONO,
            Name::Mono => MONO,
            Name::Dark if options.truecolour => DARK,
            Name::Light if options.truecolour => LIGHT,
            Name::Default | Name::Dark | Name::Light => SIXTEEN,
        };
        let plain = Style::new();
        let with = |modifier: Modifier| plain.add_modifier(modifier);
        let fore = |style: Style, colour: Option<Color>| match colour {
            Some(colour) => style.fg(colour),
            None => style,
        };
        // Grey where there is one, else what the terminal makes of dim.
        let soft = |colour: Option<Color>| match colour {
            Some(colour) => plain.fg(colour),
            None => with(Modifier::DIM),
        };
        let both = |style: Style, colours: Option<(Color, Color)>| match colours {
            Some((text, ground)) => style.fg(text).bg(ground),
            None => with(Modifier::BOLD | Modifier::REVERSED),
        };
        let bold = with(Modifier::BOLD);
        let exact = colours.muted.is_some();
        let reversed = with(Modifier::REVERSED).remove_modifier(Modifier::DIM);
        Self {
            plain,
            title: fore(bold, colours.heading),
            badge: both(plain, colours.badge),
            head: soft(colours.muted).add_modifier(Modifier::UNDERLINED),
            muted: soft(colours.muted),
            key: fore(bold, if exact { colours.accent } else { None }),
            cursor: with(Modifier::REVERSED),
            selection: colours.selection.map_or(reversed, |it| plain.bg(it)),
            // In 16 colours without one: a page of matches would cost a change on every row.
            matched: fore(
                with(Modifier::BOLD | Modifier::UNDERLINED),
                if exact { colours.accent } else { None },
            ),
            mark: fore(bold, colours.accent),
            focus: fore(bold, colours.accent),
            input: with(Modifier::UNDERLINED),
            link: fore(with(Modifier::UNDERLINED), colours.accent),
            border: soft(colours.border),
            good: fore(plain, colours.good),
            advice: fore(plain, colours.advice),
            warning: fore(bold, colours.warning_word),
            warning_sign: both(plain, colours.warning),
            error: fore(bold, colours.error),
            gauge: fore(plain, colours.accent),
            gauge_warning: fore(plain, colours.gauge_warning),
            gauge_empty: soft(colours.border),
            signs: if options.ascii { ASCII } else { UNICODE },
            colour: colours.error.is_some(),
        }
    }

    /// Head of the column that is sorted by.
    pub fn sorted(&self) -> Style {
        self.title.add_modifier(Modifier::UNDERLINED)
    }

    /// Whether colours distinguish the parts of a bar.
    pub const fn has_colour(&self) -> bool {
        self.colour
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
            "\u{25d0}" => "%",
            "\u{2500}" => "-",
            "\u{251c}" => "|",
            "\u{2514}" => "`",
            other => other,
        }
    }

    /// Symbol of a health level and its style. Never colour alone: the symbols differ.
    pub const fn level(&self, level: Level) -> (&'static str, Style) {
        match level {
            Level::Good => (self.signs.good, self.good),
            Level::Unchecked => (self.signs.unchecked, self.muted),
            Level::Advice => (self.signs.advice, self.advice),
            Level::Warning => (self.signs.warning, self.warning_sign),
            Level::Error => (self.signs.error, self.error),
        }
    }

    /// Style of the words beside it.
    pub const fn word(&self, level: Level) -> Style {
        match level {
            Level::Good | Level::Unchecked => self.muted,
            Level::Advice => self.plain,
            Level::Warning => self.warning,
            Level::Error => self.error,
        }
    }

    /// Ground of a part of a bar.
    pub const fn part(&self, level: Level) -> Style {
        match level {
            Level::Good => self.good,
            Level::Unchecked => self.gauge_empty,
            Level::Advice => self.advice,
            Level::Warning => self.gauge_warning,
            Level::Error => self.error,
        }
    }

    /// Badge of a context. Both colours are set, so that it can be read on any background; without
    /// colours it is reversed, and its words show it.
    pub fn context(&self, colour: Option<ContextColour>, kind: ContextKind) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let reversed = bold.add_modifier(Modifier::REVERSED);
        let colour = match (colour, kind) {
            _ if !self.colour => return reversed,
            (Some(colour), _) => colour,
            (None, ContextKind::Fly) => ContextColour::Cyan,
            (None, ContextKind::Store | ContextKind::Postgres) => return reversed,
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

    fn styles(theme: &Theme) -> [Style; 22] {
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
            theme.selection,
            theme.warning_sign,
            theme.gauge,
            theme.gauge_warning,
            theme.gauge_empty,
        ]
    }

    // E6: NO_COLOR, and the theme without colours.
    #[test]
    fn without_colours_only_attributes_are_left() {
        for options in [
            Options { colour: false, ..Options::default() },
            Options { colour: true, truecolour: true, name: Name::Mono, ascii: true },
            Options { colour: false, truecolour: true, name: Name::Dark, ascii: false },
        ] {
            for style in styles(&Theme::new(options)) {
                assert_eq!((style.fg, style.bg), (None, None));
            }
        }
    }

    #[test]
    fn colours_can_be_read_on_light_and_dark() {
        let theme = Theme::default();
        let bars = [theme.gauge_warning];
        for style in styles(&theme).into_iter().filter(|it| !bars.contains(it)) {
            // With a ground of its own any text can be read; without, only what is neither light nor dark.
            let fits = match style.bg {
                None => matches!(style.fg, None | Some(Color::Red | Color::Green | Color::Cyan)),
                Some(Color::Yellow | Color::Magenta) => style.fg == Some(Color::Black),
                Some(_) => false,
            };
            assert!(fits, "{style:?}");
        }
    }

    /// 24-bit colours only where the terminal shows them.
    #[test]
    fn exact_themes_fall_back_to_the_sixteen_colours() {
        for name in [Name::Dark, Name::Light] {
            let options = Options { colour: true, name, ..Options::default() };
            assert_eq!(Theme::new(options), Theme::default());
            let exact = Theme::new(Options { truecolour: true, ..options });
            assert!(matches!(exact.error.fg, Some(Color::Rgb(..))));
            assert_eq!(exact.plain, Style::new(), "the ground of the screen stays the terminal's");
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
