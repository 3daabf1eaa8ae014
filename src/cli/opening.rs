//! Verbs that open their store by themselves: of the vault, of backups, of a team.

use super::answer::FormatArgs;
use super::asked::Asked;
use super::context::open::Wish;
use super::output::Printer;
use super::session::Session;
use super::vault::Place;
use super::{Stage, active, context, guard, in_session, live, session, team, wiring, with_flags};
use crate::backend::store::TeamOptions;
use crate::config::contexts::ContextPlace;
use crate::config::{Config, Paths};
use crate::domain::secret::name_for_message;
use crate::error::{Exit, Failure};

/// The configuration for a verb that opens its store by itself, and the paths with that store.
pub(super) fn configured(
    printer: &mut Printer<'_>,
    paths: Paths,
    asked: &Asked,
    wish: &mut Wish,
    asked_for: bool,
) -> Result<(Paths, Config), Failure> {
    let config = Config::load(&paths.config_file, asked_for)?;
    let paths = match asked.row().path {
        // It names its stores itself, or need not be one yet.
        "store copy" => paths,
        it if it.starts_with("team ") => paths,
        _ => store_of(paths, &config, wish)?,
    };
    let config = with_flags(config, printer, &paths, wish);
    guard::beside(asked, wish)?;
    Ok((paths, config))
}

/// Runs a verb on the store of the active context, which it opens by itself.
pub(super) fn opening(
    printer: &mut Printer<'_>,
    yes: bool,
    (paths, config): (&Paths, &Config),
    wish: &Wish,
    run: impl FnOnce(&mut Session<'_, '_>, &Place<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let team = team_of(printer, paths, config, wish)?;
    let place = Place { paths, config, keys: &wish.keys, demo: wish.demo, team };
    let none = live::none();
    let stage = Stage::closed(wish, &none, config, yes, wiring::hide(paths, wish));
    in_session(printer, &stage, |session| run(session, &place))
}

/// Brings the schema of the active team store up to date.
pub(super) fn migrate(
    printer: &mut Printer<'_>,
    paths: &Paths,
    config: &Config,
    wish: &Wish,
    (dry_run, answer): (bool, FormatArgs),
) -> Result<Exit, Failure> {
    let Some(server) = team_of(printer, paths, config, wish)? else {
        return Err(Failure::usage("the active context is not a team store")
            .hint("Name one: --context NAME; `jetbridge context add --kind postgres` adds one."));
    };
    team::migrate(printer, &server, dry_run, answer.format())
}

/// The server of the active context, where that is a team store.
fn team_of(
    printer: &mut Printer<'_>,
    paths: &Paths,
    config: &Config,
    wish: &Wish,
) -> Result<Option<TeamOptions>, Failure> {
    let name = active(config, wish)?;
    let Some(ContextPlace::Postgres(server)) = context::open::place(config, &name) else {
        return Ok(None);
    };
    let typed = context::typed(printer, config, &name, wish.no_input)?;
    let openers = wiring::openers(paths, config, wish, typed.map(|it| (name.clone(), it)));
    Ok(Some(session::wait(openers.team(&name, &server))??))
}

/// The paths with the store of the active context in place of the usual one.
fn store_of(mut paths: Paths, config: &Config, wish: &Wish) -> Result<Paths, Failure> {
    let name = active(config, wish)?;
    match context::open::place(config, &name) {
        Some(ContextPlace::Store { path }) => {
            paths.store = path.unwrap_or(paths.store);
            Ok(paths)
        }
        Some(ContextPlace::Postgres(_)) => Ok(paths),
        Some(ContextPlace::Fly(_)) | None => {
            Err(Failure::usage(format!("the context {} is not a store", name_for_message(&name)))
                .hint("Name a store: --context local."))
        }
    }
}
