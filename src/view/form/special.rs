//! Answers that are issued or shown rather than typed: keys, bulk tokens, the device agent.
//! D6, D7, D12, D15.

use super::Sheet;
use super::value::address;
use crate::app::wizard::Busy;
use crate::app::{Action, Context};
use crate::domain::agent::{KEY_PLACE, file_name, install_command};
use crate::domain::token::{BulkToken, Left, TokenOrigin};
use crate::domain::{Held, Secret};
use crate::form::{Field, Kind};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::say;

/// A key: not there yet, or its public part with the day it was issued, or its text.
pub fn key(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    field: &'static Field,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    if matches!(sheet.wizard.busy, Some((_, Busy::Key(it))) if it == field.key) {
        return vec![Line::new("being issued…", theme.muted)];
    }
    let Some(held) = sheet.wizard.values.key(field.key) else {
        let mut line = Line::new("not generated yet", theme.muted);
        let hint = say::keys(canvas, Context::Form, &[(Action::Generate, "generates it")]);
        line.push("   ", theme.plain);
        line.spans.extend(hint.spans);
        return vec![line];
    };
    let day = say::day(held.issued_at, &sheet.model.settings);
    let mut lines = match revealed(sheet, field.key, &held.value) {
        Some(text) => wrapped(text.expose(), theme.plain, width),
        None => vec![Line::new(format!("{}-…", held.id), theme.plain)],
    };
    let state = match held.value {
        Held::New(_) => format!("issued {day}, in use once the form is saved"),
        Held::Stored(_) => format!("issued {day}"),
    };
    lines.extend(wrapped(&state, theme.muted, width));
    lines
}

/// The text of a secret while it is shown.
fn revealed<'a>(sheet: Sheet<'a>, field: &str, held: &'a Held) -> Option<&'a Secret> {
    let revealed = sheet.wizard.revealed.as_ref().filter(|it| it.field == field)?;
    match (&revealed.text, held) {
        (Some(text), _) => Some(text),
        (None, Held::New(secret)) => Some(secret),
        (None, Held::Stored(_)) => None,
    }
}

/// Bulk tokens: the latest with its days, where it comes from, how many older ones are kept.
pub fn tokens(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    field: &'static Field,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let tokens = sheet.wizard.values.tokens(field.key);
    let Some(latest) = tokens.last() else {
        let mut line = Line::new("(none)", theme.muted);
        line.push("   ", theme.plain);
        let pairs = [(Action::Generate, "gets one"), (Action::Paste, "pastes a real one")];
        line.spans.extend(say::keys(canvas, Context::Form, &pairs).spans);
        return vec![line];
    };
    let mut lines = vec![headline(canvas, sheet, latest)];
    match revealed(sheet, field.key, &latest.value) {
        Some(text) => lines.extend(wrapped(text.expose(), theme.plain, width)),
        None => lines.extend(origin(canvas, latest.origin, width)),
    }
    if tokens.len() > 1 {
        let older = tokens.len() - 1;
        let noun = if older == 1 { "token is" } else { "tokens are" };
        lines.push(Line::new(format!("{older} older {noun} kept"), theme.muted));
    }
    lines
}

fn headline(canvas: &Canvas<'_>, sheet: Sheet<'_>, token: &BulkToken) -> Line {
    let theme = canvas.theme;
    let left = token.left(sheet.model.now);
    let style = match left {
        Left::Expired(_) => theme.error,
        _ if left.is_soon(sheet.model.settings.warning_days) => theme.warning,
        Left::Days(_) => theme.plain,
    };
    let until = say::day(token.expires_at, &sheet.model.settings);
    Line::new(&token.display_name, theme.plain)
        .add(", ", theme.plain)
        .add(say::days_left(left), style)
        .add(format!(" ({until})"), theme.muted)
}

fn origin(canvas: &Canvas<'_>, origin: TokenOrigin, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    match origin {
        TokenOrigin::Local => {
            let text = "local stand-in: Microsoft Entra ID does not know it";
            hanging((theme.signs.warning, theme.warning_sign), text, theme.plain, width)
        }
        TokenOrigin::Pasted => wrapped("pasted, the real one", theme.muted, width),
    }
}

/// Where the device agent is, and the command that installs it. D7.
pub fn agent(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let settings = &sheet.model.settings;
    let mut lines = vec![Line::new("Download", theme.muted)];
    let installer = sheet.model.installer();
    match &installer.url {
        Some(url) => lines.extend(address(canvas, url, width)),
        None => {
            let text = format!(
                "Not configured: set download_url under [agent] in {}",
                settings.config_path
            );
            lines.extend(wrapped(&text, theme.plain, width));
        }
    }
    lines.push(Line::new("Install command", theme.muted));
    let file = file_name(installer.url.as_deref().unwrap_or_default());
    let key = shown_key(sheet).map_or(KEY_PLACE, Secret::expose);
    // Without a place for it in the command, the key stands on a line of its own.
    for line in install_command(&settings.install_command, &file, key).lines() {
        lines.extend(wrapped(line, theme.plain, width));
    }
    lines
}

/// The key of the form while it is shown.
fn shown_key(sheet: Sheet<'_>) -> Option<&Secret> {
    let values = &sheet.wizard.values;
    sheet
        .spec
        .visible_fields(values)
        .filter(|field| matches!(field.kind, Kind::Key(_)))
        .find_map(|field| revealed(sheet, field.key, &values.key(field.key)?.value))
}
