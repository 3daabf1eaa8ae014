//! Where the command line meets the store and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::sync::Arc;

use super::keys::Keys;
use super::network::network;
use super::screen::Launch;
use super::session::wait;
use crate::app::Keymap;
use crate::app::model::Settings;
use crate::backend::store::{OpenOptions, Source, Store};
use crate::backend::{Backend, BackendError};
use crate::config::{Borders, Colour, Config, Paths};
use crate::domain::{Cloud, Timestamp};
use crate::error::{Exit, Failure};
use crate::runtime;
use crate::service::sample;
use crate::view::{Theme, theme};

/// The backend that verbs work on: the embedded store, or for a demonstration a sample in memory.
pub fn open(
    paths: &Paths,
    config: &Config,
    demo: bool,
    keys: &Keys,
) -> Result<Arc<dyn Backend>, Failure> {
    if demo {
        return demonstration();
    }
    Ok(Arc::new(store(paths, config, keys)?))
}

/// Opens the embedded store; asks for a passphrase when one is needed.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Arc<dyn Backend>, Failure> {
    Ok(Arc::new(store(paths, config, &Keys::default())?))
}

fn store(paths: &Paths, config: &Config, keys: &Keys) -> Result<Store, Failure> {
    let actor = config.author(&|name| std::env::var(name).ok());
    let mut options = OpenOptions::new(&paths.store, &paths.vault_key, actor);
    options.unlock = keys.unlock(config)?;
    Ok(Store::open(options)?)
}

/// The backend of the screen. A vault that needs a passphrase or a command is opened now, while
/// the terminal can still be used to ask.
fn open_for_screen(
    paths: &Paths,
    config: &Config,
    demo: bool,
    keys: &Keys,
) -> Result<Arc<dyn Backend>, Failure> {
    if demo {
        return demonstration();
    }
    let store = store(paths, config, keys)?;
    let lock = wait(store.vault_status())??.lock;
    if lock.is_some_and(|it| it.source != Source::File) {
        wait(store.unlock())??;
    }
    keys.screen_begins();
    Ok(Arc::new(store))
}

/// The sample workspace in memory; gone when the process ends.
fn demonstration() -> Result<Arc<dyn Backend>, Failure> {
    let store = Store::in_memory("demo")?;
    wait(sample::load(&store, Timestamp::now()))??;
    Ok(Arc::new(store))
}

/// Runs the screen to its end.
pub fn run_screen(launch: Launch, keys: &Keys) -> Result<Exit, Failure> {
    let Launch { paths, config, colour, demo } = launch;
    let network = network(&config, &|name| std::env::var(name).ok())?;
    let backend = open_for_screen(&paths, &config, demo, keys)?;
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
        install_command: config.agent.install_command.clone(),
        config_path: paths.config_file.display().to_string(),
    };
    let options = runtime::Options {
        backend,
        services: Arc::new(runtime::executor::Shared),
        theme,
        keymap,
        settings,
        state_dir: paths.state_dir.clone(),
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
    // At once: nothing that is still under way may hold up the end.
    std::process::exit(i32::from(exit.0))
}
