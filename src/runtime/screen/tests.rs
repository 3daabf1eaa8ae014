//! Whatever is drawn, a terminal shows what the buffer holds, and it takes few bytes.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Modifier, Style};

use super::*;

const SMALL: (u16, u16) = (24, 10);
const WIDE: (u16, u16) = (120, 40);

fn small() -> io::Result<(u16, u16)> {
    Ok(SMALL)
}

fn wide() -> io::Result<(u16, u16)> {
    Ok(WIDE)
}

/// A terminal emulator behind a [`Screen`].
struct Shown {
    terminal: Terminal<Screen<Vec<u8>>>,
    emulator: vt100::Parser,
    /// Bytes of the last frame.
    last: Vec<u8>,
}

impl Shown {
    fn new(size: fn() -> io::Result<(u16, u16)>) -> Self {
        let (width, height) = size().unwrap();
        Self {
            terminal: Terminal::new(Screen::new(Vec::new(), size, false)).unwrap(),
            emulator: vt100::Parser::new(height, width, 0),
            last: Vec::new(),
        }
    }

    fn draw(&mut self, paint: impl FnOnce(&mut Buffer)) -> usize {
        let buffer = self
            .terminal
            .draw(|frame| paint(frame.buffer_mut()))
            .map(|frame| frame.buffer.clone())
            .unwrap();
        self.last = self.terminal.backend().pending().to_vec();
        self.terminal.backend_mut().present().unwrap();
        self.emulator.process(&self.last);
        assert_same(&buffer, self.emulator.screen());
        self.last.len()
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::DarkGray => vt100::Color::Idx(8),
        other => panic!("{other} is not used here"),
    }
}

fn assert_same(buffer: &Buffer, screen: &vt100::Screen) {
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let shown = screen.cell(y, x).unwrap();
            let text = if shown.contents().is_empty() { " " } else { shown.contents() };
            assert_eq!(text, cell.symbol(), "at {x},{y}");
            let blank = cell.symbol() == " ";
            let modifier = cell.modifier;
            assert_eq!(shown.inverse(), modifier.contains(Modifier::REVERSED), "at {x},{y}");
            assert_eq!(shown.underline(), modifier.contains(Modifier::UNDERLINED), "at {x},{y}");
            assert_eq!(shown.bgcolor(), colour(cell.bg), "at {x},{y}");
            if !blank {
                assert_eq!(shown.fgcolor(), colour(cell.fg), "at {x},{y}");
                // The emulator keeps only one of bold and dim.
                let (bold, dim) =
                    (modifier.contains(Modifier::BOLD), modifier.contains(Modifier::DIM));
                assert_eq!(shown.bold() || shown.dim(), bold || dim, "at {x},{y}");
                assert!((bold || !shown.bold()) && (dim || !shown.dim()), "at {x},{y}");
            }
            x += cell.cell_width().max(1);
        }
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let colours = prop_oneof![
        4 => Just(Color::Reset),
        1 => Just(Color::Red),
        1 => Just(Color::LightBlue),
        1 => Just(Color::DarkGray),
        1 => Just(Color::Rgb(1, 2, 3)),
    ];
    let modifiers = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
        1 => Just(Modifier::REVERSED),
        1 => Just(Modifier::BOLD | Modifier::UNDERLINED),
    ];
    (colours.clone(), colours, modifiers)
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

/// What one step paints over the picture before it.
#[derive(Debug, Clone)]
enum Step {
    Text(u16, u16, String, Style),
    Shift(i16),
    Clear,
    Cursor(u16, u16),
}

fn steps() -> impl Strategy<Value = Step> {
    let text = prop_oneof![
        4 => "[ab ]{1,20}",
        2 => " {1,20}",
        2 => "[a│é漢🚀 ]{1,8}",
    ];
    prop_oneof![
        8 => (0..SMALL.0, 0..SMALL.1, text, styles())
            .prop_map(|(x, y, text, style)| Step::Text(x, y, text, style)),
        3 => (-4..5i16).prop_map(Step::Shift),
        1 => Just(Step::Clear),
        1 => (0..SMALL.0, 0..SMALL.1).prop_map(|(x, y)| Step::Cursor(x, y)),
    ]
}

