//! What stands beside a label: the answer as far as it was given.

use super::{Sheet, special};
use crate::app::Action;
use crate::app::Context;
use crate::domain::{Held, Secret};
use crate::form::{Check, Choice, Field, Kind, Picked, Trait};
use crate::text::{Shown, window};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, linked, wrapped};

/// An answer in lines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Value {
    /// The lines, at least one.
    pub lines: Vec<Line>,
    /// Cursor: line and column.
    pub cursor: Option<(usize, usize)>,
}

impl From<Vec<Line>> for Value {
    fn from(lines: Vec<Line>) -> Self {
        Self { lines, cursor: None }
    }
}

impl From<Line> for Value {
    fn from(line: Line) -> Self {
        Self { lines: vec![line], cursor: None }
    }
}

/// The answer of a field in lines of at most `width` columns.
pub fn lines(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    field: &'static Field,
    (focused, whole): (bool, bool),
    width: usize,
) -> Value {
    let values = &sheet.wizard.values;
    match field.kind {
        Kind::Text { example, .. } => {
            text(canvas, sheet, values.text(field.key), (focused, example), width)
        }
        Kind::Day => text(canvas, sheet, values.text(field.key), (focused, "YYYY-MM-DD"), width),
        Kind::Secret { check } => secret(canvas, sheet, (field, check), focused, width),
        Kind::Toggle => {
            let on = values.toggle(field.key);
            Line::new(if on { "[x] on" } else { "[ ] off" }, canvas.theme.plain).into()
        }
        Kind::Choice(options) => {
            let chosen = values.choice(field.key);
            if whole && field.key != "type" {
                radio(canvas, options, chosen, focused, width).into()
            } else {
                inline(canvas, options, chosen, focused).into()
            }
        }
        Kind::PickOne(_) => picks(canvas, values.picks(field.key), focused, width).into(),
        Kind::PickMany(_) => picks(canvas, values.picks(field.key), focused, width).into(),
        Kind::Key(_) => special::key(canvas, sheet, field, width).into(),
        Kind::Tokens => special::tokens(canvas, sheet, field, width).into(),
        Kind::Agent => special::agent(canvas, sheet, width).into(),
    }
}

fn text(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    stored: &str,
    (focused, example): (bool, &str),
    width: usize,
) -> Value {
    let theme = canvas.theme;
    if !focused {
        let style = if stored.is_empty() { theme.muted } else { theme.plain };
        let text = if stored.is_empty() { "(not set)" } else { stored };
        return Line::new(Shown::from(text).cut(width, theme.signs.ellipsis), style).into();
    }
    let input = &sheet.wizard.input;
    if input.is_empty() {
        let hint = if example.is_empty() { String::new() } else { format!("e.g. {example}") };
        return Value { lines: vec![Line::new(&hint, theme.muted)], cursor: Some((0, 0)) };
    }
    let seen = window(input.value(), input.cursor(), width, theme.signs.ellipsis);
    let mut line = Line::empty();
    line.push_shown(seen.text, theme.plain);
    Value { lines: vec![line], cursor: Some((0, seen.cursor)) }
}

