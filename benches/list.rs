//! How long the work behind a keystroke takes over 100,000 connections. `cargo bench`.
//!
//! Whole-process figures (first frame, bytes per key, memory) are measured in a pseudo terminal;
//! `docs/performance.md` has them with the commands that repeat them.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]

use divan::Bencher;
use jetbridge::app::model::Settings;
use jetbridge::app::{Answer, Effect, Key, Keymap, Model, Msg, start, update};
use jetbridge::backend::store::{OpenOptions, Store};
use jetbridge::backend::{ImportRow, PageRequest};
use jetbridge::domain::health::Findings;
use jetbridge::domain::rules::PasswordPolicy;
use jetbridge::domain::{ConnectionId, ConnectionType, Side, Summary, Timestamp};
use jetbridge::view::{Theme, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const COUNT: u32 = 100_000;

fn main() {
    divan::main();
}

fn name(number: u32) -> String {
    let kind = ["groups", "devices", "sites", "teams"][number as usize % 4];
    format!("contoso-emea-{kind}-{number:06}-dest")
}

fn row(number: u32) -> Summary {
    Summary {
        id: ConnectionId(uuid::Uuid::from_u128(u128::from(number))),
        name: name(number).into(),
        kind: ConnectionType::from_number((number % 17) as u16),
        side: Side::Destination,
        tenant: ["contoso", "fabrikam", "northwind"][number as usize % 3].into(),
        credentials: "Fly app".into(),
        modified_at: Some(jetbridge::domain::Second::new(1_700_000_000 + i64::from(number))),
        modified_by: "anna".into(),
        findings: Findings(u64::from(number % 4)),
        expires_at: None,
        revision: 1,
    }
}

fn settings() -> Settings {
    Settings {
        context: "bench".to_owned(),
        demo: false,
        session: "bench".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        password: PasswordPolicy::default(),
        warning_days: jetbridge::domain::health::EXPIRY_WARNING_DAYS,
        preflight_days: jetbridge::domain::preflight::OUTDATED_DAYS,
        portals: jetbridge::domain::Portals::default(),
        installer: jetbridge::domain::agent::Installer::default(),
        install_command: String::new(),
        config_path: String::new(),
    }
}

fn listing() -> Model {
    let store = Store::in_memory("bench").unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let mut model = Model::new((120, 40), now, settings(), store.capabilities());
    let effects = start(&mut model);
    let Some(Effect::Load { request }) = effects.first() else { return model };
    let mut rows: Vec<Summary> = (0..COUNT).map(row).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let answer = Answer::Rows { total: None, rows, done: true };
    update(&mut model, &Keymap::default(), Msg::Answer(*request, answer));
    model
}

fn press(model: &mut Model, keymap: &Keymap, key: char) {
    update(model, keymap, Msg::Key(Key::char(key)));
}

/// C3: the six keys of a search, each over all rows.
#[divan::bench(sample_count = 30)]
fn search_of_six_letters(bencher: Bencher<'_, '_>) {
    let (keymap, model) = (Keymap::default(), listing());
    bencher.with_inputs(|| model.clone()).bench_local_values(|mut model| {
        for key in "/ps-004".chars() {
            press(&mut model, &keymap, key);
        }
        model
    });
}

/// C6: order by another column.
#[divan::bench(sample_count = 30)]
fn sort_by_type(bencher: Bencher<'_, '_>) {
    let (keymap, model) = (Keymap::default(), listing());
    bencher.with_inputs(|| model.clone()).bench_local_values(|mut model| {
        press(&mut model, &keymap, 's');
        model
    });
}

/// C2: open the filter panel, which counts every value.
#[divan::bench(sample_count = 30)]
fn count_facets(bencher: Bencher<'_, '_>) {
    let (keymap, model) = (Keymap::default(), listing());
    bencher.with_inputs(|| model.clone()).bench_local_values(|mut model| {
        press(&mut model, &keymap, 'f');
        model
    });
}

/// One frame at 120x40.
#[divan::bench]
fn draw_a_frame(bencher: Bencher<'_, '_>) {
    let (keymap, theme, model) = (Keymap::default(), Theme::default(), listing());
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    bencher.bench_local(|| {
        terminal.draw(|frame| draw(&model, &theme, &keymap, frame)).unwrap();
    });
}

fn filled(folder: &std::path::Path) -> Store {
    let options = OpenOptions::new(folder.join("bench.db"), folder.join("vault.key"), "bench");
    let store = Store::open(options).unwrap();
    let rows = (0..COUNT).map(|number| ImportRow {
        line: u64::from(number) + 1,
        id: None,
        name: name(number),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        tenant: "contoso".to_owned(),
        live: None,
        modified_at: None,
        modified_by: "anna".to_owned(),
    });
    wait(store.import(rows.collect())).unwrap();
    store
}

fn wait<F: Future>(call: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

/// C1: the first page, which the first frame waits for, and every page.
#[divan::bench(args = [200, 4096], sample_count = 10)]
fn read_pages(bencher: Bencher<'_, '_>, limit: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    bencher.bench_local(|| {
        wait(async {
            let mut request = PageRequest { after: None, limit };
            loop {
                let page = store.page(request.clone()).await.unwrap();
                // A page of 200 stands for the first frame: one is enough.
                match page.next {
                    Some(next) if limit > 200 => request.after = Some(next),
                    _ => break,
                }
            }
        });
    });
}
