//! A form: title, step trail, fields, help for the focused one. G1-G12, D1-D17.

mod field;
mod help;
mod review;
mod special;
mod trail;
mod value;

use ratatui::layout::Rect;

use super::Hit;
use super::canvas::Canvas;
use super::line::Line;
use crate::app::geometry::FORM_ROOMY;
use crate::app::wizard::Wizard;
use crate::app::{Context, Model};
use crate::form::{Field, Need, Spec, Step};
use crate::text::Shown;
use field::Block;

/// Columns from which the help stands beside the fields.
const HELP_BESIDE: u16 = 100;
/// What a changed form says of itself.
const STATE: &str = "not saved";
/// Columns of a name that show which connection it is; with fewer it takes the rest of the title.
const NAME_LEAST: usize = 8;

/// What drawing a form looks at.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The form's table.
    pub spec: &'static Spec,
    /// Its state.
    pub wizard: &'a Wizard,
    /// Everything else.
    pub model: &'a Model,
}

impl Sheet<'_> {
    /// Steps of the present branch.
    pub fn steps(&self) -> Vec<&'static Step> {
        self.spec.visible_steps(&self.wizard.values).collect()
    }

    /// Fields of the present step; none in the review.
    pub fn fields(&self) -> Vec<&'static Field> {
        self.steps()
            .get(self.wizard.step)
            .map(|step| step.visible_fields(&self.wizard.values).collect())
            .unwrap_or_default()
    }

    /// Whether the review is shown.
    pub fn in_review(&self) -> bool {
        self.wizard.step >= self.steps().len()
    }
}

/// The focused field; `None` in the review.
pub fn focused(wizard: &Wizard, spec: &'static Spec) -> Option<&'static Field> {
    let step = spec.visible_steps(&wizard.values).nth(wizard.step)?;
    step.visible_fields(&wizard.values).nth(wizard.field)
}

/// Where keys go in a form.
pub fn context(wizard: &Wizard, spec: &'static Spec) -> Context {
    if wizard.step >= spec.visible_steps(&wizard.values).count() {
        return Context::Review;
    }
    match focused(wizard, spec) {
        Some(field) if field.kind.takes_text() => Context::FormText,
        Some(_) | None => Context::Form,
    }
}

/// Draws a form with its own table.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, wizard: &Wizard, spec: &'static Spec) {
    let sheet = Sheet { spec, wizard, model };
    let area = canvas.area();
    title(canvas, sheet);
    trail::draw(canvas, sheet, area.y + 1);
    let gap = u16::from(area.height >= FORM_ROOMY);
    let body = Rect { y: area.y + 2 + gap, height: area.height.saturating_sub(4 + gap), ..area };
    if sheet.in_review() {
        review::draw(canvas, sheet, body);
    } else if area.width >= HELP_BESIDE {
        beside(canvas, sheet, body);
    } else {
        below(canvas, sheet, body);
    }
}

fn title(canvas: &mut Canvas<'_>, sheet: Sheet<'_>) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let Sheet { wizard, model, .. } = sheet;
    let doing = model.busy();
    let mut end = area.right();
    if wizard.busy.is_some() || doing.is_some() {
        let text = doing.unwrap_or("Working");
        let spinner = theme.spinner(model.spin);
        canvas.right((area.x, area.y), area.width, spinner, theme.plain);
        canvas.right((area.x, area.y), area.width.saturating_sub(2), text, theme.plain);
        end = end.saturating_sub(u16::try_from(text.len()).unwrap_or(0) + 4);
    }
    let what = match (&wizard.target, &wizard.secrets_from) {
        (Some(_), _) if !model.capabilities.write => "Look at connection",
        (Some(_), _) => "Edit connection",
        (None, Some(_)) => "Clone connection",
        (None, None) => "New connection",
    };
    let put = |canvas: &mut Canvas<'_>, x: u16, text: &str, style| {
        canvas.text((x, area.y), end.saturating_sub(x), text, style)
    };
    let mut x = put(canvas, area.x, what, theme.title);
    if model.settings.demo {
        x = put(canvas, x + 1, " DEMO ", theme.badge);
    }
    let room = end.saturating_sub(x + 1);
    let badges = super::header::draw(canvas, model, (x + 1, area.y), room);
    x = if badges > x + 1 { badges } else { x };
    let name = if wizard.target.is_some() { wizard.original.text("name") } else { "" };
    let others = wizard.target.and_then(|it| model.open_elsewhere(it.id));
    let state = match (others, wizard.changed()) {
        (Some(who), true) => format!("{STATE}, open: {who}"),
        (Some(who), false) => format!("open: {who}"),
        (None, true) => STATE.to_owned(),
        (None, false) => String::new(),
    };
    let state = state.as_str();
    let lead = |text: &str| if text.is_empty() { 0 } else { Shown::from(text).width() + 2 };
    let room = usize::from(end.saturating_sub(x));
    let long = wizard.kind.label().to_string();
    // Which connection it is and that it is not saved say more than the whole name of a type.
    let kind = if lead(&long) + lead(name) + lead(state) <= room {
        long
    } else {
        wizard.kind.short().into_owned()
    };
    x = put(canvas, x + 2, &kind, theme.plain);
    if !name.is_empty() {
        let room = usize::from(end.saturating_sub(x + 2));
        let kept = room.saturating_sub(lead(state));
        let room = if kept >= NAME_LEAST { kept } else { room };
        x = canvas.text((x + 2, area.y), u16::try_from(room).unwrap_or(0), name, theme.muted);
    }
    let room = end.saturating_sub(x.saturating_add(2));
    if usize::from(room) >= state.len() {
        put(canvas, x + 2, state, theme.muted);
    }
}

