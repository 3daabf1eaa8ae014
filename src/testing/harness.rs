//! Drives the real loop in tests: keys as text in, the screen as text out.
//!
//! Public for the integration tests and benchmarks of this crate only. It never sleeps: it runs
//! the loop until nothing is under way.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::{Backend as Drawing, ClearType, TestBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};
use tokio::sync::mpsc::{self, UnboundedSender};

use super::keys::parse_keys;
use crate::app::key::UnknownKey;
use crate::app::model::Settings;
use crate::app::{Keymap, Model};
use crate::backend::graph::Endpoints;
use crate::backend::http::HttpOptions;
use crate::backend::{BackendError, Place, Reply};
use crate::domain::Timestamp;
use crate::domain::rules::PasswordPolicy;
use crate::runtime::clipboard::Multiplexer;
use crate::runtime::decode::Input;
use crate::runtime::executor::{Executor, Means, Services};
use crate::runtime::program::{Link, Program, Theme};
use crate::runtime::screen::Console;
use crate::runtime::session::{Event, Parts, REACTION, Session};
use crate::runtime::terminal::Control;
use crate::runtime::watch::Ending;
use crate::service::contexts::Contexts;

/// Longest that an answer is waited for: a test that hangs says so.
const STUCK: Duration = Duration::from_secs(20);

/// Why a harness could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The row of keys is not understood.
    #[error(transparent)]
    Key(#[from] UnknownKey),
    /// A request was not answered.
    #[error("nothing happens any more, but something is under way: {waiting}\n{screen}")]
    Stuck {
        /// What is waited for.
        waiting: String,
        /// What is shown.
        screen: String,
    },
}

/// What a harness runs.
pub struct Setup {
    /// The core.
    pub program: Program,
    /// Where connections are kept.
    pub backend: Place,
    /// Use cases beyond it.
    pub services: Arc<dyn Services>,
    /// Every context, `backend` being that of the active one; `None`: there is no other.
    pub contexts: Option<Contexts>,
    /// Looks.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// What was decided at the start.
    pub settings: Settings,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The present.
    pub clock: fn() -> Timestamp,
    /// How long a call may take.
    pub timeout: Duration,
    /// How a live check reaches Microsoft.
    pub http: HttpOptions,
    /// A server on this machine that plays Microsoft.
    pub stand_in: Option<Endpoints>,
    /// Characters that arrive within this time of each other are a text; zero: none are.
    pub gap: Duration,
}

impl Setup {
    /// jetbridge on a backend, at 80x24, in 2026, with the defaults.
    pub fn new(backend: impl Into<Place>) -> Self {
        Self {
            program: Program::JETBRIDGE,
            backend: backend.into(),
            services: Arc::new(NoServices),
            contexts: None,
            theme: Theme::default(),
            keymap: Keymap::default(),
            settings: settings(),
            size: (80, 24),
            clock: || Timestamp::from_second(1_780_000_000).unwrap_or(Timestamp::UNIX_EPOCH),
            timeout: crate::runtime::TIMEOUT,
            http: HttpOptions::default(),
            stand_in: None,
            gap: Duration::ZERO,
        }
    }
}

fn settings() -> Settings {
    Settings {
        context: "test".into(),
        demo: false,
        session: "test".into(),
        zone: jiff::tz::TimeZone::UTC,
        password: PasswordPolicy::default(),
        warning_days: crate::domain::health::EXPIRY_WARNING_DAYS,
        preflight_days: crate::domain::preflight::OUTDATED_DAYS,
        portals: crate::domain::Portals {
            commercial: Some("https://aos.example".to_owned()),
            usgov: Some("https://usgov.aos.example".to_owned()),
            china_21vianet: None,
        },
        installer: crate::domain::agent::Installer::default(),
        install_command: "msiexec /i {agent} KEY={key}".into(),
        config_path: "/tmp/config.toml".into(),
    }
}

/// Services that can do nothing.
struct NoServices;

impl Services for NoServices {
    fn load_sample<'a>(&'a self, _: &'a Place, _: Timestamp) -> Reply<'a, usize> {
        Box::pin(async { Err(BackendError::Unsupported("loading the sample")) })
    }

    fn import_directory<'a>(
        &'a self,
        _: &'a Place,
        _: std::path::PathBuf,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, Vec<String>>> + Send + 'a>> {
        Box::pin(async { Err(vec!["importing is not possible here".into()]) })
    }
}

/// A loop under test.
pub struct Harness {
    session: Session<Recorder>,
    sender: UnboundedSender<Event>,
    suspended: Arc<AtomicUsize>,
}

