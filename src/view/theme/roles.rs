//! Roles of a theme by name, and styles as they are written in the configuration.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::Theme;
use crate::text::nearest;

macro_rules! roles {
    ($($name:ident $slug:literal $field:ident;)+) => {
        /// What a style is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $(#[doc = $slug] $name),+ }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Name in the configuration.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }
        }

        impl Theme {
            /// The style of a role.
            pub const fn of(&self, role: Role) -> Style {
                match role { $(Role::$name => self.$field),+ }
            }

            fn set(&mut self, role: Role, style: Style) {
                match role { $(Role::$name => self.$field = style),+ }
            }
        }
    };
}

roles! {
    Text "text" plain;
    Muted "muted" muted;
    Heading "heading" title;
    Header "header" head;
    Key "key" key;
    Accent "accent" focus;
    Border "border" border;
    Selection "selection" selection;
    Choice "choice" cursor;
    Marked "marked" mark;
    Match "match" matched;
    Input "input" input;
    Link "link" link;
    Ok "ok" good;
    Advice "advice" advice;
    Warning "warning" warning;
    WarningSymbol "warning-symbol" warning_sign;
    Error "error" error;
    Badge "badge" badge;
    Gauge "gauge" gauge;
    GaugeWarning "gauge-warning" gauge_warning;
    GaugeEmpty "gauge-empty" gauge_empty;
}

/// Styles of some roles in place of the theme's.
pub type Overrides = BTreeMap<Role, Style>;

impl Role {
    /// The role with this name.
    ///
    /// # Errors
    /// No such role: says which there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(role) = Self::ALL.iter().copied().find(|it| it.slug() == name) {
            return Ok(role);
        }
        let all: Vec<&str> = Self::ALL.iter().map(|it| it.slug()).collect();
        let meant = nearest::tail(name, all.iter().copied());
        Err(format!("unknown role \"{name}\" ({}){meant}", all.join(", ")))
    }
}

/// The 16 colours of a terminal by name.
const COLOURS: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// A colour: one of the 16 names, a number up to 255, or `#rrggbb`.
///
/// # Errors
/// It is none: says which there are.
pub fn colour(text: &str) -> Result<Color, String> {
    if let Some((_, colour)) = COLOURS.iter().find(|(name, _)| *name == text) {
        return Ok(*colour);
    }
    if let Some(code) = text
        .strip_prefix('#')
        .filter(|it| it.len() == 6 && it.bytes().all(|b| b.is_ascii_hexdigit()))
        && let Ok(code) = u32::from_str_radix(code, 16)
    {
        let [_, red, green, blue] = code.to_be_bytes();
        return Ok(Color::Rgb(red, green, blue));
    }
    if let Ok(number) = text.parse() {
        return Ok(Color::Indexed(number));
    }
    let names: Vec<&str> = COLOURS.iter().map(|it| it.0).collect();
    let meant = nearest::tail(text, names.iter().copied());
    Err(format!("unknown color \"{text}\" ({}, 0 to 255, #rrggbb){meant}", names.join(", ")))
}

/// An attribute by name.
pub fn modifier(text: &str) -> Option<Modifier> {
    MODIFIERS.iter().find(|(name, _)| *name == text).map(|it| it.1)
}

/// A style such as `bold red on black`: attributes, a colour, and one behind `on`, in any order; empty
/// for the terminal's own text.
///
/// # Errors
/// A word that is neither: says which there are.
pub fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match (word, modifier(word)) {
            (_, Some(modifier)) => style.add_modifier(modifier),
            ("on", None) => style.bg(colour(words.next().ok_or("a color must follow \"on\"")?)?),
            (word, None) => {
                let names: Vec<&str> = MODIFIERS.iter().map(|it| it.0).collect();
                let attributes = names.join(", ");
                style.fg(colour(word).map_err(|it| format!("{it}; attributes: {attributes}"))?)
            }
        };
    }
    Ok(style)
}

impl Theme {
    /// The theme with other styles for some roles. Without colours, by `mono` or `NO_COLOR`, it stays as
    /// it is: such a style may say by a colour alone what the theme says by an attribute. A style with a
    /// 24-bit colour needs a terminal that shows these.
    #[must_use]
    pub fn with(mut self, overrides: &Overrides, truecolour: bool) -> Self {
        if !self.has_colour() {
            return self;
        }
        let exact = |style: &Style| {
            [style.fg, style.bg].iter().any(|it| matches!(it, Some(Color::Rgb(..))))
        };
        for (role, style) in overrides.iter().filter(|(_, it)| truecolour || !exact(it)) {
            self.set(*role, *style);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::theme::{Name, Options};

    #[test]
    fn styles_are_words_in_any_order() {
        let plain = Style::new();
        for (text, expected) in [
            ("", plain),
            ("red", plain.fg(Color::Red)),
            (
                "bold red on black",
                plain.fg(Color::Red).bg(Color::Black).add_modifier(Modifier::BOLD),
            ),
            (
                "on #102030 underline",
                plain.bg(Color::Rgb(16, 32, 48)).add_modifier(Modifier::UNDERLINED),
            ),
            ("208", plain.fg(Color::Indexed(208))),
            ("bright-black dim", plain.fg(Color::DarkGray).add_modifier(Modifier::DIM)),
        ] {
            assert_eq!(style(text), Ok(expected), "{text}");
        }
        for (text, part) in [
            ("purpel", "unknown color \"purpel\" (black, red"),
            ("purpel", "attributes: bold, dim, italic, underline, reverse"),
            ("#12345", "#rrggbb"),
            ("#zzzzzz", "#rrggbb"),
            ("256", "0 to 255"),
            ("bold on", "a color must follow"),
            ("magneta", "did you mean magenta"),
        ] {
            let error = style(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn roles_have_names_and_replace_styles_where_there_are_colours() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.slug()), Ok(*role));
        }
        let error = Role::parse("eror").unwrap_err();
        assert!(
            error.contains("warning-symbol") && error.contains("did you mean error"),
            "{error}"
        );
        let strange = Style::new().fg(Color::Magenta);
        let all: Overrides = Role::ALL.iter().map(|it| (*it, strange)).collect();
        let options = Options { colour: true, ..Options::default() };
        let theme = Theme::new(options).with(&all, false);
        assert!(Role::ALL.iter().all(|it| theme.of(*it) == strange));
        // Mono and NO_COLOR are left alone, and so is a role whose 24 bits cannot be shown.
        for options in
            [Options { colour: false, ..options }, Options { name: Name::Mono, ..options }]
        {
            assert_eq!(Theme::new(options).with(&all, true), Theme::new(options));
        }
        let exact: Overrides = [(Role::Error, Style::new().fg(Color::Rgb(1, 2, 3)))].into();
        assert_eq!(Theme::new(options).with(&exact, false), Theme::new(options));
        assert_ne!(Theme::new(options).with(&exact, true), Theme::new(options));
    }
}
