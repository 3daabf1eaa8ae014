//! Dialogs of a few input lines.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::effect::{CheckFile, Effect, LiveLogin, LiveProof, RequestId};
use super::super::modal::Modal;
use super::super::model::Waiting;
use super::super::preflight::Waive;
use super::super::prompt::{Entry, Prompt, Purpose, WaiveOf, Wrong};
use super::super::{Action, Key, KeyName, Model};
use super::{agent, cancel, dialog};
use crate::audit::waiver::Grant;
use crate::backend::TokenRequest;
use crate::domain::document::Format;
use crate::domain::token::{MAX_DAYS, days_after};
use crate::domain::{ConnectionId, Secret, Timestamp, rules};
use crate::permissions::Scenario;

fn top(model: &mut Model) -> Option<&mut Prompt> {
    match model.modals.last_mut() {
        Some(Modal::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

/// A key on the focused line.
pub(super) fn type_key(model: &mut Model, key: Key) {
    if let Some(proof) = model.modals.last_mut().and_then(Modal::proof_mut) {
        proof.wrong &= proof.input.edit(key) != Some(true);
        return;
    }
    let Some(prompt) = top(model) else { return };
    let at = prompt.at;
    match prompt.lines.get_mut(at).map(|line| &mut line.entry) {
        Some(Entry::Text(input) | Entry::Secret(input, _)) => {
            let changed = input.edit(key) == Some(true);
            prompt.error = prompt.error.take().filter(|_| !changed);
            if changed {
                prompt.follow(at);
            }
        }
        Some(Entry::Choice(options, chosen)) => {
            let count = options.len().max(1);
            match key.name {
                KeyName::Left => *chosen = (*chosen + count - 1) % count,
                KeyName::Right | KeyName::Char(' ') => *chosen = (*chosen + 1) % count,
                _ => {}
            }
            prompt.follow(at);
        }
        None => {}
    }
}

/// A paste into the focused line.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(proof) = model.modals.last_mut().and_then(Modal::proof_mut) {
        proof.input.paste_text(text);
        proof.wrong = false;
        return;
    }
    let Some(prompt) = top(model) else { return };
    let at = prompt.at;
    match prompt.lines.get_mut(at).map(|line| &mut line.entry) {
        Some(Entry::Text(input)) => _ = input.paste_text(text),
        Some(Entry::Secret(input, _)) => _ = input.paste(text),
        Some(Entry::Choice(..)) | None => return,
    }
    prompt.follow(at);
    prompt.error = None;
}

/// An action in the dialog.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.modals.last().is_some_and(|it| it.proof().is_some()) {
        return dialog::prove(model, action);
    }
    let Some(prompt) = top(model) else { return Vec::new() };
    let (at, count) = (prompt.at, prompt.lines.len().max(1));
    match action {
        Action::NextField => prompt.at = (at + 1) % count,
        Action::PrevField => prompt.at = (at + count - 1) % count,
        Action::Left => type_key(model, Key::plain(KeyName::Left)),
        Action::Right => type_key(model, Key::plain(KeyName::Right)),
        Action::Reveal => {
            if let Some(Entry::Secret(_, shown)) =
                prompt.lines.get_mut(at).map(|line| &mut line.entry)
            {
                *shown = !*shown;
            }
        }
        Action::Activate if at + 1 < count => prompt.at += 1,
        Action::Activate => return submit(model),
        Action::Back => {
            let waiting = prompt.waiting;
            model.modals.pop();
            return cancel(model, waiting);
        }
        _ => {}
    }
    Vec::new()
}

fn submit(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let Some(prompt) = top(model) else { return Vec::new() };
    if prompt.waiting.is_some() {
        return Vec::new();
    }
    if prompt.purpose == Purpose::FetchAgent {
        return agent::confirmed(model);
    }
    match demand(prompt, now) {
        Ok(demand) => {
            let request = model.request(demand.waiting());
            if let Some(prompt) = top(model) {
                prompt.waiting = Some(request);
                prompt.doing = None;
                prompt.far = None;
                prompt.error = None;
            }
            let warning_days = model.settings.warning_days;
            let scenario = model.screens.permissions().map(|it| it.scenario);
            demand.effect(request, scenario, warning_days).into_iter().collect()
        }
        Err(wrong) => {
            prompt.refuse(wrong);
            Vec::new()
        }
    }
}

/// What a dialog's answers ask for.
enum Demand {
    Import(PathBuf),
    Write(PathBuf, Secret),
    Report(PathBuf),
    Waive(Waive),
    Export(PathBuf, Vec<ConnectionId>, Format),
    Token(TokenRequest),
    Object(crate::domain::DirectoryObject),
    File(PathBuf, CheckFile),
    Live(LiveLogin),
}

impl Demand {
    const fn waiting(&self) -> Waiting {
        match self {
            Self::Import(_) => Waiting::ImportDirectory,
            Self::Write(..) | Self::Report(_) => Waiting::WriteFile,
            Self::Waive(_) => Waiting::Waive,
            Self::Export(..) => Waiting::Export,
            Self::Token(_) => Waiting::Token,
            Self::Object(_) => Waiting::PutObject,
            Self::File(..) | Self::Live(_) => Waiting::Check,
        }
    }