/// A secret: masked with its length, shown only while it is revealed. D5.
fn secret(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    (field, check): (&'static Field, Check),
    focused: bool,
    width: usize,
) -> Value {
    let theme = canvas.theme;
    let held = sheet.wizard.values.secret(field.key);
    let revealed = sheet.wizard.revealed.as_ref().filter(|it| it.field == field.key);
    let input = &sheet.wizard.input;
    let typing = focused && !input.is_empty();
    let mut value = if typing {
        typed(canvas, sheet, revealed.is_some(), width)
    } else if let Some(text) = revealed.and_then(|it| it.text.as_ref()) {
        wrapped(text.expose(), theme.plain, width).into()
    } else {
        match held {
            Some(Held::Stored(print)) => {
                let note = if focused { ", type to replace it" } else { ", kept as it is" };
                Line::new(format!("set ({print})"), theme.plain).add(note, theme.muted).into()
            }
            Some(Held::New(secret)) if !secret.is_empty() => {
                if revealed.is_some() {
                    wrapped(secret.expose(), theme.plain, width).into()
                } else {
                    Line::new(mask(canvas, secret.chars(), width), theme.plain).into()
                }
            }
            Some(Held::New(_)) | None if focused => {
                Line::new("type or paste it", theme.muted).into()
            }
            Some(Held::New(_)) | None => Line::new("(not set)", theme.muted).into(),
        }
    };
    if focused && value.cursor.is_none() {
        value.cursor = Some((0, 0));
    }
    if let Check::Password { user } = check {
        let text = password(sheet, held, focused);
        if let Some(text) = text.filter(|it| focused || !it.is_empty()) {
            value.lines.extend(checklist(canvas, sheet, user, &text, focused, width));
        }
    }
    value
}

/// The secret being typed: bullets with the length behind them, or the text itself.
fn typed(canvas: &Canvas<'_>, sheet: Sheet<'_>, open: bool, width: usize) -> Value {
    let theme = canvas.theme;
    let input = &sheet.wizard.input;
    let ellipsis = theme.signs.ellipsis;
    let length = input.value().chars().count();
    let note = format!("  {length} characters");
    let room = width.saturating_sub(note.len());
    let seen = if open {
        window(input.value(), input.cursor(), room, ellipsis)
    } else {
        let bullets = theme.signs.bullet.repeat(length);
        window(&bullets, input.cursor(), room, ellipsis)
    };
    let mut line = Line::empty();
    line.push_shown(seen.text, theme.plain);
    line.push(&note, theme.muted);
    Value { lines: vec![line], cursor: Some((0, seen.cursor)) }
}

/// Bullets for a secret that is not being typed, with its length.
pub fn mask(canvas: &Canvas<'_>, length: usize, width: usize) -> String {
    let note = format!("  {length} characters");
    let bullets = length.min(width.saturating_sub(note.len()));
    format!("{}{note}", canvas.theme.signs.bullet.repeat(bullets))
}

/// The password as far as it is known here; `None` when only the store has it.
fn password(sheet: Sheet<'_>, held: Option<&Held>, focused: bool) -> Option<Secret> {
    let input = &sheet.wizard.input;
    match held {
        _ if focused && !input.is_empty() => Some(Secret::new(input.value())),
        Some(Held::New(secret)) => Some(secret.clone()),
        Some(Held::Stored(_)) => None,
        None => Some(Secret::new("")),
    }
}

/// Each rule with what the password has of it. A password that is not being typed is judged
/// only while a rule is broken. D8.
fn checklist(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    user: &str,
    password: &Secret,
    focused: bool,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let policy = &sheet.model.settings.password;
    let check = policy.check(password.expose(), sheet.wizard.values.text(user));
    let mut rules = vec![
        (
            check.long_enough,
            format!("at least {} characters (has {})", policy.min_length, password.chars()),
        ),
        (
            check.kinds_enough,
            format!(
                "{} of 4 kinds: upper, lower, digit, special (has {})",
                policy.min_kinds, check.kinds
            ),
        ),
    ];
    if policy.forbid_user_name {
        rules.push((check.without_user_name, "does not contain the user name".to_owned()));
    }
    if !focused && check.passes() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (met, rule) in rules {
        let sign =
            if met { (theme.signs.good, theme.good) } else { (theme.signs.error, theme.error) };
        lines.extend(hanging(sign, &rule, theme.plain, width));
    }
    lines
}

/// Every option with its number on a line of its own, what it means beside it where there is room.
fn radio(
    canvas: &Canvas<'_>,
    options: &[Choice],
    chosen: Option<&str>,
    focused: bool,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let label = options.iter().map(|it| it.label.chars().count()).max().unwrap_or(0);
    let widest = options.iter().map(|it| it.help.chars().count()).max().unwrap_or(0);
    let lead = 6;
    let with_help = lead + label + 2 + widest <= width;
    options
        .iter()
        .enumerate()
        .map(|(at, option)| {
            let on = chosen == Some(option.key);
            let sign = if on { theme.signs.radio_on } else { theme.signs.radio_off };
            let style = if on && focused { theme.focus } else { theme.plain };
            let mut line = Line::new(format!("{} ", at + 1), theme.muted)
                .add(sign, style)
                .add(" ", theme.plain)
                .add(option.label, style);
            if with_help && !option.help.is_empty() {
                line = line.pad(lead + label + 2, theme.plain).add(option.help, theme.muted);
            }
            line
        })
        .collect()
}

/// The chosen option, between arrows where they change it.
fn inline(canvas: &Canvas<'_>, options: &[Choice], chosen: Option<&str>, focused: bool) -> Line {
    let theme = canvas.theme;
    let (less, more) = (theme.signs.less, theme.signs.more);
    let at = options.iter().position(|it| Some(it.key) == chosen);
    let label = at.and_then(|at| options.get(at)).map_or("(not set)", |it| it.label);
    if !focused {
        return Line::new(label, theme.plain);
    }
    Line::new(format!("{less} "), theme.muted)
        .add(label, theme.plain)
        .add(format!(" {more}"), theme.muted)
        .add(format!("  {} of {}", at.map_or(0, |it| it + 1), options.len()), theme.muted)
}

/// Picked objects in their order; one that is gone or of no use says so in words.
fn picks(canvas: &Canvas<'_>, picked: &[Picked], focused: bool, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    if picked.is_empty() {
        let mut line = Line::new("(not set)", theme.muted);
        let key = canvas.keymap.hint(Context::FormText, Action::Activate);
        if focused && !key.is_empty() {
            line.push("  ", theme.plain);
            line.push(&key, theme.key);
            line.push(" or type to choose", theme.muted);
        }
        return vec![line];
    }
    let words: Vec<String> = picked.iter().map(pick_words).collect();
    let mut lines = wrapped(words.join(", "), theme.plain, width);
    if lines.len() > 3 {
        lines.truncate(2);
        lines.push(Line::new(format!("… {} in all", picked.len()), theme.muted));
    }
    lines
}

fn pick_words(pick: &Picked) -> String {
    let label = if pick.label.is_empty() { pick.id.as_str() } else { &pick.label };
    if pick.traits.has(Trait::Missing) {
        format!("{label} (not in the directory)")
    } else if pick.traits.has(Trait::Invalid) {
        format!("{label} (invalid)")
    } else if pick.traits.has(Trait::Disabled) {
        format!("{label} (disabled)")
    } else {
        label.to_owned()
    }
}

/// A text that may be an address: a link when it is one, else plain.
pub fn address(canvas: &Canvas<'_>, text: &str, width: usize) -> Vec<Line> {
    if text.starts_with("https://") {
        linked(text, canvas.theme.link, width)
    } else {
        wrapped(text, canvas.theme.plain, width)
    }
}
