//! What a key costs on a slow line, in bytes at 120x40: counts, not timing. UX.md §3.14, DESIGN.md
//! §Budgets.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fixtures;
use crate::app::{Keymap, Model};
use crate::domain::{ConnectionType, Side, Summary};
use crate::form;
use crate::runtime::screen::{Console as _, Screen as Terminals};
use crate::view::{Theme, draw};

const SIZE: (u16, u16) = (120, 40);

/// Counts what the terminal would get.
#[derive(Clone, Default)]
struct Wire(Rc<RefCell<usize>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.borrow_mut() += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Line {
    wire: Wire,
    terminal: Terminal<Terminals<Wire>>,
}

impl Line {
    fn new() -> Self {
        let wire = Wire::default();
        let area = Rect::new(0, 0, SIZE.0, SIZE.1);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let out = Terminals::new(wire.clone(), || Ok(SIZE), false);
        let terminal = Terminal::with_options(out, options).unwrap();
        Self { wire, terminal }
    }

    /// Bytes that this frame adds to the one before.
    fn cost(&mut self, model: &Model) -> usize {
        *self.wire.0.borrow_mut() = 0;
        let keymap = Keymap::default();
        self.terminal.draw(|frame| draw(model, &Theme::default(), &keymap, frame)).unwrap();
        self.terminal.backend_mut().present().unwrap();
        *self.wire.0.borrow()
    }
}

/// Names as the generator of the shared tools writes them.
fn many() -> Model {
    const TENANTS: [&str; 6] =
        ["contoso", "fabrikam", "northwind", "tailspin", "treyresearch", "alpine"];
    const KINDS: [(&str, ConnectionType); 4] = [
        ("groups", ConnectionType::M365Group),
        ("mailboxes", ConnectionType::Exchange),
        ("devices", ConnectionType::Device),
        ("sites", ConnectionType::SharePoint),
    ];
    let mut state = 7_u64;
    let mut pick = |from: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % from
    };
    let mut rows: Vec<Summary> = (0..2_000u128)
        .map(|at| {
            let (tenant, (word, kind)) = (TENANTS[pick(6)], KINDS[pick(4)]);
            let region = ["emea", "apac", "amer", "global"][pick(4)];
            let (side, end) = [(Side::Source, "src"), (Side::Destination, "dest")][pick(2)];
            let name = format!("{tenant}-{region}-{word}-{at:05}-{end}");
            let mut row = fixtures::row(at, &name, kind, side, tenant);
            row.modified_at = Some(crate::domain::Second::new(
                1_700_000_000 + i64::try_from(pick(90_000_000)).unwrap(),
            ));
            row.modified_by = format!("anna.berg@{tenant}.example").into();
            if form::has_form(kind) {
                form::specs::INCOMPLETE.add_to(&mut row.findings);
            }
            row
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures::with_rows(SIZE, rows)
}

#[test]
fn a_cursor_move_costs_little() {
    let (mut line, mut model) = (Line::new(), many());
    line.cost(&model);
    let mut all: Vec<usize> = (1..30)
        .map(|at| {
            model.list.at = at;
            line.cost(&model)
        })
        .collect();
    all.sort_unstable();
    assert!(all[0] > 20, "{all:?}: nothing moved");
    assert!(all[all.len() / 2] <= 300 && all[all.len() - 1] <= 385, "{all:?}");
    // Nothing changed: nothing but hiding the cursor once more.
    assert!(line.cost(&model) <= 40);
}

#[test]
fn a_page_costs_no_more_than_its_text() {
    let (mut line, mut model) = (Line::new(), many());
    line.cost(&model);
    let height = model.list_height();
    let mut all = Vec::new();
    for page in 1..8 {
        model.list.at = page * height;
        model.list.top = page * height;
        all.push(line.cost(&model));
    }
    let most = all.iter().max().unwrap();
    assert!(*most <= 3_100, "{all:?}");
}

#[test]
fn a_search_key_costs_less_than_a_page() {
    let (mut line, mut model) = (Line::new(), many());
    model.list.search.typing = true;
    line.cost(&model);
    let mut all = Vec::new();
    for typed in ["p", "ps", "ps-", "ps-0", "ps-00", "ps-001"] {
        model.list.search.line = typed.into();
        fixtures::apply(&mut model);
        model.list.at = 0;
        model.list.top = 0;
        all.push(line.cost(&model));
    }
    let average = all.iter().sum::<usize>() / all.len();
    assert!(average < 1_300, "{all:?}");
}

// A turn of the spinner changes one cell.
#[test]
fn a_turn_of_the_spinner_costs_next_to_nothing() {
    let (mut line, mut model) = (Line::new(), many());
    model.list.loading = Some(crate::app::RequestId(1));
    line.cost(&model);
    model.spin = 1;
    let bytes = line.cost(&model);
    assert!(bytes < 60, "{bytes}");
}
