//! Where the command line meets the store and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::context::open::{Openers, Wish};
use super::keys::Keys;
use super::network::network;
use super::output::{Printer, Terminals};
use super::progress::wait_telling;
use super::screen::Launch;
use super::session::{Opened, minute, wait};
use super::signin;
use crate::app::Keymap;
use crate::app::model::Settings;
use crate::backend::redacted::{Hide, redacted};
use crate::backend::store::Store;
use crate::backend::{BackendError, OnProgress, Place, Selected};
use crate::config::{Colour, Config, Paths};
use crate::domain::context::{ContextKind, LOCAL};
use crate::domain::query::Filter;
use crate::domain::{Secret, Summary, Timestamp};
use crate::error::{Exit, Failure};
use crate::files::read;
use crate::log::{self, Names};
use crate::runtime;
use crate::runtime::executor::Preflights;
use crate::service::contexts::Contexts;
use crate::service::list_states::ListStates;
use crate::service::preflight;
use crate::service::runbook::ticks::Ticks;
use crate::service::sample;
use crate::service::secret_source::credentials_directory;
use crate::service::sessions::Sessions;
use crate::service::waivers::WaiverFile;
use crate::text::shown;
use crate::view::{Theme, theme};

/// Everything that opening contexts needs. `typed` is what standard input gave for one of them.
pub fn openers(
    paths: &Paths,
    config: &Config,
    wish: &Wish,
    typed: Option<(String, Secret)>,
) -> Arc<Openers> {
    let env = |name: &str| std::env::var(name).ok();
    Arc::new(Openers {
        paths: paths.clone(),
        config: config.clone(),
        network: network(config, &env),
        typed,
        read_only: wish.read_only,
        cached: wish.cached,
        keys: wish.keys.clone(),
        limit: wish.timeout,
        hide: hide(paths, wish),
        credentials: credentials_directory(&env),
    })
}

/// The backend that verbs work on: a context, or for a demonstration a sample in memory. What a
/// service has is read again, unless `--cached` was given; of a list with a filter only what passes,
/// where the service decides that.
pub fn open(
    printer: &mut Printer<'_>,
    contexts: &Contexts,
    wish: &Wish,
    (paths, config): (&Paths, &Config),
    filter: Option<&Filter>,
) -> Result<Opened, Failure> {
    let backend = wait(opened(contexts, wish, (paths, config)))??;
    let Some(active) = contexts.active().filter(|_| !wish.demo) else {
        return Ok(backend.into());
    };
    if active.kind != ContextKind::Fly {
        return Ok(backend.into());
    }
    if wish.cached {
        super::live::read_before(&active.name, &backend)?;
        return Ok(backend.into());
    }
    let terminal = Terminals::of_process().error;
    let rows =
        read(printer, &backend, filter, terminal).map_err(|error| stale(error, backend.as_of()))?;
    Ok(Opened { backend, rows })
}

/// The backend as it is.
async fn opened(
    contexts: &Contexts,
    wish: &Wish,
    (paths, config): (&Paths, &Config),
) -> Result<Place, Failure> {
    if wish.demo {
        let sample = demonstration(wish.read_only).await?;
        return Ok(hidden(logged(sample, paths, config, wish.timeout), hide(paths, wish).as_ref()));
    }
    let Some(active) = contexts.active() else {
        return Err(Failure::new("there is no context")
            .hint("`jetbridge context list` shows them; name one with --context."));
    };
    Ok(contexts.open(&active.name).await?)
}

/// Reads a service again and says what to know about its list. Gives the rows of a filter where
/// only those were read.
pub fn read(
    printer: &mut Printer<'_>,
    backend: &Place,
    filter: Option<&Filter>,
    terminal: bool,
) -> Result<Option<Vec<Summary>>, BackendError> {
    let reading = async |on_progress: OnProgress<'_>| {
        if let Some(filter) = filter
            && let Some(selected) = backend.select(filter, on_progress).await?
        {
            return Ok(Some(selected));
        }
        backend.refresh(on_progress).await.map(|()| None)
    };
    let selected = wait_telling(printer, terminal, reading)
        .map_err(|failure| BackendError::Other(failure.what))??;
    let (rows, remarks) = match selected {
        Some(Selected { rows, remarks }) => (Some(rows), remarks),
        None => (None, backend.remarks()),
    };
    for remark in remarks {
        printer.say(&format!("warning: {}", shown(&remark)));
    }
    Ok(rows)
}

