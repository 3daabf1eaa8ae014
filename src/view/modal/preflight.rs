//! What a pre-flight asks: what to check, who signs in, and whether domain accounts may.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::Model;
use crate::app::modal::PreflightMenu;
use crate::app::preflight::{Ask, Bind, SignIn};
use crate::text::{Shown, counted, shown};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, linked, wrapped};

/// Columns of the labels.
const LABEL: usize = 9;
/// Accounts of a domain that are named.
const MOST: usize = 8;

/// What to check.
pub fn menu(canvas: &mut Canvas<'_>, menu: &PreflightMenu, area: Rect) {
    let options: Vec<(&str, &str)> = menu.items.iter().map(|it| (it.0.as_str(), "")).collect();
    let dialog = Dialog {
        title: if menu.again { "Check again" } else { "Pre-flight" }.to_owned(),
        width: dialog::inner(area, 56),
        body: choices(canvas, menu.at, &options),
        keep: Some(menu.at),
        ..Dialog::default()
    };
    dialog::draw(canvas, area, &dialog);
}

/// Who signs in: what is asked for first, then the code and how long it is good for.
pub fn sign_in(canvas: &mut Canvas<'_>, model: &Model, area: Rect) {
    let ask = model.screens.preflight().and_then(|it| it.ask.as_deref());
    let Some(Ask::SignIn(it)) = ask else { return };
    let theme = canvas.theme;
    let width = dialog::inner(area, 72);
    let room = width.saturating_sub(LABEL);
    let fact = |label: &str, value: Vec<Line>| -> Vec<Line> {
        let line = |(at, value): (usize, Line)| {
            let label = if at == 0 { label } else { "" };
            let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
            line.spans.extend(value.spans);
            line
        };
        value.into_iter().enumerate().map(line).collect()
    };
    let plain = |text: &str| wrapped(text, theme.plain, room);
    let SignIn { name: _, tenant, client, scope, code } = it;
    let mut head = fact("Tenant", plain(tenant));
    head.extend(fact("Client", plain(client)));
    head.extend(fact("Scope", plain(scope)));
    let mut foot = Vec::new();
    match code {
        None => foot.extend(wrapped("Asking for a code.", theme.muted, width)),
        Some(code) => {
            let left = code.ends.duration_since(model.now).as_secs().max(0);
            let (ends, style) = match left {
                0 => ("expired".to_owned(), theme.error),
                1..60 => (format!("in {left} s"), theme.warning),
                _ => (format!("in {}:{:02}", left / 60, left % 60), theme.plain),
            };
            foot.extend(fact("Open", linked(&code.url, theme.link, room)));
            foot.extend(fact("Code", vec![Line::new(code.code.as_str(), theme.title)]));
            foot.extend(fact("Expires", vec![Line::new(&ends, style)]));
        }
    }
    let notes = wrapped(
        "Any browser on any machine will do. The token stays in memory; no refresh token is requested.",
        theme.muted,
        width,
    );
    let title = format!("Sign-in {}", shown(&it.name));
    dialog::draw(canvas, area, &Dialog { title, width, head, notes, foot, ..Dialog::default() });
}

/// Whether stored accounts may sign in to a domain.
pub fn bind(canvas: &mut Canvas<'_>, model: &Model, at: usize, area: Rect) {
    let ask = model.screens.preflight().and_then(|it| it.ask.as_deref());
    let Some(Ask::Bind(it)) = ask else { return };
    let theme = canvas.theme;
    let width = dialog::inner(area, 68);
    let Bind { domain: _, hosts, more, accounts } = it;
    let (names, rest) = accounts.split_at(accounts.len().min(MOST));
    let mut head = Vec::new();
    for (account, many) in names {
        let many = counted(*many, "connection");
        let line = Line::new(account.as_str(), theme.title).add("  ", theme.plain);
        head.push(line.add(many, theme.muted));
    }
    if !rest.is_empty() {
        head.push(Line::new(format!("and {} more accounts", rest.len()), theme.muted));
    }
    head.push(Line::new("at one of these, found in DNS:", theme.muted));
    for it in hosts {
        // The address must not be cut: it is what somebody agrees to.
        for part in wrapped(Shown::composed(it), theme.plain, width.saturating_sub(2)) {
            let mut line = Line::new("  ", theme.plain);
            line.spans.extend(part.spans);
            head.push(line);
        }
    }
    if *more > 0 {
        head.push(Line::new(format!("  and {more} more"), theme.muted));
    }
    let why = "Each account signs in once in this run, inside TLS, at the first that answers. A wrong \
               password counts towards its lock-out.";
    let notes = wrapped(why, theme.plain, width);
    let options = [("Do not sign in", "what needs it is skipped"), ("Sign in once", "")];
    let foot = choices(canvas, at, &options);
    let title = format!("Sign in to {}?", shown(&it.domain));
    let dialog = Dialog { title, width, head, notes, foot, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}
