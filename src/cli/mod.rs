//! The command line: one file per verb, one printer, one table of exit codes. SPEC E7.

mod agent;
mod answer;
mod apply;
mod args;
mod ask;
mod asked;
mod audit;
mod backup;
mod checks;
mod choose;
mod clone;
mod complete;
mod context;
mod create;
mod delete;
mod diff;
mod directory;
mod doctor;
mod drafts;
mod edit;
mod editor;
mod export;
mod file_args;
mod files;
mod generate;
mod guard;
mod harden;
pub mod help;
mod import;
mod key;
mod keys;
mod limit;
mod list;
mod live;
mod network;
mod opening;
pub mod output;
mod paths;
mod permissions;
mod plan;
mod preflight;
mod progress;
mod prompt;
mod purge;
#[cfg(test)]
mod reference;
mod report;
mod restore;
mod runbook;
mod sample;
mod schema;
pub mod screen;
mod session;
mod several;
mod show;
mod signals;
mod signin;
#[cfg(any(test, feature = "testing"))]
mod stand_in;
mod stores;
mod table;
mod team;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_live;
#[cfg(test)]
mod tests_scripts;
#[cfg(test)]
mod tests_unknown;
mod usage;
mod vault;
mod verbs;
mod version;
mod wiring;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::FromArgMatches;

use agent::AgentVerb;
use args::{Args, ScreenArgs, StoreVerb, Verb};
use asked::Asked;
use context::Desk;
use context::open::Wish;
use directory::DirectoryVerb;
use key::KeyVerb;
use keys::Keys;
use opening::{configured, migrate, opening};
use output::{Printer, Terminals};
use sample::SampleVerb;
use session::Session;
use several::{Entered, Several};
use team::TeamVerb;
use verbs::Needs;
pub use version::Build;
pub use wiring::open_store;

use crate::backend::redacted::Hide;
use crate::checks::preflight::SignIn;
use crate::config::{Agent, Config, ConfigError, HomeUnknown, Paths};
use crate::domain::Timestamp;
use crate::domain::context::LOCAL;
use crate::domain::query::Filter;
use crate::error::{Exit, Failure};
use crate::log;
use crate::runtime::crash;
use crate::service::contexts::Contexts;
use crate::service::waivers::WaiverFile;

/// Runs the process: reads the arguments, does what they say, answers with the exit code.
///
/// Ctrl-C is left to the system, which ends the process with what a shell shows as 130: every
/// save is one transaction, so there is nothing to tidy up. Two places see to it themselves: the
/// live check, which ends its requests, and the prompt for a secret, which gives the echo back.
pub fn main(build: &Build) -> ExitCode {
    crash::install(|| Paths::of_process(None).ok().map(|paths| paths.log_dir));
    harden::no_core_dumps();
    crate::files::program::keep_descriptors();
    let exit = match parsed(std::env::args_os().collect()) {
        Ok((asked, args)) => {
            output::on_process(asked.clone(), |printer| run(args, &asked, printer))
        }
        Err(error) => usage::reported(&error, build),
    };
    tracing::info!(exit = exit.code(), "ended");
    log::flush();
    exit.into()
}

/// What the words of the command line ask for, the name of the program first.
fn parsed(words: Vec<OsString>) -> Result<(Asked, Args), clap::Error> {
    // A bare start opens the screen: building every command takes longer than reading the first rows.
    if words.len() < 2 {
        return Ok(Default::default());
    }
    let mut root = help::command();
    let matches = root.try_get_matches_from_mut(words)?;
    Ok((Asked::of(&root, &matches), Args::from_arg_matches(&matches)?))
}

