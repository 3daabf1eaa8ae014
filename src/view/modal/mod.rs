//! What lies over a screen. The last two rows stay free: they show what happened and which keys
//! work in the dialog.

mod commands;
mod conflict;
mod contexts;
mod delete;
mod dialog;
mod filter;
mod help;
mod menus;
mod palette;
mod picker;
mod preflight;
mod prompt;
mod questions;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::line::wrapped;
use crate::app::geometry::MESSAGE_WIDTH;
use crate::app::{Modal, Model};
use dialog::Dialog;

/// Draws one; what is under it cannot be clicked.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, modal: &Modal) {
    let whole = canvas.area();
    canvas.scene.hits.push((whole, None));
    canvas.scene.cursor = None;
    let area = Rect { height: whole.height.saturating_sub(2), ..whole };
    match modal {
        Modal::Delete(it) => delete::draw(canvas, model, it, area),
        Modal::Leave { at, quit } => questions::leave(canvas, (*at, *quit), area),
        Modal::Conflict(it) => conflict::draw(canvas, model, it, area),
        Modal::Regenerate { field: _, at, proof } => {
            questions::regenerate(canvas, *at, proof.as_ref(), area);
        }
        Modal::Discard { id: _, title, at, proof } => {
            questions::discard(canvas, title, *at, proof.as_ref(), area);
        }
        Modal::Purge { target, at, proof } => {
            questions::purge(canvas, &target.name, *at, proof.as_ref(), area);
        }
        Modal::HasDraft(it) => questions::has_draft(canvas, model, it, area),
        Modal::Filter(it) => filter::draw(canvas, model, it, area),
        Modal::Picker(it) => picker::draw(canvas, model, it, area),
        Modal::Prompt(it) => prompt::draw(canvas, model, it, area),
        Modal::CopyMenu(it) => menus::copy(canvas, it, area),
        Modal::Drafts(_) => menus::drafts(canvas, model, modal, area),
        Modal::Deleted(_) => menus::deleted(canvas, model, modal, area),
        Modal::History { .. } => menus::history(canvas, model, modal, area),
        Modal::Contexts { at } => contexts::menu(canvas, model, *at, area),
        Modal::Lives(it) => contexts::lives(canvas, model, it, area),
        Modal::Preflight(it) => preflight::menu(canvas, it, area),
        Modal::SignIn => preflight::sign_in(canvas, model, area),
        Modal::Bind { at } => preflight::bind(canvas, model, *at, area),
        Modal::Details { top } => contexts::details(canvas, model, *top, area),
        Modal::Message(it) => {
            let width = dialog::inner(area, MESSAGE_WIDTH);
            let plain = canvas.theme.plain;
            let body = it
                .lines
                .iter()
                .flat_map(|line| wrapped(crate::text::Shown::composed(line), plain, width));
            let dialog = Dialog {
                title: it.title.clone(),
                width,
                body: body.collect(),
                top: it.top,
                ..Dialog::default()
            };
            dialog::draw(canvas, area, &dialog);
        }
        Modal::Commands(it) => commands::draw(canvas, it, area),
        Modal::Help(it) => help::draw(canvas, model, it, area),
        Modal::Palette(it) => palette::draw(canvas, model, it, area),
    }
}
