//! The real loop with a core made for each test: order, batches, timers, endings.

mod deleted;
mod drafts;
mod ending;
pub mod fake;
mod faults;
mod live;
mod pictures;
mod preflight;
mod timing;
mod typing;
mod whole;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::decode::Input;
use super::program::{Link, Program, Theme};
use super::session::Event;
use super::watch::Ending;
use crate::app::model::Waiting;
use crate::app::{Answer, Effect, Keymap, Model, Msg};
use crate::backend::{FormDraft, Place};
use crate::domain::{Secret, Timestamp};
use crate::testing::harness::{Harness, Setup};
use fake::Fake;

/// A core that writes down what it receives (in `settings.context`, which nothing else uses) and
/// does what single keys say.
pub const LOGGING: Program = Program { start, update, draw, links };

fn start(model: &mut Model) -> Vec<Effect> {
    vec![Effect::Load { request: model.request(Waiting::Load) }]
}

fn note(model: &mut Model, text: &str) {
    model.settings.context.push_str(text);
    model.settings.context.push('\n');
}

pub fn log(harness: &Harness) -> Vec<&str> {
    harness.model().settings.context.lines().skip(1).collect()
}

fn draft() -> FormDraft {
    FormDraft {
        id: "d".into(),
        connection: None,
        title: "title".into(),
        content: Secret::new("fake-secret"),
        saved_at: Timestamp::UNIX_EPOCH,
    }
}

fn update(model: &mut Model, _: &Keymap, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Clock(_) => note(model, "clock"),
        Msg::Key(key) => return pressed(model, key.typed().unwrap_or_default()),
        Msg::Meta(key) => note(model, &format!("meta {key}")),
        Msg::Typed(text) => note(model, &format!("typed {text:?}")),
        Msg::Shown(number) => model.seen = number,
        Msg::Paste(text) => note(model, &format!("paste {}", text.len())),
        Msg::Resize(width, height) => {
            model.size = (width, height);
            note(model, &format!("resize {width}x{height}"));
        }
        Msg::Click(x, y) => note(model, &format!("click {x} {y}")),
        Msg::Wheel(rows) => note(model, &format!("wheel {rows}")),
        Msg::Tick => note(model, "tick"),
        Msg::Autosave => {
            if let Some(form) = model.screens.form_mut() {
                form.kept = Some(form.values.clone());
            }
            note(model, "autosave");
        }
        Msg::Hangup => {
            note(model, "hangup");
            let request = model.request(Waiting::KeepDraft);
            return vec![Effect::KeepDraft { request, draft: draft(), instead_of: None }];
        }
        Msg::NotCopied { bytes, limit } => note(model, &format!("not copied {bytes} > {limit}")),
        Msg::Answer(request, answer) => {
            if let Answer::Rows { rows, done, .. } = answer {
                note(model, &format!("rows {}", rows.len()));
                model.list.rows.append(rows);
                if !done {
                    return Vec::new();
                }
            }
            model.waiting.remove(&request);
        }
    }
    Vec::new()
}

fn pressed(model: &mut Model, key: char) -> Vec<Effect> {
    note(model, &format!("key {key}"));
    match key {
        'q' => {
            model.quit = true;
            let request = model.request(Waiting::KeepDraft);
            vec![Effect::KeepDraft { request, draft: draft(), instead_of: None }]
        }
        'c' => vec![Effect::Copy { text: Secret::new("abc") }],
        'C' => vec![Effect::Copy { text: Secret::new("x".repeat(100_000)) }],
        'm' => vec![Effect::Mouse(true)],
        'z' => vec![Effect::Suspend],
        'f' => {
            timing::open_form(model);
            Vec::new()
        }
        'd' => {
            let request = model.request(Waiting::CountDrafts);
            vec![Effect::ReadDrafts { request }]
        }
        'x' => {
            let requests: Vec<_> = model.waiting.keys().copied().collect();
            model.waiting.clear();
            requests.into_iter().map(|request| Effect::Cancel { request }).collect()
        }
        _ => Vec::new(),
    }
}