fn run(args: Args, asked: &Asked, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    let paths = || Paths::of_process(args.config.clone()).map_err(Failure::from);
    let asked_for = args.config.is_some();
    let mut wish = wish(&args, asked)?;
    if args.verbose {
        return Err(Failure::usage("--verbose belongs to --version")
            .hint("`jetbridge --version --verbose` shows how the program was built."));
    }
    match args.verb {
        None => screen::run(printer, &args.screen, wish, args.log_level, asked_for, paths()?),
        Some(Verb::Help(it)) => {
            hiding(printer, paths, &mut wish, asked_for);
            help::run(printer, args.config.clone(), &it)
        }
        // These three work with a broken configuration: they help to fix it.
        Some(Verb::Paths(answer)) => {
            let paths = paths()?;
            // It works with a broken configuration, which then hides nothing.
            let config = Config::load(&paths.config_file, asked_for).unwrap_or_default();
            wish.redact |= config.ui.redact;
            paths::run(printer, &paths, answer.format(), wiring::hide(&paths, &wish).as_ref())
        }
        Some(Verb::Completions { shell }) => generate::completions(printer, shell),
        Some(Verb::Complete(it)) => complete::run(printer, &paths()?, wish, &it),
        Some(Verb::Man { dir }) => generate::man(printer, dir.as_deref()),
        Some(Verb::Doctor(it)) => {
            hiding(printer, paths, &mut wish, asked_for);
            doctor::run(printer, Paths::of_process(args.config.clone()), &wish, asked_for, it)
        }
        Some(_) if asked.row().needs != Needs::Nothing && args.screen != ScreenArgs::default() => {
            Err(Failure::usage("--theme, --ascii, --mouse and --no-mouse are for the screen")
                .hint("Leave them out, or start `jetbridge` without a command."))
        }
        Some(Verb::Store(verb)) => {
            let how = (args.yes, args.log_level, asked_for);
            on_connections(verb, asked, printer, &paths()?, wish, how)
        }
        Some(Verb::Context(verb)) => {
            let desk = Desk { paths: &paths()?, keys: wish.keys.clone(), asked_for };
            at_desk(printer, desk, asked, wish, args.yes, |session, wish, desk| {
                context::run(session, verb, wish, desk)
            })
        }
        Some(Verb::Signin(verb)) => {
            let desk = Desk { paths: &paths()?, keys: wish.keys.clone(), asked_for };
            at_desk(printer, desk, asked, wish, args.yes, |session, wish, desk| {
                signin::run(session, verb, wish, desk)
            })
        }
        Some(Verb::Vault(verb)) => {
            let (paths, config) = configured(printer, paths()?, asked, &mut wish, asked_for)?;
            opening(printer, args.yes, (&paths, &config), &wish, |session, place| {
                vault::run(session, place, verb)
            })
        }
        Some(Verb::Team(TeamVerb::Roles)) => team::print_roles(printer),
        Some(Verb::Team(TeamVerb::Migrate { dry_run, answer })) => {
            let (paths, config) = configured(printer, paths()?, asked, &mut wish, asked_for)?;
            migrate(printer, &paths, &config, &wish, (dry_run, answer))
        }
        Some(Verb::Team(verb)) => {
            let (paths, config) = configured(printer, paths()?, asked, &mut wish, asked_for)?;
            opening(printer, args.yes, (&paths, &config), &wish, |session, place| {
                team::members::run(session, place, verb)
            })
        }
        Some(Verb::Stores(verb)) => {
            let (paths, config) = configured(printer, paths()?, asked, &mut wish, asked_for)?;
            let none = live::none();
            let stage = Stage::closed(&wish, &none, &config, args.yes, wiring::hide(&paths, &wish));
            let openers = wiring::openers(&paths, &config, &wish, None);
            in_session(printer, &stage, |session| stores::run(session, &openers, &config, verb))
        }
        Some(Verb::Backup(verb)) => {
            let (paths, config) = configured(printer, paths()?, asked, &mut wish, asked_for)?;
            opening(printer, args.yes, (&paths, &config), &wish, |session, place| {
                backup::run(session, place, verb)
            })
        }
    }
}

