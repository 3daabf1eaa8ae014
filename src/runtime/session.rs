//! The loop: waits for what happens, lets the core decide, performs effects, draws.
//!
//! Everything arrives in one queue. All that is ready is handled before one draw, so that a burst
//! of keys or rows costs one frame; then the loop sleeps until something happens. Timers exist
//! only while something is under way or a form holds what was not kept yet.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::task::Poll;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::layout::Rect;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::clipboard::{self, Multiplexer};
use super::decode::Input;
use super::executor::Executor;
use super::input;
use super::program::{Link, Program, Theme};
use super::screen::Console;
use super::terminal::{self, Control};
use super::typing::{Typing, is_text};
use super::watch::Ending;
use crate::app::{Action, Answer, Effect, Keymap, Model, Msg, RequestId};
use crate::domain::Timestamp;

/// How long the first frame waits for the first rows, so that it is not drawn twice.
const FIRST_FRAME: Duration = Duration::from_millis(10);
/// Longest time that a burst of events is handled without a frame.
const BURST: Duration = Duration::from_millis(30);
/// What takes longer than this gets a spinner.
const PATIENCE: Duration = Duration::from_millis(200);
/// How fast the spinner turns.
const TICK: Duration = Duration::from_millis(120);
/// What nobody reads a question and answers it within. Consoles that type a text key by key are faster.
pub const REACTION: Duration = Duration::from_millis(100);
/// How often a form in progress is kept, and how the list is left. E5, C7.
const AUTOSAVE: Duration = Duration::from_secs(3);
/// Time for what must be kept when the terminal is gone or the process is asked to end.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// Time for what must be kept when the user quits.
const FAREWELL: Duration = Duration::from_secs(2);

/// Something that happened outside.
#[derive(Debug)]
pub enum Event {
    /// Keys, paste, mouse, size; and when they were read.
    Input(Instant, Input),
    /// An effect's answer.
    Answer(RequestId, Answer),
    /// Somebody stopped and continued the process.
    Continued,
    /// The process is to end.
    End(Ending),
}

/// What a session is made of.
pub struct Parts<B: Console> {
    /// The core.
    pub program: Program,
    /// Its state.
    pub model: Model,
    /// Keys.
    pub keymap: Keymap,
    /// Looks.
    pub theme: Theme,
    /// Where frames go.
    pub terminal: Terminal<B>,
    /// The terminal's other switches.
    pub control: Box<dyn Control>,
    /// Performs effects.
    pub executor: Executor,
    /// What happens outside.
    pub events: UnboundedReceiver<Event>,
    /// The present.
    pub clock: fn() -> Timestamp,
    /// Write OSC 8 links.
    pub hyperlinks: bool,
    /// What copies pass through.
    pub multiplexer: Multiplexer,
    /// Characters that arrive within this time of each other are a text.
    pub gap: Duration,
}

/// A running screen.
pub struct Session<B: Console> {
    parts: Parts<B>,
    ending: Option<Ending>,
    /// Draw everything, whatever was drawn.
    repaint: bool,
    /// The process is to be stopped, as the shell does with ctrl-z.
    suspending: bool,
    /// The list, or why not, is there.
    settled: bool,
    last_tick: Option<Instant>,
    tick_at: Option<Instant>,
    autosave_at: Option<Instant>,
    /// Message that the next may be merged with.
    held: Option<Msg>,
    /// Characters that may be a text.
    typing: Typing,
    /// Number of the last question that was drawn, and when that began.
    asked: Option<(u64, Instant)>,
    frames: usize,
}

impl<B: Console> Session<B> {
    /// A session that has not begun.
    pub fn new(parts: Parts<B>) -> Self {
        Self {
            typing: Typing::new(parts.gap),
            asked: None,
            parts,
            ending: None,
            repaint: false,
            suspending: false,
            settled: false,
            last_tick: None,
            tick_at: None,
            autosave_at: None,
            held: None,
            frames: 0,
        }
    }

    /// Runs what was asked for until the user quits or the process is asked to end; says which.
    pub async fn run(&mut self) -> Option<Ending> {
        if caught(self.go()).await.is_none() {
            // The hook has said so. The form is where it was before, and is still kept.
            self.ending = Some(Ending::Faulted);
        }
        if caught(self.finish()).await.is_none() {
            self.ending = Some(Ending::Faulted);
        }
        self.ending
    }

