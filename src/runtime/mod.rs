//! Input, output and time round the pure core.
//!
//! `session` is the loop, `executor` performs effects, `screen` draws with few bytes, `terminal`
//! takes and gives back the terminal, `input` and `watch` are the threads that wake the loop. `decode`
//! makes keys of bytes, `typing` distinguishes a text from keys.

pub mod clipboard;
pub mod crash;
pub mod decode;
pub mod executor;
pub mod input;
pub mod output;
pub mod program;
pub mod screen;
pub mod session;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod typing;
pub mod watch;

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::WrapErr;
use ratatui::Terminal;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use crate::app::model::Settings;
use crate::app::{Keymap, Model, recall};
use crate::backend::graph::Endpoints;
use crate::backend::http::HttpOptions;
use crate::backend::{Capabilities, Place};
use crate::domain::{ListState, Timestamp};
use crate::service::contexts::Contexts;
use clipboard::Multiplexer;
use decode::Input;
use executor::{Executor, Means, Services};
use program::{Program, Theme};
use screen::Screen;
use session::{Event, Parts, Session};
use watch::Ending;

/// How long a backend call may take unless the configuration says otherwise. E1.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// What the screen runs on, beside the place of its connections.
pub struct Options {
    /// Use cases that go beyond one backend.
    pub services: Arc<dyn Services>,
    /// Every context, that of the place being the active one; `None`: there is no other.
    pub contexts: Option<Contexts>,
    /// How the list was left the last time.
    pub place: ListState,
    /// Looks.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// What was decided at the start.
    pub settings: Settings,
    /// Take the mouse at the start.
    pub mouse: bool,
    /// Write OSC 8 links.
    pub hyperlinks: bool,
    /// Bracket every frame by mode 2026.
    pub synchronized: bool,
    /// How long a backend call may take, usually [`TIMEOUT`].
    pub timeout: Duration,
    /// How a live check reaches Microsoft. P9.
    pub http: HttpOptions,
    /// A server on this machine that plays Microsoft, for tests only.
    pub stand_in: Option<Endpoints>,
    /// The present.
    pub clock: fn() -> Timestamp,
}

/// How the screen ended, as the process' exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub u8);

/// A screen that only waits for the place of its connections: nothing on the terminal is changed yet.
pub struct Ready {
    options: Options,
    sender: UnboundedSender<Event>,
    events: UnboundedReceiver<Event>,
    model: Model,
    terminal: Terminal<Screen<output::Stdout>>,
}

impl Ready {
    /// Makes what needs no connections, while they are opened.
    ///
    /// # Errors
    /// When the terminal does not report its size.
    pub fn new(options: Options) -> color_eyre::Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let size = terminal::size().wrap_err("the terminal does not report its size")?;
        let screen = Screen::new(output::Stdout, terminal::size, options.synchronized);
        let settings = options.settings.clone();
        let mut model = Model::new(size, (options.clock)(), settings, Capabilities::STORE);
        model.mouse = options.mouse;
        model.contexts = executor::shown(options.contexts.as_ref());
        let terminal = Terminal::new(screen).wrap_err("the terminal cannot be set up")?;
        Ok(Self { options, sender, events, model, terminal })
    }

    /// Runs the screen on this process' terminal until it ends; then the terminal is as it was. The
    /// caller should end the process at once with the exit code: whatever is still under way was
    /// given its time, and must not hold it up.
    ///
    /// # Errors
    /// When the terminal cannot be taken.
    pub async fn run(self, backend: Place) -> color_eyre::Result<Exit> {
        let Self { options, sender, events, mut model, terminal } = self;
        let size = model.size;
        model.capabilities = backend.capabilities();
        recall(&mut model, options.place);
        let means = Means {
            backend,
            services: options.services,
            contexts: options.contexts,
            timeout: options.timeout,
            http: options.http,
            stand_in: options.stand_in,
            clock: options.clock,
        };
        let mut session = Session::new(Parts {
            program: Program::JETBRIDGE,
            model,
            keymap: options.keymap,
            theme: options.theme,
            terminal,
            control: Box::new(terminal::Real),
            executor: Executor::new(means, sender.clone()),
            events,
            clock: options.clock,
            hyperlinks: options.hyperlinks,
            multiplexer: Multiplexer::detect(|name| std::env::var_os(name).is_some()),
            gap: typing::GAP,
        });
        // The rows are read while the terminal is taken.
        session.ask();
        tokio::task::yield_now().await;
        crash::screen_begins(&sender);
        watch::start(&sender).wrap_err("signals cannot be caught")?;
        if let Ok(now) = terminal::size()
            && now != size
        {
            let _ = sender.send(Event::Input(Instant::now(), Input::Resize(now.0, now.1)));
        }
        let guard =
            terminal::Guard::take(options.mouse).wrap_err("the terminal cannot be set up")?;
        input::start(sender).wrap_err("the terminal cannot be read")?;
        let ending = session.run().await;
        // The terminal first: whoever quits waits for nothing else.
        drop(guard);
        session.leave();
        Ok(Exit(ending.map_or(0, Ending::code)))
    }
}