/// Runs a command that works on connections, in one context or in several.
fn on_connections(
    verb: StoreVerb,
    asked: &Asked,
    printer: &mut Printer<'_>,
    paths: &Paths,
    mut wish: Wish,
    (yes, level, asked_for): (bool, Option<log::Level>, bool),
) -> Result<Exit, Failure> {
    let config = Config::load(&paths.config_file, asked_for);
    let mut config = with_flags(config?, printer, paths, &mut wish);
    let names = wish.several.names(&config);
    let contexts = match names.is_empty() {
        true => guarded(&verb, asked, printer, paths, &config, &wish)?,
        false => wiring::openers(paths, &config, &wish, None).contexts(&active(&config, &wish)?),
    };
    config.agent.installer = config.installer_of(&active(&config, &wish)?);
    wiring::start_log(paths, &config, level, asked.row().path);
    panic_if_asked!("verb");
    let none = live::none();
    let enter = |printer: &mut Printer<'_>, name: &str| {
        entered(name, asked, printer, (paths, &config), &wish)
    };
    let open = |printer: &mut Printer<'_>, contexts: &Contexts, filter: Option<&Filter>| {
        wiring::open(printer, contexts, &wish, (paths, &config), filter)
    };
    let several = Several { names: &names, enter: &enter, open: &open };
    let stage = Stage {
        wish: &wish,
        several: (!names.is_empty()).then_some(several),
        hide: wiring::hide(paths, &wish),
        yes,
        config: &config,
        network: &|| network::network(&config, &|name| std::env::var(name).ok()),
        sign_ins: &|| signin::open::all(&wiring::openers(paths, &config, &wish, None)),
        // A sample stands alone: what it is held against would not be its own.
        contexts: if wish.demo { &none } else { &contexts },
        // A sample in memory leaves nothing behind.
        ticks: (!wish.demo).then_some(&*paths.data_dir),
        waivers: wiring::waivers(paths, &config, &wish),
        open: &|printer, filter| open(printer, &contexts, filter),
    };
    in_session(printer, &stage, |session| dispatch(verb, session))
}

/// What the command line says about contexts.
fn wish(args: &Args, asked: &Asked) -> Result<Wish, Failure> {
    if args.demo && (!args.context.is_empty() || args.all_contexts) {
        return Err(Failure::usage("--demo works on a sample in memory, --context on a context")
            .hint("Leave one of them out."));
    }
    let (context, several) = several::Asked::of(&args.context, args.all_contexts, asked)?;
    Ok(Wish {
        context,
        several,
        read_only: args.read_only,
        cached: args.cached,
        demo: args.demo,
        keys: Keys::new(args.vault_key_fd),
        no_input: args.no_input,
        redact: args.redact,
        timeout: args.timeout.map(|it| Duration::from_secs(it.into())),
    })
}