    /// Leaves what the session held. The rows of the list are left to the end of the process: giving a
    /// million of them back one by one takes longer than reading them, and none holds a secret.
    pub fn leave(mut self) {
        let list = &mut self.parts.model.list;
        std::mem::forget((std::mem::take(&mut list.rows), list.incoming.take()));
    }

    async fn go(&mut self) {
        self.begin().await;
        panic_if_asked!("screen");
        while !self.is_over() {
            self.turn().await;
        }
    }

    /// Asks for what the screen begins with.
    pub fn ask(&mut self) {
        self.update(Msg::Clock((self.parts.clock)()));
        let effects = (self.parts.program.start)(&mut self.parts.model);
        self.perform(effects);
    }

    /// Draws the first frame: with rows if they come at once.
    pub async fn begin(&mut self) {
        let deadline = Instant::now() + FIRST_FRAME;
        while !self.settled && !self.is_over() {
            match timeout_at(deadline, self.parts.events.recv()).await {
                Ok(Some(event)) => self.batch(event),
                Ok(None) | Err(_) => break,
            }
        }
        self.draw();
    }

    /// Waits for something, handles all that is ready, draws.
    pub async fn turn(&mut self) {
        let wake = self.wake();
        tokio::select! {
            biased;
            event = self.parts.events.recv() => match event {
                Some(event) => self.batch(event),
                // Whoever could wake us is gone.
                None => self.ending = Some(Ending::HungUp),
            },
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => self.timers(),
        }
        if std::mem::take(&mut self.suspending) && !self.is_over() {
            self.suspend().await;
        }
        if !self.is_over() {
            self.draw();
        }
    }

    /// Stops until the shell continues us, once what would be lost is kept: a stopped process may
    /// never be continued.
    async fn suspend(&mut self) {
        let deadline = Instant::now() + LAST_WORDS;
        while self.parts.executor.is_keeping() && !self.is_over() {
            match timeout_at(deadline, self.parts.events.recv()).await {
                Ok(Some(event)) => self.batch(event),
                Ok(None) | Err(_) => break,
            }
        }
        self.repaint = true;
        if !self.is_over() && self.parts.control.suspend().is_err() {
            self.ending = Some(Ending::HungUp);
        }
    }

    /// Whether the loop ends.
    pub fn is_over(&self) -> bool {
        self.parts.model.quit || self.ending.is_some()
    }

