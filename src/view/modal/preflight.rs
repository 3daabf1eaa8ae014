//! What a pre-flight asks: what to check, who signs in, and whether domain accounts may.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{self, Dialog, choices};
use crate::app::Model;
use crate::app::modal::PreflightMenu;
use crate::app::preflight::{Ask, Bind, Code, SignIn};
use crate::domain::Timestamp;
use crate::text::{Shown, counted, shown};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, linked, wrapped};

/// Columns of the labels.
const LABEL: usize = 9;
/// Accounts of a domain that are named.
const MOST: usize = 8;
/// What can be answered about them.
const OPTIONS: usize = 2;

/// What to check.
pub fn menu(canvas: &mut Canvas<'_>, menu: &PreflightMenu, area: Rect) {
    let options: Vec<(&str, &str)> = menu.items.iter().map(|it| (it.0.as_str(), "")).collect();
    let dialog = Dialog {
        title: if menu.again { "Check again" } else { "Pre-flight" }.to_owned(),
        width: dialog::inner(area, 56),
        body: choices(canvas, menu.at, &options, dialog::inner(area, 56)),
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
            let (ends, style) = expires(canvas, code, model.now);
            foot.extend(fact("Open", linked(&code.url, theme.link, room)));
            foot.extend(fact("Code", vec![Line::new(code.code.as_str(), theme.title)]));
            foot.extend(fact("Expires", vec![Line::new(&ends, style)]));
        }
    }
    // Who asks for what is never cut: where there is no room, the labels go.
    if head.len() + foot.len() > dialog::rows(area) {
        (head, foot) = (short_facts(canvas, it, width), short_code(canvas, it, model.now, width));
    }
    let notes = wrapped(
        "Any browser on any machine will do. The token stays in memory; no refresh token is requested.",
        theme.muted,
        width,
    );
    let title = format!("Sign-in {}", shown(&it.name));
    dialog::draw(canvas, area, &Dialog { title, width, head, notes, foot, ..Dialog::default() });
}

/// Tenant, client and scope, each whole, on a small screen.
fn short_facts(canvas: &Canvas<'_>, it: &SignIn, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut out = vec![Line::new("Tenant, client and scope:", theme.muted)];
    for fact in [&it.tenant, &it.client, &it.scope] {
        out.extend(wrapped(fact, theme.plain, width));
    }
    out
}

fn short_code(canvas: &Canvas<'_>, it: &SignIn, now: Timestamp, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let Some(code) = &it.code else { return wrapped("Asking for a code.", theme.muted, width) };
    let mut out = linked(&code.url, theme.link, width);
    let (ends, style) = expires(canvas, code, now);
    out.push(
        Line::new(code.code.as_str(), theme.title).add("  expires ", theme.muted).add(ends, style),
    );
    out
}

/// How long a code is good for.
fn expires(canvas: &Canvas<'_>, code: &Code, now: Timestamp) -> (String, Style) {
    let theme = canvas.theme;
    match code.ends.duration_since(now).as_secs().max(0) {
        0 => ("expired".to_owned(), theme.error),
        left @ 1..60 => (format!("in {left} s"), theme.warning),
        left => (format!("in {}:{:02}", left / 60, left % 60), theme.plain),
    }
}

/// The accounts that would sign in, in at most so many lines.
fn who(canvas: &Canvas<'_>, accounts: &[(String, usize)], room: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let fits = match accounts.len() > MOST.min(room) {
        true => MOST.min(room.saturating_sub(1)),
        false => accounts.len(),
    };
    let (names, rest) = accounts.split_at(fits);
    let mut out = Vec::new();
    for (account, many) in names {
        let many = counted(*many, "connection");
        let line = Line::new(account.as_str(), theme.title).add("  ", theme.plain);
        out.push(line.add(many, theme.muted));
    }
    if !rest.is_empty() {
        let more = if names.is_empty() { "account" } else { "more account" };
        let and = if names.is_empty() { "" } else { "and " };
        out.push(Line::new(format!("{and}{}", counted(rest.len(), more)), theme.muted));
    }
    out
}

/// Whether stored accounts may sign in to a domain.
pub fn bind(canvas: &mut Canvas<'_>, model: &Model, at: usize, area: Rect) {
    let ask = model.screens.preflight().and_then(|it| it.ask.as_deref());
    let Some(Ask::Bind(it)) = ask else { return };
    let theme = canvas.theme;
    let width = dialog::inner(area, 68);
    let Bind { domain: _, hosts, more, accounts } = it;
    // The addresses must not be cut: they are what somebody agrees to. The accounts get what is left.
    let mut servers = vec![Line::new("at one of these, found in DNS:", theme.muted)];
    for it in hosts {
        for part in wrapped(Shown::composed(it), theme.plain, width.saturating_sub(2)) {
            let mut line = Line::new("  ", theme.plain);
            line.spans.extend(part.spans);
            servers.push(line);
        }
    }
    if *more > 0 {
        servers.push(Line::new(format!("  and {more} more"), theme.muted));
    }
    let room = dialog::rows(area).saturating_sub(servers.len() + OPTIONS);
    let mut head = who(canvas, accounts, room);
    head.extend(servers);
    let why = "Each account signs in once in this run, inside TLS, at the first that answers. A wrong \
               password counts towards its lock-out.";
    let notes = wrapped(why, theme.plain, width);
    let skipped = if dialog::rows(area) >= 12 { "what needs it is skipped" } else { "" };
    let options = [("Do not sign in", skipped), ("Sign in once", "")];
    let foot = choices(canvas, at, &options, width);
    let title = format!("Sign in to {}?", shown(&it.domain));
    let dialog = Dialog { title, width, head, notes, foot, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}
