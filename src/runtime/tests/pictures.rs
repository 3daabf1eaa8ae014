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
const GROUND: &str = "#15181e";
const TEXT: &str = "#c9ced8";
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

fn theme() -> Theme {
    Theme::new(Options { colour: true, truecolour: true, name: Name::Dark, ascii: false })
}

/// The screen after these keys.
async fn screen(size: (u16, u16), keys: &str) -> Buffer {
    let fake = Fake::with_clock("anna", Arc::new(now));
    sample::load(&fake, now()).await.unwrap();
    let mut setup = Setup { size, clock: now, theme: theme(), ..Setup::new(fake) };
    setup.settings.context = "local store".into();
    let mut harness = Harness::start(setup).await.unwrap();
    harness.keys(keys).await.unwrap();
    harness.buffer().clone()
}

fn code(color: Color, otherwise: &str) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Reset => otherwise.to_owned(),
        other => panic!("{other} is no exact colour"),
    }
}

/// Text, ground and attributes of a cell.
fn look(cell: &Cell) -> (String, String, Modifier) {
    let (mut text, mut ground) = (code(cell.fg, TEXT), code(cell.bg, GROUND));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut ground);
    }
    (text, ground, cell.modifier & (Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED))
}

/// A screen as a picture whose text can be selected; no font but a monospaced one is needed.
fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) =
        (f32::from(columns) * CELL.0 + 2.0 * EDGE, f32::from(rows) * CELL.1 + 2.0 * EDGE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"'JetBrains Mono','Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n"
    );
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let (from, first) = (x, look(&buffer[(x, y)]));
            let mut text = String::new();
            while x < columns && look(&buffer[(x, y)]) == first {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            run(&mut out, (from, y), x - from, &text, &first);
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
) {
    let (left, top) = (f32::from(x) * CELL.0 + EDGE, f32::from(y) * CELL.1 + EDGE);
    let wide = f32::from(width) * CELL.0;
    if ground != GROUND {
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
    let mut shots = vec![("preflight", preflight::screen((140, 36), &theme()).await)];
    for (name, size, keys) in SHOTS {
        shots.push((*name, screen(*size, keys).await));
    }
    for (name, shot) in shots {
        let wanted = svg(&shot);
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