    /// Keeps what would be lost, within a short time.
    pub async fn finish(&mut self) {
        let time = if self.ending.is_some() {
            self.update(Msg::Clock((self.parts.clock)()));
            self.update(Msg::Hangup);
            LAST_WORDS
        } else {
            FAREWELL
        };
        // A copy may have been asked for just before.
        let _ = self.console().present();
        self.parts.executor.stop_reading();
        let deadline = Instant::now() + time;
        let mut again = self.ending.is_some();
        while !self.parts.executor.is_idle() {
            match timeout_at(deadline, self.parts.events.recv()).await {
                Ok(Some(Event::Answer(request, answer))) => {
                    self.parts.executor.arrived(request, &answer);
                    // It was under way when this began, as when the store panicked at it.
                    if matches!(answer, Answer::DraftKept(Err(_))) && std::mem::take(&mut again) {
                        self.update(Msg::Answer(request, answer));
                        self.update(Msg::Hangup);
                    }
                }
                Ok(Some(Event::End(ending))) => self.ending = self.ending.or(Some(ending)),
                Ok(Some(Event::Input(..) | Event::Continued)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }

    /// Handles an event and all that are ready behind it.
    fn batch(&mut self, first: Event) {
        let started = std::time::Instant::now();
        self.update(Msg::Clock((self.parts.clock)()));
        let mut next = Some(first);
        while let Some(event) = next {
            self.handle(event);
            if self.is_over() || started.elapsed() > BURST {
                break;
            }
            next = self.parts.events.try_recv().ok();
        }
        self.release();
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Input(at, input) => self.input(at, input),
            Event::Answer(request, answer) => {
                self.release();
                self.parts.executor.arrived(request, &answer);
                self.settled |= matches!(
                    answer,
                    Answer::Rows { .. }
                        | Answer::Progress { .. }
                        | Answer::Refreshed { .. }
                        | Answer::LoadFailed(_)
                );
                self.update(Msg::Answer(request, answer));
            }
            Event::Continued => {
                self.release();
                self.repaint = true;
                if self.parts.control.resume().is_err() {
                    self.ending = Some(Ending::HungUp);
                }
            }
            Event::End(ending) => self.ending = Some(ending),
        }
    }

    /// Handles what came from the terminal, or holds it back for what may follow.
    fn input(&mut self, at: Instant, input: Input) {
        match input {
            Input::Key(key) if is_text(key) => {
                self.let_go();
                if !self.typing.follows(at) {
                    self.typed();
                    self.saw(at);
                }
                self.typing.push(key, at);
            }
            other => {
                self.typed();
                self.typing.end();
                self.saw(at);
                self.merge(input::message(other));
            }
        }
    }

    fn merge(&mut self, message: Msg) {
        #[cfg(any(test, feature = "testing"))]
        if matches!(message, Msg::Paste(_)) {
            super::crash::panic_at_paste();
        }
        // Also for the size we know: the terminal may have been smaller in between and lost what it
        // could not show.
        self.repaint |= matches!(message, Msg::Resize(..));
        if let Some(merged) = self.held.as_ref().and_then(|it| input::merged(it, &message)) {
            self.held = Some(merged);
        } else {
            self.let_go();
            self.held = Some(message);
        }
    }

    /// Informs the core which question was on the screen, long enough to be read, when a key was
    /// pressed: none may be answered by what was typed before.
    fn saw(&mut self, at: Instant) {
        let seen =
            self.asked.filter(|(_, drawn)| at >= *drawn + REACTION).map(|(number, _)| number);
        if let Some(number) = seen.filter(|it| *it != self.parts.model.seen) {
            self.let_go();
            self.update(Msg::Shown(number));
        }
    }

    /// Lets go of all that was held back, but for a key that may turn out to begin a text.
    fn release(&mut self) {
        self.let_go();
        if self.begins().is_none_or(|until| until <= Instant::now()) {
            self.typed();
        }
    }

    /// Lets go of a message that nothing was merged with.
    fn let_go(&mut self) {
        // What is typed behind the key that quits goes nowhere.
        if let Some(message) = self.held.take().filter(|_| !self.parts.model.quit) {
            self.update(message);
        }
    }

    /// Handles the characters that were held back.
    fn typed(&mut self) {
        for message in self.typing.flush() {
            if !self.parts.model.quit {
                self.update(message);
            }
        }
    }

    /// Until when a key is held back that would be a command, if nothing follows at once. Moving is
    /// never held back, nor what is typed where a text belongs.
    fn begins(&self) -> Option<Instant> {
        let (key, until) = self.typing.lone()?;
        let Parts { model, keymap, .. } = &self.parts;
        let place = model.context();
        let moves = keymap.resolve(place, key).is_some_and(Action::moves);
        (!place.takes_text() && !moves).then_some(until)
    }

    fn update(&mut self, message: Msg) {
        let parts = &mut self.parts;
        let effects = (parts.program.update)(&mut parts.model, &parts.keymap, message);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Copy { text } => {
                    match clipboard::copy(text.expose(), self.parts.multiplexer) {
                        Ok(bytes) => self.console().send(&bytes),
                        Err(long) => self
                            .update(Msg::NotCopied { bytes: long.bytes, limit: clipboard::LIMIT }),
                    }
                }
                Effect::Mouse(on) => {
                    self.parts.control.mouse(on);
                    self.console().send(if on { terminal::MOUSE_ON } else { terminal::MOUSE_OFF });
                }
                Effect::Redraw => self.repaint = true,
                Effect::Suspend => self.suspending = true,
                other => self.parts.executor.perform(other),
            }
        }
    }

    fn console(&mut self) -> &mut B {
        self.parts.terminal.backend_mut()
    }