    /// The effect; `None` only for a check whose screen is gone.
    fn effect(
        self,
        request: RequestId,
        scenario: Option<Scenario>,
        warning_days: i64,
    ) -> Option<Effect> {
        Some(match self {
            Self::Export(path, ids, format) => {
                Effect::Export { request, ids, format, path, warning_days }
            }
            Self::File(path, holds) => Effect::CheckFile { request, path, holds },
            Self::Live(login) => Effect::CheckLive { request, login, scenario: scenario? },
            Self::Import(path) => Effect::ImportDirectory { request, path },
            Self::Write(path, text) => Effect::WriteFile { request, path, text },
            Self::Report(path) => Effect::SavePreflight { request, path },
            Self::Waive(waive) => Effect::Waive { request, waive: Box::new(waive) },
            Self::Token(token) => Effect::IssueToken { request, token },
            Self::Object(object) => Effect::PutObject { request, object },
        })
    }
}

fn demand(prompt: &Prompt, now: Timestamp) -> Result<Demand, Wrong> {
    match &prompt.purpose {
        Purpose::ImportDirectory => Ok(Demand::Import(path(prompt, 0)?)),
        Purpose::SaveCopy { text } => Ok(Demand::Write(path(prompt, 0)?, text.clone())),
        Purpose::SavePreflight => Ok(Demand::Report(path(prompt, 0)?)),
        Purpose::Waive(WaiveOf { connection, name, check, is_waived }) => {
            let grant = grant(prompt, *is_waived, now)?;
            let (connection, name, check) = (*connection, name.clone(), check.clone());
            Ok(Demand::Waive(Waive { connection, name, check, grant }))
        }
        Purpose::SaveAs { texts } => {
            let at = Format::ALL.iter().position(|it| Some(*it) == prompt.format());
            let text = at.and_then(|at| texts.get(at)).cloned().unwrap_or_else(|| Secret::new(""));
            Ok(Demand::Write(path(prompt, 1)?, text))
        }
        Purpose::Export { sets } => {
            let chosen = match prompt.lines.first().map(|it| &it.entry) {
                Some(Entry::Choice(_, at)) => sets.get(*at).cloned(),
                Some(Entry::Text(_) | Entry::Secret(..)) | None => None,
            };
            let format = prompt.format().unwrap_or(Format::Csv);
            Ok(Demand::Export(path(prompt, 2)?, chosen.unwrap_or_default(), format))
        }
        Purpose::IssueToken => token(prompt, 0, now, None).map(Demand::Token),
        Purpose::PasteToken => {
            let pasted = prompt.value(0).trim();
            if pasted.is_empty() {
                return Err((0, "paste the token first".to_owned()));
            }
            token(prompt, 1, now, Some(Secret::new(pasted))).map(Demand::Token)
        }
        Purpose::FetchAgent => Err((0, "nothing to ask for here".to_owned())),
        Purpose::CheckManifest => Ok(Demand::File(path(prompt, 0)?, CheckFile::Manifest)),
        Purpose::CheckTokens => Ok(Demand::File(path(prompt, 0)?, CheckFile::Tokens)),
        Purpose::CheckLive => login(prompt).map(Demand::Live),
        Purpose::Object { .. } => prompt.build_object().map(Demand::Object),
    }
}

pub(super) fn path(prompt: &Prompt, at: usize) -> Result<PathBuf, Wrong> {
    match prompt.value(at) {
        text if text.trim().is_empty() => Err((at, "enter the path of the file".to_owned())),
        // As it was typed or pasted: whoever opens it makes a path of it.
        text => Ok(PathBuf::from(text)),
    }
}

/// Why a check may fail and until when; `None`: it is waived and must not be any more.
fn grant(
    prompt: &Prompt,
    is_waived: bool,
    now: Timestamp,
) -> Result<Option<(String, Option<Date>)>, Wrong> {
    let (reason, day) = (prompt.value(0).trim(), prompt.value(1).trim());
    if reason.is_empty() && is_waived {
        return Ok(None);
    }
    let today = now.to_zoned(TimeZone::UTC).date();
    let found = Grant::new(reason, today, None).map_err(|why| (0, why))?;
    if day.is_empty() {
        return Ok(Some((found.reason, None)));
    }
    let day = day.parse().map_err(|_| (1, "write a day such as 2026-12-31".to_owned()))?;
    let found = Grant::new(reason, today, Some(day)).map_err(|why| (1, why))?;
    Ok(Some((found.reason, found.expires)))
}

/// Name and days, from the line `first` on. D15: at most 180 days.
fn token(
    prompt: &Prompt,
    first: usize,
    now: Timestamp,
    pasted: Option<Secret>,
) -> Result<TokenRequest, Wrong> {
    let display_name = rules::name(prompt.value(first)).map_err(|it| (first, it.0))?;
    let wrong = || (first + 1, format!("days must be a number from 1 to {MAX_DAYS}"));
    let days: i64 = prompt.value(first + 1).trim().parse().map_err(|_| wrong())?;
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(wrong());
    }
    let expires_at = days_after(now, days).ok_or_else(wrong)?;
    Ok(TokenRequest { display_name, expires_at, pasted })
}

/// Sign-in for a live check: a secret takes precedence over a certificate.
fn login(prompt: &Prompt) -> Result<LiveLogin, Wrong> {
    let line = |at: usize| prompt.value(at).trim().to_owned();
    if line(0).is_empty() {
        return Err((0, "enter the tenant: its domain or its ID".to_owned()));
    }
    let client_id = rules::guid(&line(1)).map_err(|it| (1, it.0))?.to_string();
    let proof = if line(2).is_empty() {
        let certificate = path(prompt, 3)
            .map_err(|_| (2, "enter a client secret, or the path of a certificate".to_owned()))?;
        // One file may hold both.
        let key = path(prompt, 4).unwrap_or_else(|_| certificate.clone());
        LiveProof::Certificate { certificate, key }
    } else {
        LiveProof::Secret(Secret::new(line(2)))
    };
    Ok(LiveLogin { tenant: line(0), client_id, proof })
}
