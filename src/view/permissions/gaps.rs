//! What an app has against what is needed. P9.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::counts;
use super::table::{self, GAP, Row};
use crate::app::permissions::{Entry, Screen};
use crate::app::{Action, Context};
use crate::permissions::gap::{Beyond, Line as Judged, Report, Standing};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// Rows below which the counts stand for the summary.
const SHORT: u16 = 12;
/// Columns from which words stand beside the symbols.
const WORDS: u16 = 60;
/// Columns of the symbol and word of what the app has.
const HAVE: usize = 16;

/// How a table is divided.
struct Shape {
    /// Columns before the name.
    lead: usize,
    /// Columns of the name, and with the type.
    named: (usize, usize),
    /// Words stand beside the symbols.
    words: bool,
}

impl Shape {
    fn of(report: &Report, width: u16) -> Self {
        let words = width >= WORDS;
        let lead = if words { 2 + 4 + GAP + HAVE + GAP } else { 4 };
        let room = usize::from(width).saturating_sub(lead);
        let needs = report.lines.iter().map(|it| &it.requirement);
        let name = if words { table::name_width(needs, room) } else { room };
        Self { lead, named: (name, room), words }
    }

    /// Symbols of what is needed and there, and the word that says it.
    fn lead(
        &self,
        canvas: &Canvas<'_>,
        needed: bool,
        sign: (&str, Style),
        word: &str,
    ) -> (Line, u16) {
        let theme = canvas.theme;
        let line = Line::new("  ", theme.plain);
        if !self.words {
            return (line.add(sign.0, sign.1).add(" ", theme.plain), 2);
        }
        let need = if needed { theme.signs.mark } else { theme.signs.unchecked };
        let line = line.add(" ", theme.plain).add(need, theme.muted).pad(2 + 4 + GAP, theme.plain);
        let at = u16::try_from(line.width()).unwrap_or(0);
        let line = line.add(sign.0, sign.1).add(" ", theme.plain).add(word, theme.plain);
        (line.pad(self.lead, theme.plain), at)
    }

    fn heads(&self, canvas: &Canvas<'_>) -> Line {
        let plain = canvas.theme.plain;
        let mut line = Line::new("  ", plain);
        if self.words {
            line = line.add("Need", plain).pad(2 + 4 + GAP, plain).add("Have", plain);
        }
        table::heads(canvas, line.pad(self.lead, plain), self.named)
    }
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let Some(report) = &screen.report else { return empty(canvas, area) };
    let mut above = summary(canvas, screen, report, area);
    above.truncate(usize::from(area.height / 3).max(1));
    canvas.lines(area, &above);
    let used = u16::try_from(above.len()).unwrap_or(0);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    let shape = Shape::of(report, area.width);
    let rows = rows(canvas, screen, report, &shape);
    let heads = shape.heads(canvas);
    table::draw(canvas, screen, rest, &heads, &rows);
}

/// The result, how many stand how, and whether only gaps are shown.
fn summary(canvas: &Canvas<'_>, screen: &Screen, report: &Report, area: Rect) -> Vec<Line> {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    if area.height < SHORT {
        return counts::standings(canvas, report, width);
    }
    let gaps = report.gaps().count();
    let sign =
        if gaps > 0 { (theme.signs.error, theme.error) } else { (theme.signs.good, theme.good) };
    let mut lines = hanging(sign, format!("{}.", report.summary()), theme.plain, width);
    if screen.only_gaps {
        let key = canvas.keymap.hint(Context::Permissions, Action::OnlyGaps);
        let text = format!("Only what is not met is shown; {key} shows all.");
        lines.extend(hanging((theme.signs.advice, theme.advice), text, theme.plain, width));
    } else {
        lines.extend(counts::standings(canvas, report, width));
    }
    lines
}