    /// When to wake although nothing happens; `None`: never.
    fn wake(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let model = &self.parts.model;
        let busy = self
            .parts
            .executor
            .since(|request| model.waiting.get(&request).is_some_and(|it| !it.label().is_empty()));
        self.tick_at = busy.map(|since| {
            let turning = self.last_tick.map_or(since, |last| last + TICK);
            turning.max(since + PATIENCE)
        });
        if self.unkept() {
            self.autosave_at.get_or_insert(now + AUTOSAVE);
        } else {
            self.autosave_at = None;
        }
        let begins = self.begins();
        [self.tick_at, self.autosave_at, begins].into_iter().flatten().min()
    }

    /// Whether a form and its draft differ, or the list is not as it was kept.
    fn unkept(&self) -> bool {
        let model = &self.parts.model;
        let form =
            model.capabilities.drafts && model.screens.form().is_some_and(|form| form.unkept());
        // A server that is away keeps nothing; it is asked again when it is back.
        let form = form && model.shared.away.is_none();
        form || model.keeping.touched
    }

    fn timers(&mut self) {
        let now = Instant::now();
        self.update(Msg::Clock((self.parts.clock)()));
        self.release();
        if self.autosave_at.is_some_and(|at| at <= now) {
            self.autosave_at = None;
            self.update(Msg::Autosave);
        }
        if self.tick_at.is_some_and(|at| at <= now) {
            self.last_tick = Some(now);
            self.update(Msg::Tick);
        }
    }

    /// Draws what differs from what is shown. A terminal that takes nothing is gone.
    fn draw(&mut self) {
        if self.try_draw().is_err() {
            self.ending = Some(Ending::HungUp);
            // What was typed while the terminal took nothing is not lost, and a signal among it
            // says better why this ends.
            while let Ok(event) = self.parts.events.try_recv() {
                self.handle(event);
            }
            self.release();
        }
        self.frames += 1;
    }

    fn try_draw(&mut self) -> Result<(), B::Error> {
        let size = self.parts.terminal.size()?;
        if (size.width, size.height) != self.parts.model.size {
            // The frame must not be laid out for a size that is no more.
            self.update(Msg::Resize(size.width, size.height));
        }
        let area = Rect::new(0, 0, size.width, size.height);
        if std::mem::take(&mut self.repaint) {
            self.console().forget();
            self.parts.terminal.resize(area)?;
        }
        if self.typing.is_in_text()
            && self.parts.events.is_empty()
            && !self.parts.control.has_input()
        {
            self.typing.pause();
        }
        let asked = self.parts.model.asked;
        // What waits to be read was typed before.
        if self.asked.is_none_or(|(number, _)| number != asked) && !self.parts.control.has_input() {
            self.asked = Some((asked, Instant::now()));
        }
        let Parts { program, model, theme, keymap, terminal, hyperlinks, .. } = &mut self.parts;
        if *hyperlinks {
            let links: Vec<Link> = (program.links)(model, area);
            terminal.backend_mut().set_links(&links);
        }
        terminal.draw(|frame| (program.draw)(model, theme, keymap, frame))?;
        terminal.backend_mut().present()
    }
}

/// Does the work; `None`: a panic ended it. What it has changed stays as it was then.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

/// For tests of the whole: what a session shows and whether anything is still to come.
#[cfg(any(test, feature = "testing"))]
impl<B: Console> Session<B> {
    /// Whether nothing is under way and nothing waits to be handled.
    pub fn is_settled(&self) -> bool {
        self.parts.executor.is_idle() && self.parts.events.is_empty() && self.typing.is_empty()
    }

    /// Whether something waits to be handled.
    pub fn has_events(&self) -> bool {
        !self.parts.events.is_empty()
    }

    /// The state.
    pub fn model(&self) -> &Model {
        &self.parts.model
    }

    /// Where frames go.
    pub fn backend(&self) -> &B {
        self.parts.terminal.backend()
    }

    /// Where frames go, to change it.
    pub fn backend_mut(&mut self) -> &mut B {
        self.parts.terminal.backend_mut()
    }

    /// How often was drawn.
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Why it ended, if it did.
    pub const fn ending(&self) -> Option<Ending> {
        self.ending
    }
}
