//! Screens as text, at three sizes; bytes per key; hostile names; secrets.

mod audit;
mod bytes;
mod commands;
mod fixtures;
mod forms;
mod hostile;
mod lists;
mod live;
mod look;
mod modals;
mod permissions;
mod plan;
mod preflight;
mod silence;
mod spec;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::theme::{Name, Options};
use super::{Hit, Link, Theme, scene};
use crate::app::{Keymap, Model};
use crate::form::Spec;

/// Sizes of E6: comfortable, roomy, least.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (140, 40), (40, 12)];

/// A drawn screen.
pub struct Screen {
    pub buffer: Buffer,
    pub cursor: Option<Position>,
    pub links: Vec<Link>,
    hits: Vec<(Rect, Option<Hit>)>,
}

impl Screen {
    /// Draws with the form's own table, or that of a test.
    pub fn draw(model: &Model, spec: Option<&'static Spec>, theme: &Theme) -> Self {
        Self::with_keys(model, spec, theme, &Keymap::default())
    }

    /// The same with other keys.
    pub fn with_keys(
        model: &Model,
        spec: Option<&'static Spec>,
        theme: &Theme,
        keymap: &Keymap,
    ) -> Self {
        let area = Rect::new(0, 0, model.size.0, model.size.1);
        let mut buffer = Buffer::empty(area);
        let before = model.clone();
        let scene = scene(model, theme, keymap, &mut buffer, spec);
        assert_eq!(*model, before);
        Self { buffer, cursor: scene.cursor, links: scene.links, hits: scene.hits }
    }

    /// The default look.
    pub fn of(model: &Model) -> Self {
        Self::draw(model, None, &Theme::default())
    }

    /// Rows as text, without the blanks behind them.
    pub fn text(&self) -> String {
        let area = self.buffer.area;
        let mut out = String::new();
        for y in 0..area.height {
            let mut row = String::new();
            let mut skip = 0;
            for x in 0..area.width {
                let symbol = self.buffer[(x, y)].symbol();
                if skip == 0 {
                    row.push_str(symbol);
                    skip = crate::text::Shown::from(symbol).width().max(1);
                }
                skip -= 1;
            }
            out.push_str(row.trim_end());
            out.push('\n');
        }
        if let Some(cursor) = self.cursor {
            out.push_str(&format!("cursor {},{}\n", cursor.x, cursor.y));
        }
        out
    }

    /// Every stretch that is not plain: row, columns, style, text.
    pub fn styles(&self) -> String {
        let area = self.buffer.area;
        let mut out = String::new();
        for y in 0..area.height {
            let mut x = 0;
            while x < area.width {
                let style = self.buffer[(x, y)].style();
                let from = x;
                let mut text = String::new();
                while x < area.width && self.buffer[(x, y)].style() == style {
                    text.push_str(self.buffer[(x, y)].symbol());
                    x += 1;
                }
                if let Some(name) = describe(style) {
                    out.push_str(&format!("{y}:{from}-{} {name} {:?}\n", x - 1, text.trim_end()));
                }
            }
        }
        out
    }

    /// What a click means.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        let at = Position { x, y };
        self.hits.iter().rev().find(|(area, _)| area.contains(at)).and_then(|(_, hit)| *hit)
    }

    /// Column and row where a text stands.
    pub fn find(&self, text: &str) -> (u16, u16) {
        let at = self.text().lines().enumerate().find_map(|(y, row)| {
            let byte = row.find(text)?;
            Some((row[..byte].chars().count(), y))
        });
        let (x, y) = at.unwrap_or_else(|| panic!("{text:?} is not on\n{}", self.text()));
        (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
    }
}

