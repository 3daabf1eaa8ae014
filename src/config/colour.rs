//! Whether to use colours. SPEC E6; no-color.org, bixense.com/clicolors.

/// What the configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourWish {
    /// As the environment and the terminal say.
    #[default]
    Auto,
    /// Always, whatever the environment says.
    Always,
    /// Never.
    Never,
}

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Colours.
    On,
    /// Bold, underline and reverse at most.
    Off,
}

/// Decides from the wish, the environment and whether the output is a terminal.
///
/// A wish in the configuration takes precedence over `NO_COLOR`, as no-color.org asks for. `NO_COLOR` takes precedence
/// over `CLICOLOR_FORCE`: who wants none is hurt more by getting some.
pub fn colour(wish: ColourWish, env: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> Colour {
    decided(wish, env, is_terminal).0
}

/// The decision of [`colour`], and what decided.
pub fn decided(
    wish: ColourWish,
    env: &dyn Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> (Colour, &'static str) {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let is = |name: &str, wanted: &str| set(name).is_some_and(|value| value == wanted);
    match wish {
        ColourWish::Always => (Colour::On, "the configuration says always"),
        ColourWish::Never => (Colour::Off, "the configuration says never"),
        ColourWish::Auto if set("NO_COLOR").is_some() => (Colour::Off, "NO_COLOR is set"),
        ColourWish::Auto if set("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0") => {
            (Colour::On, "CLICOLOR_FORCE is set")
        }
        ColourWish::Auto if is("TERM", "dumb") => (Colour::Off, "TERM is dumb"),
        ColourWish::Auto if is("CLICOLOR", "0") => (Colour::Off, "CLICOLOR is 0"),
        ColourWish::Auto if is_terminal => (Colour::On, "the output is a terminal"),
        ColourWish::Auto => (Colour::Off, "the output is not a terminal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E6: the table of every variable that speaks of colours.
    #[test]
    fn the_environment_decides_only_where_the_wish_is_auto() {
        use Colour::{Off, On};
        use ColourWish::{Always, Auto, Never};
        type Case = (ColourWish, &'static [(&'static str, &'static str)], bool, Colour);
        let table: &[Case] = &[
            (Auto, &[], true, On),
            (Auto, &[], false, Off),
            (Auto, &[("NO_COLOR", "1")], true, Off),
            (Auto, &[("NO_COLOR", "0")], true, Off),
            (Auto, &[("NO_COLOR", "")], true, On),
            (Auto, &[("CLICOLOR", "0")], true, Off),
            (Auto, &[("CLICOLOR", "1")], true, On),
            (Auto, &[("CLICOLOR", "1")], false, Off),
            (Auto, &[("CLICOLOR_FORCE", "1")], false, On),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, Off),
            (Auto, &[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false, On),
            (Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true, Off),
            (Auto, &[("TERM", "dumb")], true, Off),
            (Auto, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true, On),
            (Auto, &[("TERM", "xterm-256color")], true, On),
            (Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], false, On),
            (Never, &[("CLICOLOR_FORCE", "1")], true, Off),
        ];
        for (wish, env, terminal, expected) in table {
            let look = |name: &str| {
                env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(colour(*wish, &look, *terminal), *expected, "{wish:?} {env:?} {terminal}");
        }
    }
}