fn draw(model: &Model, _: &Theme, _: &Keymap, frame: &mut Frame) {
    let area = frame.area();
    for y in 0..area.height {
        if let Some(row) = model.list.rows.get(u32::from(y)) {
            let style = ratatui::style::Style::new();
            frame.buffer_mut().set_stringn(0, y, &row.name, usize::from(area.width), style);
        }
    }
}

fn links(_: &Model, _: Rect) -> Vec<Link> {
    vec![Link { x: 0, y: 0, text: "connection".into(), url: "https://x.example".into() }]
}

pub fn logging(backend: impl Into<Place>) -> Setup {
    Setup { program: LOGGING, ..Setup::new(backend) }
}

#[tokio::test]
async fn the_first_frame_has_the_rows_when_they_come_at_once() {
    let harness = Harness::begin(logging(Fake::with(40))).await;
    assert_eq!(harness.frames(), 1);
    assert!(harness.screen().starts_with("connection-000000\nconnection-000001\n"));
    assert_eq!(harness.links().len(), 1);
}

#[tokio::test]
async fn all_that_is_ready_costs_one_frame_and_the_clock_comes_first() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    let frames = harness.frames();
    let before = log(&harness).len();
    for key in crate::testing::keys::parse_keys("abe").unwrap() {
        harness.input(Input::Key(key));
    }
    harness.turn().await;
    assert_eq!(harness.frames(), frames + 1);
    assert_eq!(log(&harness)[before..], ["clock", "key a", "key b", "key e"]);
}

#[tokio::test]
async fn sizes_are_merged_and_keys_stay_in_order() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    let before = log(&harness).len();
    for (width, height) in [(1, 1), (60, 20), (80, 24)] {
        harness.input(Input::Resize(width, height));
    }
    harness.input(Input::Key(crate::app::Key::char('a')));
    harness.turn().await;
    assert_eq!(log(&harness)[before..], ["clock", "resize 80x24", "key a"]);
}

#[tokio::test]
async fn a_frame_is_laid_out_for_the_size_the_terminal_has() {
    let mut harness = Harness::start(logging(Fake::with(50))).await.unwrap();
    let screen = harness.resize(1, 1).await.unwrap();
    assert_eq!(screen, "c\n");
    let screen = harness.resize(80, 24).await.unwrap();
    assert!(screen.starts_with("connection-000000\n"), "{screen}");
    assert_eq!(harness.model().size, (80, 24));
}

#[tokio::test]
async fn a_copy_goes_to_the_terminal_and_a_long_one_is_refused_aloud() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    harness.keys("c").await.unwrap();
    assert_eq!(harness.sent(), b"\x1b]52;c;YWJj\x07");
    harness.keys("C").await.unwrap();
    assert_eq!(harness.sent(), b"\x1b]52;c;YWJj\x07", "nothing is sent in part");
    assert_eq!(log(&harness).last(), Some(&"not copied 133336 > 74994"));
}

#[tokio::test]
async fn the_mouse_is_taken_when_asked_for() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    assert_eq!(harness.sent(), b"", "off by default");
    harness.keys("m").await.unwrap();
    assert_eq!(harness.sent(), b"\x1b[?1000h\x1b[?1006h");
}

#[tokio::test]
async fn after_a_stop_everything_is_drawn_again() {
    let mut harness = Harness::start(logging(Fake::with(3))).await.unwrap();
    let before = harness.screen();
    assert_eq!(harness.keys("z").await.unwrap(), before);
    assert_eq!(harness.suspended(), 1);
    harness.send(Event::Continued);
    assert_eq!(harness.settle().await.unwrap(), before);
    assert_eq!(harness.suspended(), 2);
}

#[tokio::test]
async fn a_big_paste_is_one_message() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    harness.paste(&"x".repeat(100_000)).await.unwrap();
    assert_eq!(log(&harness).last(), Some(&"paste 100000"));
}

#[tokio::test]
async fn a_harness_says_which_key_it_does_not_know() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    assert!(harness.keys("<nonsense>").await.unwrap_err().to_string().contains("nonsense"));
}

/// Ends a session as the process would and says what it logged last.
async fn ended(harness: &mut Harness, ending: Ending) -> String {
    harness.end(ending).await;
    log(harness).last().copied().unwrap_or_default().to_owned()
}