fn describe(style: Style) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    if !style.add_modifier.is_empty() {
        words.push(format!("{:?}", style.add_modifier));
    }
    for (what, colour) in [("on", style.bg), ("", style.fg)] {
        if let Some(colour) = colour.filter(|it| *it != ratatui::style::Color::Reset) {
            words.push(format!("{what}{colour}"));
        }
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Compares a screen with its snapshot at every size.
pub fn snapshot(name: &str, model: &Model) {
    snapshot_with(name, model, None);
}

/// The same with a test's own form.
pub fn snapshot_with(name: &str, model: &Model, spec: Option<&'static Spec>) {
    for size in SIZES {
        let mut model = model.clone();
        model.size = size;
        let screen = Screen::draw(&model, spec, &Theme::default());
        check(&format!("{name}_{}x{}", size.0, size.1), &screen.text());
    }
}

/// Compares with the snapshot of this name.
pub fn check(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Themes that must all work.
pub fn themes() -> [Theme; 3] {
    [
        Theme::default(),
        Theme::new(Options { colour: false, ascii: true, name: Name::Default, truecolour: false }),
        Theme::new(Options { colour: true, ascii: false, name: Name::Mono, truecolour: false }),
    ]
}

// E6: says plainly what is needed and how to leave.
#[test]
fn too_small_is_said() {
    for (columns, rows) in [(39, 12), (40, 11), (20, 5), (3, 1), (1, 1)] {
        let model = fixtures::model((columns, rows));
        let text = Screen::of(&model).text();
        if columns >= 20 {
            assert!(text.contains("40x12") && text.contains('q'), "{text}");
        }
    }
    check("too_small", &Screen::of(&fixtures::model((36, 8))).text());
}

// E6: every size in between draws without a panic, in every look.
#[test]
fn any_size_can_be_drawn() {
    for (_, model, spec) in fixtures::everything() {
        for theme in themes() {
            for size in
                [(0, 0), (1, 50), (40, 12), (41, 13), (57, 14), (99, 12), (100, 60), (300, 12)]
            {
                let mut model = model.clone();
                model.size = size;
                let screen = Screen::draw(&model, spec, &theme);
                if let Some(at) = screen.cursor {
                    assert!(at.x < size.0 && at.y < size.1);
                }
            }
        }
    }
}

// Only one text cursor, and where the keys go.
#[test]
fn a_frame_gets_the_cursor_of_the_scene() {
    let mut model = fixtures::list((80, 24));
    model.list.search.typing = true;
    model.list.search.line = "gro".into();
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let keymap = Keymap::default();
    terminal.draw(|frame| super::draw(&model, &Theme::default(), &keymap, frame)).unwrap();
    terminal.backend_mut().assert_cursor_position((10, 1));
}

// E6: nothing but ASCII where that was asked for, and names are ASCII.
#[test]
fn ascii_means_ascii() {
    let theme =
        Theme::new(Options { colour: true, ascii: true, name: Name::Default, truecolour: false });
    let mut model = fixtures::list((80, 24));
    model.list.details = true;
    let text = Screen::draw(&model, None, &theme).text();
    assert!(text.is_ascii(), "{text}");
    let picker = fixtures::with_modal(model, fixtures::picker());
    let text = Screen::draw(&picker, None, &theme).text();
    assert!(text.is_ascii(), "{text}");
    check("ascii_picker", &text);
}

// E6: on every screen nothing but names is beyond ASCII.
#[test]
fn no_sign_of_print_is_beyond_ascii() {
    let theme =
        Theme::new(Options { colour: true, ascii: true, name: Name::Default, truecolour: false });
    for (name, model, spec) in fixtures::everything() {
        for size in SIZES {
            let mut model = model.clone();
            model.size = size;
            let text = Screen::draw(&model, spec, &theme).text();
            // A name may hold pictures; these are wider.
            let narrow = |it: char| unicode_width::UnicodeWidthChar::width(it) == Some(1);
            let sign = text.chars().find(|it| !it.is_ascii() && !it.is_alphabetic() && narrow(*it));
            assert_eq!(sign, None, "{name}\n{text}");
        }
    }
}

// `links` and `hit` are asked without theme and keymap: these must not move anything.
#[test]
fn places_do_not_depend_on_looks_or_keys() {
    let rebound = |action: &str, key: &str| (action.to_owned(), vec![key.to_owned()]);
    let keys = [
        rebound("activate", "ctrl-alt-shift-f12"),
        rebound("clear-filter", "ctrl-alt-shift-f11"),
        rebound("generate", "ctrl-alt-shift-f10"),
        rebound("refresh", "ctrl-alt-shift-f9"),
        rebound("add", "ctrl-alt-shift-f8"),
        rebound("undo", "ctrl-alt-shift-f7"),
        rebound("save", "ctrl-alt-shift-f6"),
    ];
    let keymap = Keymap::with(&keys.into()).unwrap();
    let mut seen = 0;
    for (name, model, spec) in fixtures::everything() {
        for size in SIZES {
            let mut model = model.clone();
            model.size = size;
            let usual = Screen::draw(&model, spec, &Theme::default());
            seen += usual.links.len();
            for theme in themes() {
                let other = Screen::with_keys(&model, spec, &theme, &keymap);
                assert_eq!(usual.links, other.links, "{name} {size:?}");
                assert_eq!(usual.hits, other.hits, "{name} {size:?}");
            }
        }
    }
    assert!(seen > 0);
}

// The public functions give what the screen has.
#[test]
fn links_and_hits_are_those_of_the_screen() {
    let (_, model, spec) =
        fixtures::everything().into_iter().find(|it| it.0 == "modal_picker_profiles").unwrap();
    let screen = Screen::draw(&model, spec, &Theme::default());
    assert_eq!(super::links(&model, screen.buffer.area), screen.links);
    let (x, y) = screen.find("Fly for Contoso");
    assert_eq!(super::hit(&model, x, y), Some(Hit::Entry(1)));
}
