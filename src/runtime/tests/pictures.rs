//! Pictures of the screen for the documents, drawn by the program from the sample workspace and held
//! equal to it. `JETBRIDGE_UPDATE=1 cargo test --lib pictures` writes them.

mod preflight;

use std::fmt::Write as _;
use std::sync::Arc;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::domain::Timestamp;
use crate::service::sample;
use crate::testing::fake::Fake;
use crate::testing::harness::{Harness, Setup};
use crate::view::Theme;
use crate::view::theme::{Name, Options};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/screenshots");
/// Ground and text of the terminal that is drawn.
type Paper = (&'static str, &'static str);
const NIGHT: Paper = ("#15181e", "#c9ced8");
const DAY: Paper = ("#fbfbf8", "#24292f");
/// Size of a cell, and where in it the text stands.
const CELL: (f32, f32) = (8.4, 18.0);
const BASE: f32 = 13.5;
const EDGE: f32 = 14.0;

/// Name, columns and rows, and the keys that lead there.
const SHOTS: &[(&str, (u16, u16), &str)] = &[
    ("list", (120, 30), "jjjjjjjjjjjjjjjj<space>j<space>j"),
    ("details", (140, 36), "<tab>jjjjjjjjjjjjjjjjjjjjjjjjjjjjj"),
    ("filter", (120, 32), "f"),
    ("form", (120, 32), "/hq-dest<enter><enter><pgdn><pgdn>"),
    ("review", (120, 32), "/hq-dest<enter><enter>!<ctrl-s>"),
    ("audit", (120, 32), "A"),
    ("permissions", (120, 32), "/nam-dest<enter>P"),
];

fn now() -> Timestamp {
    "2026-11-30T14:05:00Z".parse().unwrap()
}

/// The look of the pictures.
const DARK: Options = Options { colour: true, truecolour: true, name: Name::Dark, ascii: false };

fn theme() -> Theme {
    Theme::new(DARK)
}

/// The screen after these keys.
async fn screen(size: (u16, u16), keys: &str, options: Options) -> Buffer {
    let fake = Fake::with_clock("anna", Arc::new(now));
    sample::load(&fake, now()).await.unwrap();
    let mut setup = Setup { size, clock: now, theme: Theme::new(options), ..Setup::new(fake) };
    setup.settings.context = "local store".into();
    let mut harness = Harness::start(setup).await.unwrap();
    harness.keys(keys).await.unwrap();
    harness.buffer().clone()
}

fn code(color: Color, otherwise: &str, paper: Paper) -> String {
    // As many terminals show them.
    let by_night = paper == NIGHT;
    let named = |night: &str, day: &str| if by_night { night } else { day }.to_owned();
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Reset => otherwise.to_owned(),
        Color::Black => named("#1b1e24", "#24292f"),
        Color::Red => named("#e0565b", "#cf222e"),
        Color::Green => named("#6fb56f", "#1a7f37"),
        Color::Yellow => named("#d9b44a", "#d4a72c"),
        Color::Blue => named("#5f8fd9", "#0969da"),
        Color::Magenta => named("#b483d6", "#8250df"),
        Color::Cyan => named("#4fb6c2", "#1b7c83"),
        Color::White | Color::Gray => named(NIGHT.1, "#6e7781"),
        other => panic!("{other} is no exact colour"),
    }
}

/// Text, ground and attributes of a cell.
fn look(cell: &Cell, paper: Paper) -> (String, String, Modifier) {
    let (mut text, mut ground) = (code(cell.fg, paper.1, paper), code(cell.bg, paper.0, paper));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut ground);
    }
    (text, ground, cell.modifier & (Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED))
}