/// Fields at the left, help at the right.
fn beside(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, area: Rect) {
    let pane = (area.width * 2 / 5).clamp(38, 56);
    let left = Rect { width: area.width - pane - 2, ..area };
    fields(canvas, sheet, left);
    let right = Rect { x: left.right() + 2, width: pane, ..area };
    canvas.bar((right.x, right.y), right.height);
    let inner = Rect { x: right.x + 2, width: right.width - 3, ..right };
    let lines = help::lines(canvas, sheet, usize::from(inner.width), true);
    cut_lines(canvas, inner, &lines);
}

/// Fields above, help below a line; the help takes what the fields leave, but has its own least.
fn below(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, area: Rect) {
    let lines = help::lines(canvas, sheet, usize::from(area.width), false);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let blocks = field::blocks(canvas, sheet, area.width, usize::from(area.height));
    let natural = u16::try_from(field::height(&blocks)).unwrap_or(u16::MAX);
    let least = (area.height / 3).clamp(2, 7);
    let free = area.height.saturating_sub(natural.saturating_add(2));
    let height = wanted.min(free.max(least)).max(least.min(3));
    let rule = area.bottom().saturating_sub(height + 1);
    let top = Rect { height: rule.saturating_sub(area.y), ..area };
    let hidden = fields(canvas, sheet, top);
    canvas.rule((area.x, rule), area.width);
    let required = sheet.fields().iter().any(|it| matches!(it.need, Need::Required(_)));
    let note = match hidden {
        0 if required => " * required ".to_owned(),
        0 => String::new(),
        _ => format!(" {} {hidden} more ", canvas.theme.signs.down),
    };
    canvas.right((area.x, rule), area.width.saturating_sub(2), &note, canvas.theme.muted);
    cut_lines(canvas, Rect { y: rule + 1, height, ..area }, &lines);
}

/// Writes lines; when they are too many, the last one says so.
fn cut_lines(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line]) {
    canvas.lines(area, lines);
    if lines.len() > usize::from(area.height) && area.height > 0 {
        let sign = canvas.theme.signs.ellipsis;
        let at = (area.right().saturating_sub(2), area.bottom() - 1);
        canvas.text(at, 2, format!(" {sign}"), canvas.theme.muted);
    }
}

/// Draws the fields so that the focused one is visible; gives how many lie below the edge.
fn fields(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, area: Rect) -> usize {
    let blocks = field::blocks(canvas, sheet, area.width, usize::from(area.height));
    let heights: Vec<usize> = blocks.iter().map(Block::height).collect();
    let spare = usize::from(area.height).saturating_sub(heights.iter().sum());
    let gap = usize::from(spare >= heights.len() && heights.len() > 1);
    let top = scroll(&heights, gap, sheet.wizard.field, usize::from(area.height));
    let (mut line, mut below) = (0, 0);
    for (at, block) in blocks.iter().enumerate() {
        let end = line + block.height();
        let first = area.y.saturating_add(u16::try_from(line.saturating_sub(top)).unwrap_or(0));
        if end > top {
            let skip = top.saturating_sub(line);
            let room = Rect { y: first, height: area.bottom().saturating_sub(first), ..area };
            if room.height == 0 {
                below += 1;
            } else {
                block.draw(canvas, room, skip, at == sheet.wizard.field);
                let shown = (block.height() - skip).min(usize::from(room.height));
                let height = u16::try_from(shown).unwrap_or(room.height);
                canvas.hit(Rect { height, ..room }, Hit::Field(at));
            }
        }
        line = end + gap;
    }
    below
}

/// First line shown so that the focused field is visible, and the next one begins to be.
fn scroll(heights: &[usize], gap: usize, focus: usize, room: usize) -> usize {
    let start: usize = heights.iter().take(focus).map(|it| it + gap).sum();
    let own = heights.get(focus).copied().unwrap_or(0);
    let peek = if focus + 1 < heights.len() { gap + 1 } else { 0 };
    let total: usize = heights.iter().sum::<usize>() + gap * heights.len().saturating_sub(1);
    (start + own + peek).min(total).saturating_sub(room).min(start)
}

#[cfg(test)]
mod scroll_tests {
    use super::scroll;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_focused_field_is_visible(
            heights in prop::collection::vec(1usize..6, 1..12),
            focus in 0usize..12, gap in 0usize..2, room in 6usize..20,
        ) {
            let focus = focus.min(heights.len() - 1);
            let top = scroll(&heights, gap, focus, room);
            let start: usize = heights.iter().take(focus).map(|it| it + gap).sum();
            prop_assert!(top <= start);
            prop_assert!(start + heights[focus] <= top + room);
        }
    }
}
