//! Commands of the permissions screen. P1-P9.

use super::super::permissions::{Screen, Tab, covers, of_values};
use super::super::prompt::{Prompt, Purpose};
use super::super::{Action, Model};
use super::line::Line;
use super::places::typed;
use super::{Equivalent, OTHERS};
use crate::domain::Cloud;
use crate::permissions::manifest::Form;
use crate::permissions::{Geo, Job, Mailbox, Method, Scenario, TermStore};

/// The flags of a scenario; what is as by default is left out.
fn scenario(line: Line, it: &Scenario) -> Line {
    let plain = Scenario::new(Method::CustomApp, Job::Both);
    let mut line = line;
    if it.method != plain.method {
        line = line.option("--method", it.method.slug());
    }
    if it.job != plain.job {
        line = line.option("--job", it.job.slug());
    }
    if it.cloud != Cloud::Commercial {
        line = line.option("--cloud", it.cloud.slug());
    }
    line = match it.geo {
        Geo::Single => line,
        Geo::Multi => line.word("--multi-geo=open"),
        Geo::Chosen => line.word("--multi-geo=chosen"),
    };
    for (on, flag) in [
        (it.labels, "--labels"),
        (it.discovery, "--discovery"),
        (!it.planner, "--no-planner"),
        (it.group_owner, "--group-owner"),
    ] {
        if on {
            line = line.word(flag);
        }
    }
    line = match it.mailbox {
        Mailbox::Ews => line,
        Mailbox::Rbac => line.option("--mailbox", it.mailbox.slug()),
    };
    match it.term_store {
        TermStore::Write => line,
        TermStore::Read => line.option("--term-store", it.term_store.slug()),
    }
}

fn verb(verb: &str, it: &Scenario) -> Line {
    scenario(Line::bare("permissions").word(verb), it)
}

/// What opening the screen shows: for the form, for the row under the cursor, for the plain case.
pub(in crate::app) fn opened(model: &Model) -> Equivalent {
    if model.screens.permissions().is_some() {
        return shown(model);
    }
    if let Some(form) = model.screens.form() {
        if !covers(form.kind) {
            return OTHERS;
        }
        return verb("requirements", &of_values(&form.values)).into();
    }
    match model.list.current() {
        Some(row) if covers(row.kind) => {
            // It comes from the record, so it is asked of the context.
            let name = Line::new(model, "permissions requirements").word("--connection");
            name.connection(&row.name, row.id).into()
        }
        Some(_) | None => Line::bare("permissions requirements").into(),
    }
}

/// The screen's scenario; the plain one while there is no screen.
fn of_screen(model: &Model) -> (Scenario, Option<&Screen>) {
    let screen = model.screens.permissions();
    let plain = Scenario::new(Method::CustomApp, Job::Both);
    (screen.map_or(plain, |it| it.scenario), screen)
}

/// What the shown tab shows.
pub(in crate::app) fn shown(model: &Model) -> Equivalent {
    let (it, screen) = of_screen(model);
    let Some(screen) = screen else { return verb("requirements", &it).into() };
    match screen.tab {
        Tab::Needs | Tab::Steps => verb("requirements", &it).into(),
        Tab::Manifest => manifest(&it, screen.format).into(),
        Tab::Check => {
            let line = verb("check", &it).word("--manifest FILE");
            if screen.only_gaps { line.word("--gaps") } else { line }.into()
        }
    }
}

fn manifest(it: &Scenario, format: Form) -> Line {
    let line = verb("manifest", it);
    match format {
        Form::Array => line,
        Form::Property | Form::Patch => line.option("--format", format.slug()),
    }
}

/// The keys that check, and the two that change how a result is shown.
pub(in crate::app) fn checked(model: &Model, action: Action) -> Equivalent {
    let (it, screen) = of_screen(model);
    match action {
        Action::CheckManifest => verb("check", &it).word("--manifest FILE").into(),
        Action::CheckToken => verb("check", &it).word("--token FILE").into(),
        Action::CheckLive => {
            let live = "--live --tenant TENANT --client-id ID --secret-stdin";
            verb("check", &it).word(live).into()
        }
        Action::OnlyGaps => verb("check", &it).word("--manifest FILE --gaps").into(),
        _ if screen.is_some() => shown(model),
        _ => verb("requirements", &it).into(),
    }
}

/// What the answers of a check's prompt lead to; a secret goes over standard input.
pub(in crate::app) fn asked(model: &Model, prompt: &Prompt) -> Equivalent {
    let line = verb("check", &of_screen(model).0);
    match &prompt.purpose {
        Purpose::CheckManifest => line.path("--manifest", typed(prompt, 0), "FILE").into(),
        Purpose::CheckTokens => line.path("--token", typed(prompt, 0), "FILE").into(),
        Purpose::CheckLive => {
            let filled = |at: usize, otherwise: &'static str| match typed(prompt, at).trim() {
                "" => otherwise.to_owned(),
                text => text.to_owned(),
            };
            let line = line.word("--live").option("--tenant", &filled(0, "TENANT"));
            let line = line.option("--client-id", &filled(1, "ID"));
            let (certificate, key) = (typed(prompt, 3), typed(prompt, 4));
            if certificate.trim().is_empty() {
                return line.word("--secret-stdin").into();
            }
            let line = line.path("--certificate", certificate, "PEM");
            if key.trim().is_empty() { line } else { line.path("--key", key, "PEM") }.into()
        }
        Purpose::ImportDirectory
        | Purpose::SaveCopy { .. }
        | Purpose::SavePreflight
        | Purpose::Waive(_)
        | Purpose::SaveAs { .. }
        | Purpose::Export { .. }
        | Purpose::FetchAgent
        | Purpose::IssueToken
        | Purpose::PasteToken
        | Purpose::Object { .. } => line.into(),
    }
}

/// What saving to a file writes; only the manifest has an option for the file.
pub(in crate::app) fn saved(model: &Model, file: &str) -> Equivalent {
    let (it, screen) = of_screen(model);
    match screen.map(|screen| (screen.tab, screen.format)) {
        Some((Tab::Manifest, format)) => manifest(&it, format).path("--out", file, "FILE").into(),
        Some((Tab::Check, _)) => verb("check", &it).word("--manifest FILE --markdown").into(),
        Some((Tab::Needs | Tab::Steps, _)) | None => {
            verb("requirements", &it).word("--markdown").into()
        }
    }
}
