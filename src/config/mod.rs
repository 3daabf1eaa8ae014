//! Configuration: where files live, what `config.toml` says, what the environment says. SPEC E2.
//!
//! A missing file is all defaults. A file with mistakes is refused whole, every mistake named at
//! once with its line. `config.example.toml` shows each key with its default.

mod colour;
pub mod contexts;
mod paths;
mod raw;
mod reader;
pub mod signins;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use colour::{Colour, ColourWish, colour, decided};
pub use contexts::ContextConfig;
pub use paths::{HomeUnknown, Paths};
pub use signins::SignInConfig;

use crate::domain::agent::{Installer, Sha256};
use crate::domain::context::LOCAL;
use crate::domain::health::EXPIRY_WARNING_DAYS;
use crate::domain::preflight::OUTDATED_DAYS;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Portals, locale};
use crate::files::{FileError, Problem, Why, read, secret};
use crate::log::Level;
use crate::text;
use crate::view::theme::Overrides;

/// Names of the themes that the screen knows.
pub const THEMES: [&str; 4] = ["default", "mono", "dark", "light"];

/// A file larger than this is not a configuration.
const MAX_BYTES: u64 = 1024 * 1024;

/// Everything that can be configured, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Name written into created and modified by; empty: user and host of this session.
    pub user: String,
    /// The screen.
    pub ui: Ui,
    /// Rules for the local administrator's password. D8.
    pub password_policy: PasswordPolicy,
    /// The device agent. D7.
    pub agent: Agent,
    /// Addresses of AvePoint Online Services. G6.
    pub aos: Portals,
    /// Days before an expiry from which it is reported, 0 to 365.
    pub expiry_warning_days: i64,
    /// Days from which the result of a pre-flight is outdated, 0 to 365; 0: never.
    pub preflight_days: i64,
    /// File with the waivers of checks; `None`: the usual one beside the configuration.
    pub waivers: Option<PathBuf>,
    /// Days after which a deleted connection is purged; 0: never.
    pub purge_days: u32,
    /// Calls of Microsoft Entra ID and Microsoft Graph.
    pub network: Network,
    /// Name of the context to work on when nothing else names one.
    pub context: String,
    /// The contexts of the file by name; [`LOCAL`](crate::domain::context::LOCAL) is there without
    /// being named.
    pub contexts: BTreeMap<String, ContextConfig>,
    /// Sign-ins to tenants by name, for the pre-flight.
    pub signins: BTreeMap<String, SignInConfig>,
    /// What is written down.
    pub log: Log,
    /// Manage the key that protects stored secrets. E3.
    pub vault: Vault,
    /// Whether the commands of connection files are run when these are applied.
    pub allow_commands: bool,
    /// Keys by action, as the file has them; `app::keymap` resolves them.
    pub keys: BTreeMap<String, Binding>,
}

/// How the screen looks and reacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ui {
    /// Whether to use colours.
    pub colour: ColourWish,
    /// One of [`THEMES`].
    pub theme: String,
    /// Styles in place of the theme's, by role.
    pub roles: Overrides,
    /// What boxes are drawn with.
    pub borders: Borders,
    /// Whether the mouse belongs to jetbridge instead of to the terminal.
    pub mouse: bool,
    /// Whether links can be clicked (OSC 8); they can always be read.
    pub hyperlinks: bool,
    /// Whether names, tenants and people are shown by pseudonyms.
    pub redact: bool,
}

/// What boxes are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Borders {
    /// Box drawing characters where the locale takes them.
    #[default]
    Auto,
    /// Box drawing characters.
    Line,
    /// `+`, `-` and `|`.
    Ascii,
}

impl Borders {
    /// Whether only ASCII is drawn.
    pub fn is_ascii(self, env: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Auto => !locale::takes_utf8(env),
            Self::Line => false,
            Self::Ascii => true,
        }
    }
}

/// Where the device agent comes from and how it is installed. D7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Where the installer is, and what it must be.
    pub installer: Installer,
    /// Command with `{agent}` for the installer and, where wanted, `{key}` for the key.
    pub install_command: String,
}

/// How calls are made. Proxies are the system's: `HTTPS_PROXY`, `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// PEM file with certificate authorities to trust besides the system's; `None`: none.
    pub ca_bundle: Option<PathBuf>,
    /// Longest time of one call in seconds, repetitions and waits included, 5 to 600.
    pub timeout_seconds: u32,
}

impl Network {
    /// Takes over the limit of the command line.
    pub fn within(&mut self, limit: Option<Duration>) {
        if let Some(seconds) = limit.and_then(|it| u32::try_from(it.as_secs()).ok()) {
            self.timeout_seconds = seconds;
        }
    }

    /// [`Self::timeout_seconds`] as a duration.
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds as u64)
    }
}

/// What is written down, and how. E3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// How much.
    pub level: Level,
    /// Names as they are; otherwise by pseudonyms.
    pub plain_names: bool,
    /// Files that are kept, 1 to 100.
    pub keep: u32,
    /// Most bytes of a file.
    pub max_bytes: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, plain_names: false, keep: 5, max_bytes: 5 << 20 }
    }
}