/// Runs a command that changes the configuration as a file, also one that does not load: what is
/// wrong with it may be what the command is to fix.
fn at_desk(
    printer: &mut Printer<'_>,
    desk: Desk<'_>,
    asked: &Asked,
    mut wish: Wish,
    yes: bool,
    run: impl FnOnce(&mut Session<'_, '_>, &Wish, &Desk<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if let Ok(config) = desk.config() {
        with_flags(config, printer, desk.paths, &mut wish);
    }
    guard::beside(asked, &wish)?;
    let (none, config) = (live::none(), Config::default());
    let hide = wiring::hide(desk.paths, &wish);
    let stage = Stage::closed(&wish, &none, &config, yes, hide);
    in_session(printer, &stage, |session| run(session, &wish, &desk))
}

/// The command line takes precedence over the configuration.
fn with_flags(
    mut config: Config,
    printer: &mut Printer<'_>,
    paths: &Paths,
    wish: &mut Wish,
) -> Config {
    wish.redact |= config.ui.redact;
    if let Some(hide) = wiring::hide(paths, wish) {
        printer.hide(context::open::words(&config, paths, &hide).into_iter());
    }
    config.network.within(wish.timeout);
    config
}

/// Hides names where they are to be, for what works with a broken configuration too, which then
/// hides nothing by itself.
fn hiding(
    printer: &mut Printer<'_>,
    paths: impl Fn() -> Result<Paths, Failure>,
    wish: &mut Wish,
    asked_for: bool,
) {
    if let Ok(paths) = paths() {
        let config = Config::load(&paths.config_file, asked_for).unwrap_or_default();
        with_flags(config, printer, &paths, wish);
    }
}

/// The contexts with the active one marked; a command that cannot be done there is refused first.
fn guarded(
    verb: &StoreVerb,
    asked: &Asked,
    printer: &mut Printer<'_>,
    paths: &Paths,
    config: &Config,
    wish: &Wish,
) -> Result<Contexts, Failure> {
    let active = active(config, wish)?;
    let infos = context::open::infos(paths, config, &active, wish.read_only);
    if let Some(info) = infos.iter().find(|it| it.active) {
        guard::on_context(asked, info, wish)?;
    }
    if asked.row().needs == Needs::MayNeedContext {
        return Ok(wiring::openers(paths, config, wish, None).contexts(&active));
    }
    let named = live::asked(verb, &infos).unwrap_or_else(|| active.clone());
    contexts_asking(printer, paths, config, wish, &named)
}

/// One of several contexts, active among the others.
fn entered(
    name: &str,
    asked: &Asked,
    printer: &mut Printer<'_>,
    (paths, config): (&Paths, &Config),
    wish: &Wish,
) -> Result<Entered, Failure> {
    context::open::known(config, name)?;
    let wish = Wish { context: Some(name.to_owned()), ..wish.clone() };
    let infos = context::open::infos(paths, config, name, wish.read_only);
    if let Some(info) = infos.iter().find(|it| it.active) {
        guard::on_context(asked, info, &wish)?;
    }
    let contexts = contexts_asking(printer, paths, config, &wish, name)?;
    let agent = Agent { installer: config.installer_of(name), ..config.agent.clone() };
    Ok(Entered { contexts, agent })
}

fn active(config: &Config, wish: &Wish) -> Result<String, Failure> {
    // The sample stands in for the store of this user.
    if wish.demo {
        return Ok(LOCAL.to_owned());
    }
    context::open::chosen(wish, &|name| std::env::var(name).ok(), config)
}

/// The contexts with the active one marked; that one is asked.
fn contexts(
    printer: &mut Printer<'_>,
    paths: &Paths,
    config: &Config,
    wish: &Wish,
) -> Result<Contexts, Failure> {
    contexts_asking(printer, paths, config, wish, &active(config, wish)?)
}

/// The contexts with the active one marked. Where the secret of the one that is asked comes from
/// standard input it is read here, before anything else reads that.
fn contexts_asking(
    printer: &mut Printer<'_>,
    paths: &Paths,
    config: &Config,
    wish: &Wish,
    asked: &str,
) -> Result<Contexts, Failure> {
    let active = active(config, wish)?;
    let typed = if wish.demo || wish.cached {
        None
    } else {
        context::typed(printer, config, asked, wish.no_input)?
    };
    let openers = wiring::openers(paths, config, wish, typed.map(|it| (asked.to_owned(), it)));
    Ok(openers.contexts(&active))
}

/// What a verb may work on.
struct Stage<'a> {
    wish: &'a Wish,
    several: Option<Several<'a>>,
    hide: Option<Hide>,
    yes: bool,
    config: &'a Config,
    network: &'a dyn Fn() -> Result<network::Network, Failure>,
    sign_ins: &'a dyn Fn() -> Vec<SignIn>,
    contexts: &'a Contexts,
    ticks: Option<&'a std::path::Path>,
    waivers: WaiverFile,
    open: &'a session::Open<'a>,
}

impl<'a> Stage<'a> {
    /// For a verb that opens and reaches what it works on by itself; `contexts` are none.
    fn closed(
        wish: &'a Wish,
        contexts: &'a Contexts,
        config: &'a Config,
        yes: bool,
        hide: Option<Hide>,
    ) -> Self {
        Self {
            wish,
            several: None,
            hide,
            yes,
            config,
            network: &|| Err(Failure::new("this command reaches services by its own")),
            sign_ins: &Vec::new,
            contexts,
            ticks: None,
            waivers: WaiverFile::default(),
            open: &|_, _| Err(Failure::new("this command opens its own")),
        }
    }
}

