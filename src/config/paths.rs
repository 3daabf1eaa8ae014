//! Where configuration, data and state live. SPEC E2.
//!
//! `JETBRIDGE_CONFIG_DIR`, `JETBRIDGE_DATA_DIR` and `JETBRIDGE_STATE_DIR` win; then the XDG
//! variables, on macOS too (command line programs are looked for there); then the platform.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::files::path::given;

/// Folder of ours below a shared one.
const FOLDER: &str = "jetbridge";

/// Every place that jetbridge reads or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Folder of the configuration.
    pub config_dir: PathBuf,
    /// Folder of the data.
    pub data_dir: PathBuf,
    /// Folder of logs and what may be lost.
    pub state_dir: PathBuf,
    /// Folder of the log and of reports of faults.
    pub log_dir: PathBuf,
    /// The configuration.
    pub config_file: PathBuf,
    /// The embedded store.
    pub store: PathBuf,
    /// Key that opens the store's sealed secrets. Not beside the store, so that a copied store
    /// alone opens nothing. E3.
    pub vault_key: PathBuf,
}

/// The home directory is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the home directory is not known")]
pub struct HomeUnknown;

impl Paths {
    /// The paths of this process; `config_file` is the one asked for on the command line.
    pub fn of_process(config_file: Option<PathBuf>) -> Result<Self, HomeUnknown> {
        let base = directories::BaseDirs::new();
        let home = base.as_ref().map(|it| it.home_dir().to_owned());
        let platform = if cfg!(windows) {
            base.as_ref().map(|it| Platform {
                config: it.config_dir().to_owned(),
                data: it.data_local_dir().to_owned(),
                state: it.data_local_dir().to_owned(),
            })
        } else {
            home.as_deref().map(Platform::unix)
        };
        Self::resolve(&|name| std::env::var_os(name), platform, config_file)
    }

    fn resolve(
        env: &dyn Fn(&str) -> Option<OsString>,
        platform: Option<Platform>,
        config_file: Option<PathBuf>,
    ) -> Result<Self, HomeUnknown> {
        let set = |name: &str| env(name).filter(|it| !it.is_empty()).map(given);
        let place = |own: &str, xdg: &str, fallback: Option<&PathBuf>| {
            // A relative path would move the store with the working directory; XDG says to
            // ignore relative ones, ours are taken from where the process started.
            let own = set(own).map(|it| std::path::absolute(&it).unwrap_or(it));
            let xdg = || {
                set(xdg).filter(|it| it.is_absolute() && !cfg!(windows)).map(|it| it.join(FOLDER))
            };
            own.or_else(xdg).or_else(|| fallback.map(|it| it.join(FOLDER))).ok_or(HomeUnknown)
        };
        let platform = platform.as_ref();
        let config_dir =
            place("JETBRIDGE_CONFIG_DIR", "XDG_CONFIG_HOME", platform.map(|it| &it.config))?;
        let data_dir = place("JETBRIDGE_DATA_DIR", "XDG_DATA_HOME", platform.map(|it| &it.data))?;
        let state_dir =
            place("JETBRIDGE_STATE_DIR", "XDG_STATE_HOME", platform.map(|it| &it.state))?;
        Ok(Self {
            config_file: config_file.unwrap_or_else(|| config_dir.join("config.toml")),
            store: data_dir.join("connections.db"),
            vault_key: config_dir.join("vault.key"),
            log_dir: state_dir.join("log"),
            config_dir,
            data_dir,
            state_dir,
        })
    }
}

/// What the platform says when no variable does.
struct Platform {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl Platform {
    fn unix(home: &Path) -> Self {
        Self {
            config: home.join(".config"),
            data: home.join(".local/share"),
            state: home.join(".local/state"),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn resolve(env: &[(&str, &str)], home: Option<&str>) -> Result<Paths, HomeUnknown> {
        let look = |name: &str| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        Paths::resolve(&look, home.map(|it| Platform::unix(Path::new(it))), None)
    }

    #[test]
    fn our_variables_win_over_xdg_and_xdg_over_the_home() {
        let at_home = resolve(&[], Some("/h")).unwrap();
        assert_eq!(at_home.config_file, Path::new("/h/.config/jetbridge/config.toml"));
        assert_eq!(at_home.store, Path::new("/h/.local/share/jetbridge/connections.db"));
        assert_eq!(at_home.vault_key, Path::new("/h/.config/jetbridge/vault.key"));
        assert_eq!(at_home.state_dir, Path::new("/h/.local/state/jetbridge"));
        assert_eq!(at_home.log_dir, Path::new("/h/.local/state/jetbridge/log"));

        let xdg = [("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
        let by_xdg = resolve(&xdg, Some("/h")).unwrap();
        assert_eq!(by_xdg.config_dir, Path::new("/c/jetbridge"));
        assert_eq!(by_xdg.data_dir, Path::new("/d/jetbridge"));
        assert_eq!(by_xdg.state_dir, Path::new("/s/jetbridge"));

        let mut own = xdg.to_vec();
        own.extend([
            ("JETBRIDGE_CONFIG_DIR", "/jc"),
            ("JETBRIDGE_DATA_DIR", "/jd"),
            ("JETBRIDGE_STATE_DIR", "/js"),
        ]);
        let by_own = resolve(&own, None).unwrap();
        assert_eq!(by_own.vault_key, Path::new("/jc/vault.key"));
        assert_eq!(by_own.store, Path::new("/jd/connections.db"));
        assert_eq!(by_own.state_dir, Path::new("/js"));
    }

    #[test]
    fn empty_and_relative_xdg_variables_are_ignored() {
        let env = [("XDG_CONFIG_HOME", "relative"), ("JETBRIDGE_DATA_DIR", "")];
        let paths = resolve(&env, Some("/h")).unwrap();
        assert_eq!(paths.config_dir, Path::new("/h/.config/jetbridge"));
        assert_eq!(paths.data_dir, Path::new("/h/.local/share/jetbridge"));
    }

    #[test]
    fn without_any_home_it_says_so() {
        assert_eq!(resolve(&[], None), Err(HomeUnknown));
    }
}