/// Manage the key that protects stored secrets, beside what the store's own vault says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    /// Program and arguments that print what opens the vault; empty: none.
    pub key_command: Vec<String>,
    /// Longest time of that program in seconds, 1 to 600.
    pub key_command_timeout_seconds: u32,
    /// Where the key stays after an unlock.
    pub cache: UnlockCache,
    /// Minutes that it stays there, 1 to 1,440.
    pub cache_minutes: u32,
}

/// Where a key stays after an unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnlockCache {
    /// Nowhere.
    #[default]
    None,
    /// In the keyring of the Linux kernel.
    Keyring,
}

/// Keys bound to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Keys as written, such as `ctrl-s`.
    pub keys: Vec<String>,
    /// Line of the file, for conflicts.
    pub line: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            user: String::new(),
            ui: Ui {
                colour: ColourWish::Auto,
                theme: "default".to_owned(),
                roles: Overrides::new(),
                borders: Borders::Auto,
                mouse: false,
                hyperlinks: false,
                redact: false,
            },
            password_policy: PasswordPolicy::default(),
            agent: Agent {
                installer: Installer::default(),
                // AvePoint documents no installer property that takes the key (facts: fly.md §4),
                // so the key is copied beside the command.
                install_command: "msiexec /i \"{agent}\" /qn /norestart".to_owned(),
            },
            aos: Portals {
                commercial: Some("https://www.avepointonlineservices.com".to_owned()),
                usgov: Some("https://usgov.avepointonlineservices.com".to_owned()),
                china_21vianet: None,
            },
            expiry_warning_days: EXPIRY_WARNING_DAYS,
            preflight_days: OUTDATED_DAYS,
            waivers: None,
            purge_days: 90,
            network: Network { ca_bundle: None, timeout_seconds: 120 },
            context: LOCAL.to_owned(),
            contexts: BTreeMap::new(),
            signins: BTreeMap::new(),
            log: Log::default(),
            vault: Vault {
                key_command: Vec::new(),
                key_command_timeout_seconds: 30,
                cache: UnlockCache::None,
                cache_minutes: 15,
            },
            allow_commands: false,
            keys: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads a file. A missing one is all defaults, unless it was asked for by name.
    pub fn load(file: &Path, asked_for: bool) -> Result<Self, ConfigError> {
        let read = secret::trusted(file, MAX_BYTES);
        match read.and_then(|bytes| read::text_of(file, bytes)) {
            Ok(text) => Self::parse(&text, file),
            Err(error) if error.why == Why::Missing && !asked_for => Ok(Self::default()),
            Err(error) => Err(ConfigError {
                file: file.to_owned(),
                problems: Vec::new(),
                unread: Some(Box::new(error)),
            }),
        }
    }

    /// Reads the text of a file; `file` only names it in errors. All mistakes are reported.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        raw::resolve(text.strip_prefix('\u{feff}').unwrap_or(text))
            .map_err(|problems| ConfigError { file: file.to_owned(), problems, unread: None })
    }

    /// The installer of the device agent as a context has it. Where a context names its own, only
    /// its own digest can be that installer's.
    pub fn installer_of(&self, context: &str) -> Installer {
        let mut installer = self.agent.installer.clone();
        let Some(own) = self.contexts.get(context) else { return installer };
        let sha256 = own.agent_sha256.as_deref().and_then(Sha256::parse);
        if own.agent_url.is_some() {
            installer.url.clone_from(&own.agent_url);
            installer.checks.sha256 = sha256;
        } else if sha256.is_some() {
            installer.checks.sha256 = sha256;
        }
        installer
    }

    /// Keys by action, as the keymap takes them.
    pub fn bindings(&self) -> BTreeMap<String, Vec<String>> {
        self.keys.iter().map(|(action, binding)| (action.clone(), binding.keys.clone())).collect()
    }

    /// The name to write into created and modified by: the account and the host, and before it the
    /// name that the configuration claims. Whoever writes the configuration chooses that name, so it
    /// never stands alone.
    pub fn author(&self) -> String {
        let account = account();
        match self.user.as_str() {
            "" => account,
            claimed => format!("{claimed} ({account})"),
        }
    }
}

/// The account that this process runs as, and the host.
fn account() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host = if name.is_empty() { "localhost" } else { name.as_str() };
    format!("{}@{host}", crate::files::owner::account())
}

/// Every mistake in a configuration file, or why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// In the order of the lines; empty when the file cannot be read.
    pub problems: Vec<Problem>,
    /// Why it cannot be read.
    pub unread: Option<Box<FileError>>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unread {
            Some(error) => error.fmt(f),
            None => {
                let file = self.file.display().to_string();
                write!(
                    f,
                    "{} has {}",
                    text::shown(&file),
                    text::counted(self.problems.len(), "problem")
                )
            }
        }
    }
}

impl ConfigError {
    /// One line per mistake: `file:line: key: what is wrong; did you mean …?`
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let file = self.file.display().to_string();
        let problems = self.problems.iter().map(move |it| it.in_file(&file));
        self.unread.iter().map(ToString::to_string).chain(problems)
    }
}