impl Harness {
    /// Starts and draws the first frame; nothing more is waited for.
    pub async fn begin(setup: Setup) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let (width, height) = setup.size;
        let mut model =
            Model::new(setup.size, (setup.clock)(), setup.settings, setup.backend.capabilities());
        model.mouse = false;
        model.contexts = crate::runtime::executor::shown(setup.contexts.as_ref());
        let means = Means {
            backend: setup.backend,
            services: setup.services,
            contexts: setup.contexts,
            timeout: setup.timeout,
            http: setup.http,
            stand_in: setup.stand_in,
            clock: setup.clock,
        };
        let recorder = Recorder {
            inner: TestBackend::new(width, height),
            sent: Vec::new(),
            links: Vec::new(),
            cursor: None,
        };
        let terminal = match Terminal::new(recorder) {
            Ok(terminal) => terminal,
            Err(never) => match never {},
        };
        let suspended = Arc::new(AtomicUsize::new(0));
        let mut session = Session::new(Parts {
            program: setup.program,
            model,
            keymap: setup.keymap,
            theme: setup.theme,
            terminal,
            control: Box::new(Switches(Arc::clone(&suspended))),
            executor: Executor::new(means, sender.clone()),
            events,
            clock: setup.clock,
            hyperlinks: true,
            multiplexer: Multiplexer::None,
            gap: setup.gap,
        });
        session.ask();
        session.begin().await;
        Self { session, sender, suspended }
    }

    /// Starts and waits until everything that was asked for is there.
    ///
    /// # Errors
    /// When a request is not answered.
    pub async fn start(setup: Setup) -> Result<Self, Problem> {
        let mut harness = Self::begin(setup).await;
        harness.settle().await?;
        Ok(harness)
    }

    /// Types a row of keys such as `/abc<enter>` (see [`parse_keys`]), each after the frame that the
    /// one before led to, and says what is shown then.
    ///
    /// # Errors
    /// When a key has no name, or a request is not answered.
    pub async fn keys(&mut self, keys: &str) -> Result<String, Problem> {
        for key in parse_keys(keys)? {
            // As if the frame was looked at for a moment.
            let at = tokio::time::Instant::now() + REACTION;
            self.send(Event::Input(at, Input::Key(key)));
            self.settle().await?;
        }
        Ok(self.screen())
    }

    /// Pastes a text.
    ///
    /// # Errors
    /// When a request is not answered.
    pub async fn paste(&mut self, text: &str) -> Result<String, Problem> {
        self.input(Input::Paste(text.to_owned()));
        self.settle().await
    }

    /// Gives the terminal another size.
    ///
    /// # Errors
    /// When a request is not answered.
    pub async fn resize(&mut self, width: u16, height: u16) -> Result<String, Problem> {
        self.session.backend_mut().inner.resize(width, height);
        self.input(Input::Resize(width, height));
        self.settle().await
    }

    /// Puts something that was read just now into the queue without handling it.
    pub fn input(&self, input: Input) {
        self.send(Event::Input(tokio::time::Instant::now(), input));
    }

    /// Puts an event into the queue without handling it.
    pub fn send(&self, event: Event) {
        // The session holds the other end.
        let _ = self.sender.send(event);
    }

    /// Handles what is ready, once.
    pub async fn turn(&mut self) {
        self.session.turn().await;
    }

    /// Handles all that comes by itself; what is held back is not waited for.
    pub async fn pump(&mut self) {
        for _ in 0..4 {
            tokio::task::yield_now().await;
            while self.session.has_events() && !self.session.is_over() {
                self.session.turn().await;
            }
        }
    }

    /// Runs until nothing is under way.
    ///
    /// # Errors
    /// When a request is not answered.
    pub async fn settle(&mut self) -> Result<String, Problem> {
        while !self.session.is_settled() && !self.session.is_over() {
            if tokio::time::timeout(STUCK, self.session.turn()).await.is_err() {
                return Err(Problem::Stuck {
                    waiting: format!("{:?}", self.session.model().waiting),
                    screen: self.screen(),
                });
            }
        }
        Ok(self.screen())
    }

    /// Asks the process to end and lets it keep what it must.
    pub async fn end(&mut self, ending: Ending) {
        self.send(Event::End(ending));
        while !self.session.is_over() {
            self.session.turn().await;
        }
        self.session.finish().await;
    }

    /// Lets a session that was quit keep what it must.
    pub async fn finish(&mut self) {
        self.session.finish().await;
    }

    /// What is shown, one line per row, without trailing blanks.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width).max(1);
        buffer
            .content
            .chunks(width)
            .map(|row| {
                let line: String = row.iter().map(Cell::symbol).collect();
                format!("{}\n", line.trim_end())
            })
            .collect()
    }

    /// What is shown, with its styles.
    pub fn buffer(&self) -> &Buffer {
        self.session.backend().inner.buffer()
    }

    /// The state.
    pub fn model(&self) -> &Model {
        self.session.model()
    }

    /// Bytes sent beside the frames: clipboard and mouse.
    pub fn sent(&self) -> &[u8] {
        &self.session.backend().sent
    }

    /// Gives the terminal another size without a word: the event is still to come.
    pub fn reshape(&mut self, width: u16, height: u16) {
        self.session.backend_mut().inner.resize(width, height);
    }

    /// Where the text cursor is, if it is shown.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        self.session.backend().cursor
    }

    /// Links of the last frame.
    pub fn links(&self) -> &[Link] {
        &self.session.backend().links
    }

    /// How often was drawn.
    pub const fn frames(&self) -> usize {
        self.session.frames()
    }

    /// How often the process was stopped and continued.
    pub fn suspended(&self) -> usize {
        self.suspended.load(Ordering::Relaxed)
    }

    /// Whether the screen ended, and why if it was not the user.
    pub fn is_over(&self) -> (bool, Option<Ending>) {
        (self.session.is_over(), self.session.ending())
    }
}

/// Counts what would be done to the real terminal.
struct Switches(Arc<AtomicUsize>);

impl Control for Switches {
    fn mouse(&mut self, _: bool) {}

    fn has_input(&self) -> bool {
        false
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// ratatui's test backend, and what went past it.
struct Recorder {
    inner: TestBackend,
    sent: Vec<u8>,
    links: Vec<Link>,
    cursor: Option<(u16, u16)>,
}

impl Console for Recorder {
    fn send(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
    }

    fn set_links(&mut self, links: &[Link]) {
        self.links = links.to_vec();
    }

    fn forget(&mut self) {}

    fn present(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Drawing for Recorder {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = None;
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        let position = position.into();
        self.cursor = Some((position.x, position.y));
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.inner.clear()
    }

    fn clear_region(&mut self, kind: ClearType) -> Result<(), Infallible> {
        self.inner.clear_region(kind)
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.inner.flush()
    }
}
