//! Where the command line meets the store and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::sync::Arc;

use super::screen::Launch;
use super::session::{Network, wait};
use crate::app::Keymap;
use crate::app::model::Settings;
use crate::backend::graph::Endpoints;
use crate::backend::store::{OpenOptions, Store};
use crate::backend::{Backend, BackendError};
use crate::config::{Borders, Colour, Config, Paths};
use crate::domain::{Cloud, Timestamp};
use crate::error::{Exit, Failure};
use crate::runtime;
use crate::service::permissions::http_options;
use crate::service::sample;
use crate::view::{Theme, theme};

/// The backend that verbs work on: the embedded store, or for a demonstration a sample in memory.
pub fn open(paths: &Paths, config: &Config, demo: bool) -> Result<Arc<dyn Backend>, Failure> {
    if demo {
        return demonstration();
    }
    open_store(paths, config)
}

/// Opens the embedded store.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Arc<dyn Backend>, Failure> {
    let actor = config.author(&|name| std::env::var(name).ok());
    let options = OpenOptions::new(&paths.store, &paths.vault_key, actor);
    Ok(Arc::new(Store::open(options)?))
}

/// Names a server on this machine that plays Microsoft Entra ID and Microsoft Graph. For tests, and
/// therefore in no help. It can name nothing but this machine: a variable in somebody's environment
/// must not send a secret elsewhere.
const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

/// How to reach Microsoft, as the configuration has it.
pub fn network(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Result<Network, Failure> {
    let Config { network: it, .. } = config;
    let options = http_options(it.ca_bundle.clone(), it.timeout());
    let Some(address) = env(STAND_IN) else {
        return Ok(Network { options, stand_in: None });
    };
    let loopback = url::Url::parse(&address).ok().filter(|url| {
        let here = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(_)) | None => false,
        };
        here && url.scheme() == "http" && url.username().is_empty() && url.password().is_none()
    });
    let Some(url) = loopback else {
        return Err(Failure::usage(format!(
            "{STAND_IN} must be http:// and an address of this machine"
        ))
        .hint("Unset it: it is for tests."));
    };
    let stand_in = Endpoints::new(url.as_str(), url.as_str())
        .map_err(|error| Failure::usage(format!("{STAND_IN}: {error}")))?;
    Ok(Network { options: options.with_http_loopback(), stand_in: Some(stand_in) })
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
    let backend = open(&paths, &config, demo)?;
    let bindings = config.keys.iter().map(|(action, it)| (action.clone(), it.keys.clone()));
    let keymap = Keymap::with(&bindings.collect()).map_err(|problems| {
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
        clock: Timestamp::now,
    };
    let exit =
        wait(runtime::run(options))?.map_err(|error| BackendError::Other(format!("{error:#}")))?;
    // At once: nothing that is still under way may hold up the end.
    std::process::exit(i32::from(exit.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// E3: no variable sends a secret to another machine.
    #[test]
    fn a_stand_in_is_on_this_machine_or_refused() {
        let with = |address: &str| network(&Config::default(), &|_| Some(address.to_owned()));
        for good in ["http://127.0.0.1:8080/", "http://[::1]:8080"] {
            let network = with(good).unwrap();
            assert!(network.options.http_loopback && network.stand_in.is_some(), "{good}");
        }
        for bad in [
            "http://evil.example/",
            "https://127.0.0.1/",
            "http://localhost:1/",
            "http://127.0.0.1.evil.example/",
            "http://me:secret@127.0.0.1/",
            "http://192.0.2.1/",
            "127.0.0.1",
            "",
        ] {
            let failure = with(bad).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{bad}");
            assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn the_configuration_reaches_the_client() {
        let mut config = Config::default();
        let usual = network(&config, &|_| None).unwrap();
        assert_eq!(usual.options, crate::backend::http::HttpOptions::default());
        assert_eq!(usual.stand_in, None);
        config.network.ca_bundle = Some("/etc/corporate.pem".into());
        config.network.timeout_seconds = 5;
        let options = network(&config, &|_| None).unwrap().options;
        let five = Duration::from_secs(5);
        assert_eq!(options.ca_bundle, config.network.ca_bundle);
        assert_eq!((options.total, options.connect_timeout), (five, five));
        assert_eq!((options.read_timeout, options.max_wait), (five, five));
        assert!(!options.http_loopback);
    }
}