/// A refresh that failed, and how to see what was read before.
fn stale(error: BackendError, as_of: Option<Timestamp>) -> Failure {
    let failure = Failure::from(error);
    match as_of {
        Some(at) => failure.hint(format!("--cached shows what was read at {}.", minute(at))),
        None => failure,
    }
}

/// What hides names, where they are to be hidden.
pub fn hide(paths: &Paths, wish: &Wish) -> Option<Hide> {
    wish.redact.then(|| Hide(Names::redacted(&paths.log_dir)))
}

/// The backend with its names hidden, where they are to be.
pub fn hidden(backend: Place, hide: Option<&Hide>) -> Place {
    match hide {
        None => backend,
        Some(Hide(names)) => redacted(backend, names.clone()),
    }
}

/// The backend with its calls written down.
pub fn logged(backend: Place, paths: &Paths, config: &Config, limit: Option<Duration>) -> Place {
    let names = if config.log.plain_names { Names::Plain } else { Names::redacted(&paths.log_dir) };
    backend.logged(names, limit)
}

/// Starts the log; `level` is the command line's. Nothing is made before the first line.
pub fn start_log(paths: &Paths, config: &Config, level: Option<log::Level>, verb: &str) {
    log::start(log::Options {
        folder: paths.log_dir.clone(),
        level: level.unwrap_or(config.log.level),
        keep: config.log.keep,
        max_bytes: config.log.max_bytes,
    });
    tracing::info!(verb, version = env!("CARGO_PKG_VERSION"), "started");
}

/// Opens the embedded store; asks for a passphrase when one is needed.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Place, Failure> {
    Ok(store(paths, config, &Keys::default())?.into())
}

fn store(paths: &Paths, config: &Config, keys: &Keys) -> Result<Store, Failure> {
    Ok(Store::open(keys.store(paths, config, &paths.store)?)?)
}

/// Where waivers of checks are kept: one file for screen and command line. F7
pub fn waivers(paths: &Paths, config: &Config, wish: &Wish) -> WaiverFile {
    let usual = || paths.config_dir.join("waivers.toml");
    let path = (!wish.demo).then(|| config.waivers.clone().unwrap_or_else(usual));
    WaiverFile { path, read_only: wish.read_only }
}

/// The sample workspace in memory; gone when the process ends.
async fn demonstration(read_only: bool) -> Result<Place, Failure> {
    let store = Place::from(Store::in_memory("demo")?);
    sample::load(&store, Timestamp::now()).await?;
    Ok(if read_only { store.read_only() } else { store })
}

/// Runs the screen to its end.
pub fn run_screen(launch: Launch) -> Result<Exit, Failure> {
    // A vault that needs a passphrase or a command is opened now, while the terminal can still be
    // used to ask.
    launch.wish.keys.unlock_at_once();
    let keys = launch.wish.keys.clone();
    let Launch { paths, config, wish, contexts, .. } = &launch;
    let exit = wait(async {
        let failed = |error| Failure::from(BackendError::Other(format!("{error:#}")));
        let ready = async { runtime::Ready::new(options(&launch)?).map_err(failed) };
        // As it is: the screen refreshes by itself, and shows what is cached until then.
        let (backend, ready) = tokio::join!(opened(contexts, wish, (paths, config)), ready);
        let (backend, ready) = (backend?, ready?);
        keys.screen_begins();
        ready.run(backend).await.map_err(failed)
    })??;
    tracing::info!(exit = exit.0, "ended");
    log::flush();
    // At once: nothing that is still under way may hold up the end.
    std::process::exit(i32::from(exit.0))
}