/// Every row with the entry that it is; heads between the groups are none.
fn rows(canvas: &Canvas<'_>, screen: &Screen, report: &Report, shape: &Shape) -> Vec<Row> {
    let theme = canvas.theme;
    let mut rows = Vec::new();
    let mut part = "";
    for (at, entry) in screen.entries().into_iter().enumerate() {
        let (head, note, made) = match entry {
            Entry::Line(index) => {
                let Some(it) = report.lines.get(index) else { continue };
                let group = it.requirement.group();
                (group, report.met_of(group), judged(canvas, shape, it))
            }
            Entry::Beyond(index) => {
                let Some(it) = report.beyond.get(index) else { continue };
                ("More than needed", report.beyond.len().to_string(), beyond(canvas, shape, it))
            }
            Entry::Source(index) => {
                let Some(it) = report.sources.get(index) else { continue };
                let text = it.to_string();
                let line = Line::new("  ", theme.plain).add(Shown::composed(&text), theme.plain);
                ("Sources", String::new(), (line, None))
            }
            Entry::Warning(index) => {
                let Some(it) = report.warnings.get(index) else { continue };
                let line =
                    Line::new("  ", theme.plain).add(theme.signs.warning, theme.warning_sign);
                let line = line.add(" ", theme.plain).add(Shown::composed(it), theme.plain);
                ("To know", String::new(), (line, Some(2)))
            }
        };
        if head != part {
            part = head;
            Row::head(canvas, head, &note, &mut rows);
        }
        rows.push(Row { entry: Some(at), line: made.0, sign: made.1 });
    }
    if rows.is_empty() {
        let line = Line::new(theme.signs.good, theme.good).add(" Nothing is missing.", theme.plain);
        rows.push(Row { entry: None, sign: None, line });
    }
    rows
}

/// A requirement: needed, and what the app has of it.
fn judged(canvas: &Canvas<'_>, shape: &Shape, it: &Judged) -> (Line, Option<u16>) {
    let theme = canvas.theme;
    let (lead, at) = shape.lead(canvas, true, sign(canvas, it), it.standing.label());
    let style = if it.gap { theme.title } else { theme.plain };
    let names = (it.requirement.name(), it.requirement.kind());
    (table::named(canvas, lead, names, shape.named, style), Some(at))
}

/// A permission that is there and not needed.
fn beyond(canvas: &Canvas<'_>, shape: &Shape, it: &Beyond) -> (Line, Option<u16>) {
    let theme = canvas.theme;
    let sign = (theme.signs.good, theme.muted);
    let (lead, at) = shape.lead(canvas, false, sign, "not needed");
    let names = (it.value.as_str(), it.kind.label());
    (table::named(canvas, lead, names, shape.named, theme.muted), Some(at))
}

/// The symbol of a standing.
pub fn sign(canvas: &Canvas<'_>, it: &Judged) -> (&'static str, Style) {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    match &it.standing {
        _ if it.is_met() => (signs.good, theme.good),
        Standing::NotVerifiable(_) if it.gap => (signs.warning, theme.warning_sign),
        Standing::CoveredBy { .. } | Standing::Declared | Standing::NotVerifiable(_) => {
            (signs.advice, theme.advice)
        }
        Standing::Granted { .. }
        | Standing::SeenInToken { .. }
        | Standing::DeclaredNotConsented
        | Standing::WrongKind { .. }
        | Standing::Missing => (signs.error, theme.error),
    }
}

/// Before anything was checked: what can be, and by which key.
fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width.min(72));
    let text =
        "Nothing was checked yet. Compares an app with this scenario, using the data you supply.";
    let mut lines = wrapped(text, theme.plain, width);
    for (action, what) in [
        (Action::CheckManifest, "an exported app manifest: what is declared"),
        (Action::CheckToken, "access tokens in a file: what they carry"),
        (Action::CheckLive, "live in Microsoft Graph: what was consented to"),
    ] {
        let key = canvas.keymap.hint(Context::Permissions, action);
        if !key.is_empty() {
            lines.push(Line::empty());
            let sign = Line::new(&key, theme.key);
            let lead = sign.width();
            lines.extend(hanging((&key, theme.key), what, theme.plain, width.max(lead)));
        }
    }
    canvas.lines(area, &lines);
}