fn apply(picture: &mut Vec<(u16, i16, String, Style)>, step: &Step) {
    match step {
        Step::Text(x, y, text, style) => {
            picture.push((*x, i16::try_from(*y).unwrap(), text.clone(), *style));
        }
        Step::Shift(by) => picture.iter_mut().for_each(|it| it.1 += by),
        Step::Clear => picture.clear(),
        Step::Cursor(..) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_terminal_shows_the_buffer(frames in prop::collection::vec(prop::collection::vec(steps(), 1..12), 1..8)) {
        let mut shown = Shown::new(small);
        let mut picture = Vec::new();
        for frame in &frames {
            for step in frame {
                apply(&mut picture, step);
                if let Step::Cursor(x, y) = step {
                    shown.terminal.set_cursor_position((*x, *y)).unwrap();
                }
            }
            shown.draw(|buffer| {
                for (x, y, text, style) in &picture {
                    if let Ok(y) = u16::try_from(*y) && y < SMALL.1 {
                        buffer.set_stringn(*x, y, text, usize::from(SMALL.0 - x), *style);
                    }
                }
            });
        }
    }
}

/// A list as jetbridge shows it: title, heads, rows with a cursor, footer.
fn list(buffer: &mut Buffer, top: usize, at: usize, needle: &str) {
    let plain = Style::new();
    let dim = plain.fg(Color::DarkGray);
    let height = usize::from(buffer.area.height);
    let width = buffer.area.width;
    buffer.set_string(0, 0, format!("jetbridge  local   {:>6} of 100000", at), plain);
    buffer.set_string(0, 1, format!("Search: {needle}"), plain);
    buffer.set_string(0, 2, "  Name                               Type                  Side", dim);
    for line in 0..height - 5 {
        let y = u16::try_from(line + 3).unwrap();
        let number = top + line;
        let name = format!(
            "{}-{:05}-{}",
            ["contoso", "fabrikam", "wingtip"][number % 3],
            number * 7919 % 99_999,
            ["emea-mailboxes", "apac", "groups-wave-2"][number / 2 % 3]
        );
        let style = if number == at { plain.add_modifier(Modifier::REVERSED) } else { plain };
        buffer.set_string(0, y, " ".repeat(usize::from(width)), style);
        buffer.set_string(2, y, &name, style);
        if let Some(found) = (!needle.is_empty()).then(|| name.find(needle)).flatten() {
            buffer.set_string(
                2 + u16::try_from(found).unwrap(),
                y,
                needle,
                style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            );
        }
        buffer.set_string(
            37,
            y,
            ["Microsoft 365 Groups", "Exchange Online", "SharePoint Online"][number % 3],
            style,
        );
        buffer.set_string(59, y, ["Source", "Destination"][number % 2], style);
        buffer.set_string(72, y, ["contoso.example", "fabrikam.example"][number % 2], style);
        buffer.set_string(
            92,
            y,
            format!("2026-11-{:02} by admin", number % 28 + 1),
            if number == at { style } else { dim },
        );
        buffer.set_string(
            115,
            y,
            ["ok", "!"][number % 2],
            style.fg(if number.is_multiple_of(2) { Color::Reset } else { Color::Red }),
        );
    }
    buffer.set_string(
        0,
        u16::try_from(height - 1).unwrap(),
        "enter open  n new  d delete  / search  ? help",
        dim,
    );
}

/// The frames that the SPEC of speed counts, at 120x40.
#[test]
fn frames_stay_within_their_bytes() {
    let mut shown = Shown::new(wide);
    let first = shown.draw(|buffer| list(buffer, 0, 5, ""));
    let same = shown.draw(|buffer| list(buffer, 0, 5, ""));
    let down = shown.draw(|buffer| list(buffer, 0, 6, ""));
    shown.draw(|buffer| list(buffer, 0, 34, ""));
    let scrolled = shown.draw(|buffer| list(buffer, 1, 35, ""));
    let page = shown.draw(|buffer| list(buffer, 35, 69, ""));
    let key = shown.draw(|buffer| list(buffer, 350, 350, "o"));
    let back = shown.draw(|buffer| list(buffer, 349, 349, "o"));
    println!("first {first} down {down} scrolled {scrolled} page {page} key {key} back {back}");
    assert_eq!(same, 0, "nothing changed, nothing is sent");
    assert!(down < 300, "{down}");
    assert!(scrolled < 450, "{scrolled}");
    assert!(back < 600, "{back}");
    assert!(page < 6_000, "{page}");
    assert!(key < 4_500, "{key}");
}

#[test]
fn a_frame_never_asks_the_terminal() {
    let mut shown = Shown::new(small);
    shown.draw(|buffer| {
        buffer.set_string(0, 0, "text", Style::new());
    });
    shown.terminal.clear().unwrap();
    let bytes = String::from_utf8(shown.terminal.backend().pending().to_vec()).unwrap();
    // UX 13: no cursor position, colour or device query.
    assert!(!bytes.contains("[6n") && !bytes.contains("]1") && !bytes.contains("[c"), "{bytes:?}");
}

#[test]
fn links_are_written_round_their_cells() {
    let mut shown = Shown::new(small);
    let link = Link { x: 2, y: 0, text: "here".into(), url: "https://x.example/".into() };
    let odd = Link { x: 9, y: 0, text: "no".into(), url: "https://x\u{7}.example/".into() };
    shown.terminal.backend_mut().set_links(&[link, odd]);
    shown.draw(|buffer| {
        buffer.set_string(0, 0, "a here b no", Style::new());
    });
    let text = String::from_utf8(shown.last.clone()).unwrap().replace('\x1b', "^");
    assert!(text.contains("a ^]8;;https://x.example/^\\here"), "{text}");
    assert!(text.contains("^]8;;^\\b no"), "{text}");
    // E4: an address with a control character is no link.
    assert!(!text.contains('\u{7}'), "{text}");
}

#[test]
fn a_secret_is_wiped_once_it_was_sent() {
    let mut screen = Screen::new(Vec::new(), small, false);
    screen.send(b"fake-secret");
    screen.present().unwrap();
    assert_eq!(screen.out, b"fake-secret");
    assert!(screen.frame.is_empty());
}

#[test]
fn a_synchronized_frame_is_bracketed_and_an_empty_one_is_not_sent() {
    let mut screen = Screen::new(Vec::new(), small, true);
    screen.present().unwrap();
    assert!(screen.out.is_empty());
    screen.show_cursor().unwrap();
    screen.present().unwrap();
    assert_eq!(screen.out, b"\x1b[?2026h\x1b[?25h\x1b[?2026l");
}
