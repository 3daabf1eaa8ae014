//! What an app has against what is needed. P9.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::needs::{Column, cells, heads, widths};
use super::{details, result};
use crate::app::permissions::{Entry, Screen};
use crate::app::{Action, Context};
use crate::permissions::gap::{Beyond, Counts, How, Line as Judged, Report, Standing};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// Rows below which the counts stand for the summary.
const SHORT: u16 = 12;

/// Standing, permission, API and type: the first are given up last.
const COLUMNS: [Column<Judged>; 4] = [
    ("Standing", 16, 16, |it| it.standing.label().to_owned()),
    ("Permission", 18, 34, |it| it.requirement.name().to_owned()),
    ("API", 20, 28, |it| it.requirement.owner().to_owned()),
    ("Type", 14, 14, |it| it.requirement.kind().to_owned()),
];

/// The same of what is beyond the need.
const BEYOND: [Column<Beyond>; 4] = [
    ("", 16, 16, |_| "not needed".to_owned()),
    ("", 18, 34, |it| it.value.clone()),
    ("", 20, 28, |it| it.resource.clone()),
    ("", 14, 14, |it| it.kind.label().to_owned()),
];

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let Some(report) = &screen.report else { return empty(canvas, area) };
    let mut above = summary(canvas, screen, report, area);
    let facts = details::lines(canvas, screen, area.width);
    above.truncate(usize::from(area.height / 3).max(1));
    canvas.lines(area, &above);
    let used = u16::try_from(above.len()).unwrap_or(0);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    let rows = rows(canvas, screen, report, area.width);
    let below = details::height(rest, rows.len() + 1, facts.len());
    let widths = widths(&COLUMNS, usize::from(area.width));
    let heads = heads(canvas, &COLUMNS, &widths);
    canvas.line((rest.x, rest.y), rest.width, &heads);
    canvas.tint(Rect { height: 1, ..rest }, canvas.theme.head);
    let room = usize::from((rest.height - below).saturating_sub(1));
    let at = rows.iter().position(|(entry, _)| *entry == Some(screen.at)).unwrap_or(0);
    let top = result::top(at, rows.len(), room);
    let shown: Vec<Line> = rows.into_iter().skip(top).take(room).map(|(_, line)| line).collect();
    let body = Rect { y: rest.y + 1, height: (rest.height - below).saturating_sub(1), ..rest };
    canvas.lines(body, &shown);
    let pane = Rect { y: area.bottom() - below, height: below, ..area };
    details::draw(canvas, pane, &facts);
}

/// The result, how many stand how, and whether only gaps are shown.
fn summary(canvas: &Canvas<'_>, screen: &Screen, report: &Report, area: Rect) -> Vec<Line> {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let gaps = report.gaps().count();
    let sign =
        if gaps > 0 { (theme.signs.error, theme.error) } else { (theme.signs.good, theme.good) };
    if area.height < SHORT {
        return hanging(sign, counts(report.counts()), theme.plain, width);
    }
    let mut lines = hanging(sign, format!("{}.", report.summary()), theme.plain, width);
    if screen.only_gaps {
        let key = canvas.keymap.hint(Context::Permissions, Action::OnlyGaps);
        let text = format!("Only what is not met is shown; {key} shows all.");
        lines.extend(hanging((theme.signs.advice, theme.advice), text, theme.plain, width));
    } else {
        lines.extend(wrapped(counts(report.counts()), theme.muted, width));
    }
    lines
}

/// `3 granted, 2 missing`: those there are.
fn counts(it: Counts) -> String {
    let all = [
        (it.missing, "missing"),
        (it.wrong_kind, "of the wrong kind"),
        (it.not_consented, "not consented"),
        (it.granted, "granted"),
        (it.covered, "covered"),
        (it.seen_in_token, "seen in a token"),
        (it.declared, "declared"),
        (it.not_verifiable, "not verifiable"),
    ];
    let words = all.iter().filter(|(count, _)| *count > 0);
    words.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// Every row with the entry that it is; heads between the parts are none.
fn rows(
    canvas: &Canvas<'_>,
    screen: &Screen,
    report: &Report,
    width: u16,
) -> Vec<(Option<usize>, Line)> {
    let theme = canvas.theme;
    let widths = widths(&COLUMNS, usize::from(width));
    let mut rows = Vec::new();
    let mut part = "";
    for (at, entry) in screen.entries().into_iter().enumerate() {
        let (cursor, style) = result::at_row(canvas, screen, at);
        let (head, line) = match entry {
            Entry::Line(index) => {
                let line = report.lines.get(index).map(|it| {
                    let lead = signed(canvas, cursor, it);
                    standing(canvas, lead, style, &widths, it)
                });
                ("", line)
            }
            Entry::Beyond(index) => {
                let line = report
                    .beyond
                    .get(index)
                    .map(|it| cells(canvas, (cursor, style, 1), &BEYOND, &widths, it));
                ("Beyond the need", line)
            }
            Entry::Source(index) => {
                let text = report.sources.get(index).map(ToString::to_string);
                ("Sources", text.map(|it| cursor.add(Shown::composed(&it), style)))
            }
            Entry::Warning(index) => {
                let sign = (theme.signs.warning, theme.warning_sign);
                let text = report.warnings.get(index);
                let lead = cursor.add(sign.0, sign.1).add(" ", style);
                let line = text.map(|it| lead.add(Shown::composed(it), style));
                ("To know", line)
            }
        };
        if head != part {
            part = head;
            rows.push((None, Line::empty()));
            rows.push((None, Line::new(head, theme.title)));
        }
        rows.extend(line.map(|it| (Some(at), it)));
    }
    if rows.is_empty() {
        let text = "Nothing is missing.";
        rows.push((
            None,
            Line::new(theme.signs.good, theme.good).add(format!(" {text}"), theme.plain),
        ));
    }
    rows
}

/// The cursor and the symbol of a standing.
fn signed(canvas: &Canvas<'_>, cursor: Line, it: &Judged) -> Line {
    let (sign, style) = sign(canvas, it);
    cursor.add(sign, style).add(" ", canvas.theme.plain)
}

fn sign(canvas: &Canvas<'_>, it: &Judged) -> (&'static str, Style) {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    match &it.standing {
        Standing::NotVerifiable(_) if it.gap => (signs.warning, theme.warning_sign),
        Standing::Granted { .. } => (signs.good, theme.good),
        Standing::CoveredBy { how, .. } if *how != How::Declared => (signs.good, theme.good),
        Standing::SeenInToken { contradicted: false } => (signs.good, theme.good),
        Standing::CoveredBy { .. } | Standing::Declared | Standing::NotVerifiable(_) => {
            (signs.advice, theme.advice)
        }
        Standing::SeenInToken { contradicted: true }
        | Standing::DeclaredNotConsented
        | Standing::WrongKind { .. }
        | Standing::Missing => (signs.error, theme.error),
    }
}

/// A row of the check; the symbol takes two columns of the standing.
fn standing(canvas: &Canvas<'_>, lead: Line, style: Style, widths: &[usize], it: &Judged) -> Line {
    let mut widths = widths.to_vec();
    if let Some(first) = widths.first_mut() {
        *first = first.saturating_sub(2);
    }
    cells(canvas, (lead, style, 1), &COLUMNS, &widths, it)
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
