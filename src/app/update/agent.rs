//! The device agent's installer: fetched while the form goes on. D7.

use super::super::Model;
use super::super::effect::Effect;
use super::super::modal::Modal;
use super::super::model::{Fetching, NoticeTone, Waiting};
use super::super::prompt::{Prompt, UNVERIFIED};
use super::{cancel, prompt};
use crate::domain::agent::file_name;
use crate::form::Kind;

/// Asks where to put it, when the form has an agent and the configuration its location.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let asks = model.screens.form().and_then(|form| {
        let mut fields = form.spec()?.visible_fields(&form.values);
        fields.find(|field| field.kind == Kind::Agent)
    });
    if asks.is_none() {
        model.say(NoticeTone::Info, "This form needs no device agent.");
        return Vec::new();
    }
    if model.fetching.is_some() {
        model.say(NoticeTone::Info, "The device agent is being fetched already.");
        return Vec::new();
    }
    match &model.installer().url {
        Some(url) => {
            let verified = model.installer().checks.sha256.is_some();
            let prompt = Prompt::fetch_agent(&file_name(url), verified);
            model.modals.push(Modal::Prompt(Box::new(prompt)));
        }
        None => {
            let text = format!(
                "Not configured: set download_url under [agent] in {}.",
                model.settings.config_path
            );
            model.say(NoticeTone::Info, text);
        }
    }
    Vec::new()
}

/// The dialog was answered: closes it and fetches.
pub(super) fn confirmed(model: &mut Model) -> Vec<Effect> {
    let Some(Modal::Prompt(prompt)) = model.modals.last_mut() else { return Vec::new() };
    let to = match prompt::path(prompt, 0) {
        Ok(path) => path,
        Err(wrong) => {
            prompt.refuse(wrong);
            return Vec::new();
        }
    };
    let unverified = prompt.lines.len() > 1;
    if unverified && prompt.value(1).trim() != UNVERIFIED {
        let problem = format!(
            "type {UNVERIFIED} to accept the file without a check, or set sha256 under [agent]"
        );
        prompt.refuse((1, problem));
        return Vec::new();
    }
    model.modals.pop();
    let installer = model.installer();
    let checks = installer.checks;
    let Some(from) = installer.url.clone() else { return Vec::new() };
    let request = model.request(Waiting::FetchAgent);
    model.fetching = Some(Fetching { request, done: 0, total: None });
    vec![Effect::FetchAgent { request, from, to, checks, unverified }]
}

/// Bytes are here.
pub(super) fn progress(model: &mut Model, done: u64, total: Option<u64>) -> Vec<Effect> {
    if let Some(fetching) = &mut model.fetching {
        (fetching.done, fetching.total) = (done, total);
    }
    Vec::new()
}

/// It is in place, or why not.
pub(super) fn fetched(model: &mut Model, result: Result<String, String>) -> Vec<Effect> {
    model.fetching = None;
    match result {
        Ok(line) => model.say(NoticeTone::Done, line),
        Err(line) => model.say(NoticeTone::Failed, line),
    }
    Vec::new()
}

/// Stops it; `None` when there is nothing to stop.
pub(super) fn stop(model: &mut Model) -> Option<Vec<Effect>> {
    let fetching = model.fetching.take()?;
    model.say(NoticeTone::Info, "Download stopped; nothing was kept.");
    Some(cancel(model, Some(fetching.request)))
}