/// What the screen runs on.
fn options(launch: &Launch) -> Result<runtime::Options, Failure> {
    let Launch { paths, colour, wish, contexts, .. } = launch;
    let hide = hide(paths, wish);
    let mut config = launch.config.clone();
    if hide.is_some() {
        // Addresses of one's own name somebody.
        let Config { aos, agent, .. } = Config::default();
        config = Config { aos, agent, ..config };
    }
    let timeout = wish.timeout.unwrap_or(runtime::TIMEOUT);
    let demo = wish.demo;
    let network = network(&config, &|name| std::env::var(name).ok())?;
    let keymap = Keymap::with(&config.bindings()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::usage("the key bindings in the configuration are not valid")
            .because(lines.join("; "))
            .hint("Fix [keys] in the configuration; `jetbridge help keys` names every action.")
    })?;
    let truecolour = std::env::var("COLORTERM").is_ok_and(|it| it == "truecolor" || it == "24bit");
    let theme = Theme::new(theme::Options {
        colour: *colour == Colour::On,
        truecolour,
        ascii: config.ui.borders.is_ascii(&|name| std::env::var(name).ok()),
        name: theme::Name::parse(&config.ui.theme).unwrap_or_default(),
    });
    let theme = theme.with(&config.ui.roles, truecolour);
    let settings = Settings {
        context: match contexts.active().filter(|_| !demo) {
            None => "sample in memory".into(),
            Some(active) if active.name == LOCAL => "local store".into(),
            Some(active) => active.name.as_str().into(),
        },
        demo,
        // Unlike a process id, it never comes again.
        session: uuid::Uuid::now_v7().simple().to_string(),
        zone: zone(),
        password: config.password_policy,
        warning_days: config.expiry_warning_days,
        preflight_days: config.preflight_days,
        portals: config.aos.clone(),
        installer: config.agent.installer.clone(),
        install_command: config.agent.install_command.clone(),
        config_path: match &hide {
            None => paths.config_file.display().to_string(),
            Some(hide) => hide.place(&paths.config_file).display().to_string(),
        },
    };
    // A sample in memory leaves nothing behind; a redacted screen shows and keeps no true names.
    let keeps = (!demo).then_some(&*paths.data_dir);
    let list_states = ListStates::below(keeps.filter(|_| hide.is_none()));
    let place = contexts.active().map(|it| list_states.read(&it.name)).unwrap_or_default();
    let sessions = keeps.map(|it| Sessions::begin(it, &settings.session)).unwrap_or_default();
    let people = openers(paths, &config, wish, None);
    let active = contexts.active().filter(|_| !demo).map_or(LOCAL, |it| it.name.as_str());
    let installer = config.installer_of(active);
    // A redacted screen shows no true names, which the checks need.
    let preflight = hide.is_none().then(|| Preflights {
        means: preflight::Means {
            http: network.options.clone(),
            stand_in: network.stand_in.clone(),
            name_servers: network.name_servers,
            sign_ins: Arc::new(move || signin::open::all(&people)),
            warning_days: config.expiry_warning_days,
            installer: installer.url,
            password: config.password_policy,
        },
        results: preflight::Results::below(keeps),
        outdated_days: config.preflight_days,
        waivers: waivers(paths, &config, wish),
    });
    Ok(runtime::Options {
        services: Arc::new(runtime::executor::Shared {
            ticks: Ticks::below(keeps),
            list_states,
            sessions,
            preflight,
        }),
        contexts: (!demo).then(|| contexts.clone()),
        place,
        theme,
        keymap,
        settings,
        mouse: config.ui.mouse,
        hyperlinks: config.ui.hyperlinks,
        synchronized: false,
        timeout,
        http: network.options,
        stand_in: network.stand_in,
        clock: Timestamp::now,
    })
}

/// Where the zone of this machine is.
const LOCALTIME: &str = "/etc/localtime";
/// Most bytes of a zone.
const ZONE_MAX: u64 = 1 << 20;

/// The zone of this machine. Without `TZ` its file is read as it is: to find its name every zone there
/// is would be looked at, and nothing shows it.
fn zone() -> TimeZone {
    let named = std::env::var_os("TZ").is_some();
    let data = (!named).then(|| read::bytes(Path::new(LOCALTIME), ZONE_MAX).ok()).flatten();
    data.and_then(|it| TimeZone::tzif("local", &it).ok()).unwrap_or_else(TimeZone::system)
}
