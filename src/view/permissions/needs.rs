//! Every requirement as a row, in groups by API, the one under the cursor in full below. P4, P5.

use ratatui::layout::Rect;

use super::gaps;
use super::table::{self, GAP, KIND, Row};
use crate::app::permissions::Screen;
use crate::text::{Shown, counted};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Least columns of the condition.
const WHEN: usize = 12;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let needs = screen.needs();
    if needs.is_empty() {
        return nothing(canvas, screen, area);
    }
    let theme = canvas.theme;
    let area = super::counts::needed(canvas, &needs, area);
    // What the app has is known once it was compared with this scenario.
    let lines = screen.report.as_ref().map(|it| it.lines.as_slice()).unwrap_or_default();
    let have = |at: usize| {
        let need = needs.get(at)?;
        lines.iter().find(|it| it.requirement == *need)
    };
    let lead = if lines.is_empty() || area.width < 60 { 2 } else { 2 + 4 + GAP };
    let room = usize::from(area.width).saturating_sub(lead);
    // Names of permissions are shown whole, since they are typed elsewhere; longer ones of roles and
    // licenses are cut, and stand whole in the details.
    let width = table::name_width(needs.iter().filter(|it| it.permission().is_some()), room);
    let wide = if width + GAP + KIND <= room { width + GAP + KIND } else { room };
    let when = room.saturating_sub(wide + GAP);
    let mut heads = Line::new("  ", theme.plain);
    if lead > 2 {
        heads = heads.add("Have", theme.plain).pad(lead, theme.plain);
    }
    let mut heads = table::heads(canvas, heads, (width, wide));
    if when >= WHEN {
        heads = heads.pad(lead + wide + GAP, theme.plain).add("Needed", theme.plain);
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut part = "";
    for (at, it) in needs.iter().enumerate() {
        if it.group() != part {
            part = it.group();
            let many = needs.iter().filter(|it| it.group() == part).count();
            Row::head(canvas, part, &many.to_string(), &mut rows);
        }
        let mut line = Line::new("  ", theme.plain);
        let mut sign = None;
        if lead > 2 {
            let (text, style) = match have(at) {
                Some(it) => gaps::sign(canvas, it),
                None => (theme.signs.unchecked, theme.muted),
            };
            sign = Some(3);
            line = line.add(" ", theme.plain).add(text, style).pad(lead, theme.plain);
        }
        let names = (it.name(), it.kind());
        let mut line = table::named(canvas, line, names, (width, wide), theme.plain);
        if when >= WHEN {
            let text = it.condition().to_string();
            let text = Shown::composed(&text).cut(when, theme.signs.ellipsis).into_owned();
            line = line.pad(lead + wide + GAP, theme.plain);
            line.push_shown(text, theme.muted);
        }
        rows.push(Row { entry: Some(at), sign, line });
    }
    table::draw(canvas, screen, area, &heads, &rows);
}

/// What is needed, in words: `13 permissions, 3 roles and licenses`.
pub fn words(permissions: usize, others: usize) -> String {
    let permissions = counted(permissions, "permission");
    match others {
        0 => permissions,
        1 => format!("{permissions}, 1 role or license"),
        _ => format!("{permissions}, {others} roles and licenses"),
    }
}

/// Nothing is needed of an app that is not the customer's own.
fn nothing(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width.min(72));
    let sign = (theme.signs.good, theme.good);
    let mut lines = hanging(sign, "No permission has to be granted.", theme.plain, width);
    if let Some(why) = screen.scenario.method.no_manifest() {
        lines.extend(hanging((" ", theme.plain), why, theme.plain, width));
    }
    lines.extend(hanging((" ", theme.plain), "The checklist has the steps.", theme.muted, width));
    canvas.lines(area, &lines);
}