/// Runs a verb with what it may need; the store is opened when the verb asks for it.
fn in_session(
    printer: &mut Printer<'_>,
    stage: &Stage<'_>,
    verb: impl FnOnce(&mut Session<'_, '_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut session = Session {
        printer,
        input: &mut std::io::stdin().lock(),
        terminals: Terminals::of_process(),
        no_input: stage.wish.no_input,
        yes: stage.yes,
        hide: stage.hide.clone(),
        now: Timestamp::now(),
        warning_days: stage.config.expiry_warning_days,
        preflight_days: stage.config.preflight_days,
        waivers: stage.waivers.clone(),
        allow_commands: stage.config.allow_commands,
        demo: stage.wish.demo,
        password: stage.config.password_policy,
        agent: &stage.config.agent,
        network: stage.network,
        sign_ins: stage.sign_ins,
        open: stage.open,
        contexts: stage.contexts,
        several: stage.several,
        cached: stage.wish.cached,
        ticks: stage.ticks,
    };
    verb(&mut session)
}

fn dispatch(verb: StoreVerb, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match verb {
        StoreVerb::List(args) => list::run(session, args),
        StoreVerb::Show(args) => show::run(session, &args),
        StoreVerb::Create(args) => create::run(session, &args),
        StoreVerb::Edit(args) => edit::run(session, &args),
        StoreVerb::Clone(args) => clone::run(session, &args),
        StoreVerb::Export(args) => export::run(session, args),
        StoreVerb::Plan(args) => plan::run(session, &args),
        StoreVerb::Apply(args) => apply::run(session, &args),
        StoreVerb::Schema(args) => schema::run(session, &args),
        StoreVerb::Audit(args) => audit::run(session, *args),
        StoreVerb::Preflight(args) => preflight::run(session, *args),
        StoreVerb::Delete(args) => delete::run(session, &args),
        StoreVerb::Restore(args) => restore::run(session, &args),
        StoreVerb::Purge(args) => purge::run(session, &args),
        StoreVerb::Drafts(args) => drafts::run(session, &args),
        StoreVerb::Import(args) => import::run(session, &args),
        StoreVerb::Diff(args) => diff::run(session, &args),
        StoreVerb::Runbook(args) => runbook::run(session, &args),
        StoreVerb::Directory(DirectoryVerb::Import(args)) => directory::import(session, &args),
        StoreVerb::Directory(DirectoryVerb::Refresh(args)) => directory::refresh(session, &args),
        StoreVerb::Directory(DirectoryVerb::List { kind, tenant, limit, answer }) => {
            directory::list(session, kind, tenant.as_deref(), limit, answer.format())
        }
        StoreVerb::Key(KeyVerb::Check { key, answer }) => key::check(session, key, answer.format()),
        StoreVerb::Agent(AgentVerb::Download(args)) => agent::download(session, args),
        StoreVerb::Permissions(verb) => permissions::run(session, verb),
        StoreVerb::Sample(SampleVerb::Load { dry_run, answer }) => {
            sample::load(session, dry_run, answer.format())
        }
    }
}

impl From<HomeUnknown> for Failure {
    fn from(error: HomeUnknown) -> Self {
        Self::new(error.to_string())
            .hint("Set HOME, or JETBRIDGE_CONFIG_DIR, JETBRIDGE_DATA_DIR and JETBRIDGE_STATE_DIR.")
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        if let Some(unread) = error.unread {
            return Self { exit: Exit::Usage, ..Self::from(*unread) };
        }
        let why = error.lines().collect();
        let mut failure = Self::usage(error.to_string()).hint(
            "Fix these lines; `jetbridge help configuration` shows every key with its default.",
        );
        failure.why = why;
        failure
    }
}
