//! Where the command line meets the store and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::sync::Arc;

use super::network::network;
use super::screen::Launch;
use super::session::wait;
use crate::app::Keymap;
use crate::app::model::Settings;
use crate::backend::logged::Logged;
use crate::backend::store::{OpenOptions, Store};
use crate::backend::{Backend, BackendError};
use crate::config::{Borders, Colour, Config, Paths};
use crate::domain::{Cloud, Timestamp};
use crate::error::{Exit, Failure};
use crate::log::{self, Names};
use crate::runtime;
use crate::service::sample;
use crate::view::{Theme, theme};

/// The backend that verbs work on: the embedded store, or for a demonstration a sample in memory.
pub fn open(paths: &Paths, config: &Config, demo: bool) -> Result<Arc<dyn Backend>, Failure> {
    let backend = if demo { demonstration()? } else { open_store(paths, config)? };
    let names = if config.log.plain_names { Names::Plain } else { Names::redacted(&paths.log_dir) };
    Ok(Arc::new(Logged::new(backend, names)))
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

/// Opens the embedded store.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Arc<dyn Backend>, Failure> {
    let actor = config.author(&|name| std::env::var(name).ok());
    let options = OpenOptions::new(&paths.store, &paths.vault_key, actor);
    Ok(Arc::new(Store::open(options)?))
}

/// The sample workspace in memory; gone when the process ends.
fn demonstration() -> Result<Arc<dyn Backend>, Failure> {
    let store = Store::in_memory("demo")?;
    wait(sample::load(&store, Timestamp::now()))??;
    Ok(Arc::new(store))
}

/// Runs the screen to its end.
pub fn run_screen(launch: Launch) -> Result<Exit, Failure> {
    let Launch { paths, config, colour, demo } = launch;
    let network = network(&config, &|name| std::env::var(name).ok())?;
    let backend = open(&paths, &config, demo)?;
    let keymap = Keymap::with(&config.bindings()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::usage("the keys of the configuration do not work").because(lines.join("; "))
    })?;
    let theme = Theme::new(theme::Options {
        colour: colour == Colour::On,
        ascii: config.ui.borders == Borders::Ascii,
        name: theme::Name::parse(&config.ui.theme).unwrap_or_default(),
    });
    let settings = Settings {
        context: if demo { "sample in memory".into() } else { "local store".into() },
        demo,
        // Unlike a process id, it never comes again.
        session: uuid::Uuid::now_v7().simple().to_string(),
        zone: jiff::tz::TimeZone::system(),
        password: config.password_policy,
        aos_url: config.aos.url(Cloud::Commercial).unwrap_or_default().to_owned(),
        agent_url: config.agent.download_url.clone(),
        agent_checks: config.agent.checks,
        install_command: config.agent.install_command.clone(),
        config_path: paths.config_file.display().to_string(),
    };
    let options = runtime::Options {
        backend,
        services: Arc::new(runtime::executor::Shared),
        theme,
        keymap,
        settings,
        mouse: config.ui.mouse,
        hyperlinks: config.ui.hyperlinks,
        synchronized: false,
        timeout: runtime::TIMEOUT,
        http: network.options,
        stand_in: network.stand_in,
        clock: Timestamp::now,
    };
    let exit =
        wait(runtime::run(options))?.map_err(|error| BackendError::Other(format!("{error:#}")))?;
    tracing::info!(exit = exit.0, "ended");
    log::flush();
    // At once: nothing that is still under way may hold up the end.
    std::process::exit(i32::from(exit.0))
}