/// A screen as a picture whose text can be selected; no font but a monospaced one is needed.
fn svg(buffer: &Buffer, paper: Paper) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) =
        (f32::from(columns) * CELL.0 + 2.0 * EDGE, f32::from(rows) * CELL.1 + 2.0 * EDGE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"'JetBrains Mono','Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        paper.0
    );
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let (from, first) = (x, look(&buffer[(x, y)], paper));
            let mut text = String::new();
            while x < columns && look(&buffer[(x, y)], paper) == first {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            run(&mut out, (from, y), x - from, &text, &first, paper);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn run(
    out: &mut String,
    (x, y): (u16, u16),
    width: u16,
    text: &str,
    (fill, ground, modifier): &(String, String, Modifier),
    paper: Paper,
) {
    let (left, top) = (f32::from(x) * CELL.0 + EDGE, f32::from(y) * CELL.1 + EDGE);
    let wide = f32::from(width) * CELL.0;
    if ground != paper.0 {
        let high = CELL.1;
        writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high}\" \
             fill=\"{ground}\"/>"
        )
        .unwrap();
    }
    if modifier.contains(Modifier::UNDERLINED) {
        let (end, low) = (left + wide, top + CELL.1 - 2.0);
        writeln!(
            out,
            "<path d=\"M{left:.1} {low:.1}H{end:.1}\" stroke=\"{fill}\" stroke-opacity=\".6\"/>"
        )
        .unwrap();
    }
    let lead = text.chars().take_while(|it| *it == ' ').count();
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let left = left + f32::from(u16::try_from(lead).unwrap()) * CELL.0;
    let columns = u16::try_from(crate::text::Shown::from(text).width()).unwrap();
    let (base, long) = (top + BASE, f32::from(columns) * CELL.0);
    let weight = if modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let soft = if modifier.contains(Modifier::DIM) { " opacity=\".6\"" } else { "" };
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" fill=\"{fill}\" textLength=\"{long:.1}\"{weight}{soft}>\
         {text}</text>"
    )
    .unwrap();
}

#[tokio::test]
async fn the_pictures_are_what_the_program_draws() {
    let update = std::env::var_os("JETBRIDGE_UPDATE").is_some();
    let mut shots = vec![("preflight", preflight::screen((140, 28), &theme()).await)];
    for (name, size, keys) in SHOTS {
        shots.push((*name, screen(*size, keys, DARK).await));
    }
    for (name, shot) in shots {
        let wanted = svg(&shot, NIGHT);
        let path = format!("{FOLDER}/{name}.svg");
        if update {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{name}.svg is not what is drawn: JETBRIDGE_UPDATE=1 cargo test --lib pictures"
        );
    }
}

/// Every screen in every look and size, to be judged by eye: `JETBRIDGE_PICTURES=FOLDER cargo test --lib
/// every_look` writes them. Without the variable it only draws them.
#[tokio::test]
async fn every_look_can_be_drawn() {
    let folder = std::env::var_os("JETBRIDGE_PICTURES").map(std::path::PathBuf::from);
    let screens = [
        ("list", "jjjj<space>j<space>j"),
        ("help", "?"),
        ("filter", "f<tab><space>"),
        ("export", "w"),
        ("palette", ":save"),
        ("delete", "jd"),
        ("permissions", "/nam-dest<enter>P<tab>"),
        ("history", "/hq-dest<enter>h"),
        ("form", "/hq-dest<enter><enter><pgdn>"),
        ("audit", "A"),
        ("runbook", "/hq-dest<enter>b"),
    ];
    let looks = [
        ("default", Options { colour: true, ..Options::default() }, NIGHT),
        ("day", Options { colour: true, ..Options::default() }, DAY),
        ("dark", DARK, NIGHT),
        ("light", Options { name: Name::Light, ..DARK }, DAY),
        ("ascii", Options { colour: true, ascii: true, ..Options::default() }, NIGHT),
        ("mono", Options { name: Name::Mono, ..Options::default() }, NIGHT),
    ];
    for (name, keys) in screens {
        for (look, options, paper) in looks {
            for size in [(140, 40), (80, 24), (40, 12)] {
                // The looks differ in style only: each at one size, and one at all.
                if folder.is_none() && look != "default" && size != (80, 24) {
                    continue;
                }
                let drawn = svg(&screen(size, keys, options).await, paper);
                if let Some(folder) = &folder {
                    let file = format!("{name}-{look}-{}x{}.svg", size.0, size.1);
                    std::fs::write(folder.join(file), drawn).unwrap();
                }
            }
        }
    }
}
