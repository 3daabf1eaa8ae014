//! `jetbridge` without a command: what the screen starts with. SPEC E6, E7.

use super::args::ScreenArgs;
use super::context::open::Wish;
use super::output::{Printer, Terminals};
use super::wiring;
use crate::config::{Borders, Colour, Config, Paths, colour};
use crate::error::{Exit, Failure};
use crate::log::Level;
use crate::service::contexts::Contexts;

/// What the screen starts with.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Where things are.
    pub paths: Paths,
    /// The configuration, with what the command line set.
    pub config: Config,
    /// Whether to use colours.
    pub colour: Colour,
    /// What the command line says about contexts; `demo`: on the sample workspace in memory.
    pub wish: Wish,
    /// Every context, one of them active.
    pub contexts: Contexts,
}

/// Opens the screen, or says what to use where there is none.
pub fn run(
    printer: &mut Printer<'_>,
    args: &ScreenArgs,
    mut wish: Wish,
    level: Option<Level>,
    config_asked_for: bool,
    paths: Paths,
) -> Result<Exit, Failure> {
    let terminals = Terminals::of_process();
    if !terminals.input || !terminals.output {
        return Err(no_terminal(terminals));
    }
    let term = std::env::var("TERM").unwrap_or_default();
    if let Some(failure) = cannot_draw(&term) {
        return Err(failure);
    }
    let config = Config::load(&paths.config_file, config_asked_for)?;
    let config = super::with_flags(with_flags(config, args), printer, &paths, &mut wish);
    wiring::start_log(&paths, &config, level, "screen");
    let colour = colour(config.ui.colour, &|name| std::env::var(name).ok(), true);
    let contexts = super::contexts(printer, &paths, &config, &wish)?;
    wiring::run_screen(Launch { paths, config, colour, wish, contexts })
}

fn no_terminal(terminals: Terminals) -> Failure {
    let which = match (terminals.input, terminals.output) {
        (false, false) => "standard input and standard output are not terminals",
        (false, true) => "standard input is not a terminal",
        (true, _) => "standard output is not a terminal",
    };
    Failure::usage("the screen needs a terminal").because(which).hint(COMMANDS)
}

/// Why a terminal cannot show the screen, as its kind says; `None`: it can.
fn cannot_draw(term: &str) -> Option<Failure> {
    let why = match term {
        "" => "TERM is not set",
        "dumb" => "TERM is dumb: this terminal cannot move its cursor",
        _ => return None,
    };
    let failure = Failure::usage("the screen cannot be drawn here").because(why);
    Some(
        failure
            .hint(COMMANDS)
            .hint("For the screen, set TERM to your terminal, such as xterm-256color."),
    )
}

/// What there is without a screen.
const COMMANDS: &str = "Use a command such as `jetbridge list`, `show`, `create`, `edit` or `audit`; `jetbridge --help` \
     names them all.";

/// The command line takes precedence over the configuration.
fn with_flags(mut config: Config, args: &ScreenArgs) -> Config {
    if let Some(theme) = &args.theme {
        config.ui.theme.clone_from(theme);
    }
    if args.ascii {
        config.ui.borders = Borders::Ascii;
    }
    if args.mouse || args.no_mouse {
        config.ui.mouse = args.mouse;
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_configuration() {
        let args = |mouse, no_mouse| ScreenArgs {
            theme: Some("mono".to_owned()),
            ascii: true,
            mouse,
            no_mouse,
        };
        let with_mouse = with_flags(Config::default(), &args(true, false));
        assert_eq!(with_mouse.ui.theme, "mono");
        assert_eq!(with_mouse.ui.borders, Borders::Ascii);
        assert!(with_mouse.ui.mouse);
        assert!(!with_flags(with_mouse, &args(false, true)).ui.mouse);
        assert_eq!(with_flags(Config::default(), &ScreenArgs::default()), Config::default());
    }

    #[test]
    fn a_terminal_that_cannot_show_it_is_reported_the_commands() {
        for (term, why) in [("", "not set"), ("dumb", "is dumb")] {
            let failure = cannot_draw(term).unwrap();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.why[0].contains(why), "{failure:?}");
            assert!(failure.hints[0].contains("jetbridge list"), "{failure:?}");
        }
        for term in ["xterm", "screen", "linux", "vt100", "dumber"] {
            assert!(cannot_draw(term).is_none(), "{term}");
        }
    }

    #[test]
    fn without_a_terminal_it_names_what_to_use() {
        let failure = no_terminal(Terminals { input: true, ..Terminals::default() });
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.why, ["standard output is not a terminal"]);
        assert!(failure.hints[0].contains("jetbridge list"));
    }
}
