//! The audit screen: opening, narrowing, fixing, coming back.

use std::sync::Arc;

use super::*;
use crate::app::audit::{Group, Screen};
use crate::app::geometry::audit_rows;
use crate::app::model::NoticeTone;
use crate::app::msg::{Opened, Saved};
use crate::app::{Context, Modal};
use crate::audit::Report;
use crate::backend::BackendError;
use crate::domain::answers::testing::sheet;
use crate::domain::health::Level;
use crate::domain::{Connection, ConnectionType, Origin, Side};
use crate::testing::audit::report;

fn screen(model: &Model) -> &Screen {
    model.screens.audit().unwrap()
}

fn names(model: &Model) -> Vec<String> {
    let screen = screen(model);
    (0..screen.shown.len()).map(|at| screen.hit(at).unwrap().subject.name.to_string()).collect()
}

fn groups_row(number: u128, name: &str) -> Summary {
    Summary { kind: ConnectionType::M365Group, ..row(number, name) }
}

fn found() -> Arc<Report> {
    let (alpha, beta) = (groups_row(1, "alpha"), groups_row(2, "beta"));
    let gamma = Summary { kind: ConnectionType::Gmail, ..row(3, "gamma") };
    report(
        now(),
        3,
        &[
            (&alpha, "container-empty", Some("container"), "Sites holds no objects."),
            (&beta, "account-has-mfa", Some("accounts"), "MFA is enabled for svc."),
            (&gamma, "stale", None, "Last changed long ago."),
        ],
    )
}

/// A list of three with the audit screen open and its findings there.
fn audited() -> Model {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    let effects = keys(&mut model, "A");
    let request = last(&model);
    let password = PasswordPolicy::default();
    assert_eq!(
        effects,
        [Effect::Audit { request, of: "local store".to_owned(), password, warning_days: 30 }]
    );
    assert_eq!(model.context(), Context::Audit);
    assert_eq!(model.busy(), Some("Auditing"));
    send(&mut model, Msg::Answer(request, Answer::Audited(Ok(found()))));
    model
}

fn connection(number: u128, name: &str) -> Connection {
    Connection {
        id: id(number),
        revision: 1,
        name: name.to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: sheet().tenant("t").choice("service_auth", "none").form(),
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

#[test]
fn findings_come_by_level() {
    let model = audited();
    assert_eq!(names(&model), ["beta", "alpha", "gamma"]);
    let advice = Group::Level(Level::Advice);
    assert_eq!(screen(&model).starts, [(Group::Level(Level::Error), 0), (advice, 1)]);
    assert_eq!((screen(&model).lines(), screen(&model).count(advice)), (5, 2));
    assert_eq!(model.waiting.len(), 0);
}

// The cursor stays on its finding, whichever way they are grouped.
#[test]
fn findings_come_by_rule_and_back() {
    let mut model = audited();
    keys(&mut model, "j");
    let here = screen(&model).current().unwrap().fingerprint;
    keys(&mut model, "s");
    let found = screen(&model);
    assert_eq!(names(&model), ["beta", "alpha", "gamma"]);
    let rules: Vec<_> = found
        .starts
        .iter()
        .map(|(group, from)| match group {
            Group::Rule(rule) => (rule.id, *from, found.count(*group)),
            Group::Level(level) => panic!("{level:?}"),
        })
        .collect();
    let expected = [("account-has-mfa", 0, 1), ("container-empty", 1, 1), ("stale", 2, 1)];
    assert_eq!(rules, expected);
    assert_eq!((found.lines(), found.current().unwrap().fingerprint), (6, here));
    keys(&mut model, "s");
    assert_eq!(screen(&model).starts.len(), 2);
    assert_eq!(screen(&model).current().unwrap().fingerprint, here);
}

#[test]
fn level_and_search_narrow_what_is_shown() {
    let mut model = audited();
    keys(&mut model, "f");
    assert_eq!((screen(&model).level, names(&model)), (Some(Level::Error), vec!["beta".into()]));
    keys(&mut model, "ff");
    assert_eq!(names(&model), ["alpha", "gamma"]);
    keys(&mut model, "f");
    assert_eq!(screen(&model).level, None);
    keys(&mut model, "/MFA<enter>");
    assert_eq!((model.context(), names(&model)), (Context::Audit, vec!["beta".into()]));
    keys(&mut model, "/<esc>");
    assert_eq!(names(&model).len(), 3);
    // The search is given up alone, then the level.
    keys(&mut model, "ff/alp");
    assert_eq!((screen(&model).level, names(&model).len()), (Some(Level::Warning), 0));
    keys(&mut model, "<esc>");
    assert_eq!((screen(&model).level, model.context()), (Some(Level::Warning), Context::Audit));
    keys(&mut model, "/alp<enter><esc>");
    assert_eq!((screen(&model).level, screen(&model).search.value()), (Some(Level::Warning), ""));
    keys(&mut model, "<esc>");
    assert_eq!((screen(&model).level, names(&model).len()), (None, 3));
    keys(&mut model, "/zzz");
    assert!(screen(&model).current().is_none());
    // Nothing under the cursor: nothing happens.
    keys(&mut model, "<enter>");
    assert_eq!(keys(&mut model, "<enter>oy"), []);
    keys(&mut model, "x");
    assert_eq!(names(&model).len(), 3);
}

#[test]
fn mending_leads_to_the_field_and_back() {
    let mut model = audited();
    keys(&mut model, "j");
    let effects = keys(&mut model, "<enter>");
    let request = last(&model);
    assert_eq!(effects, [Effect::Open { request, id: id(1) }]);
    let opened =
        Opened { connection: connection(1, "alpha"), objects: Vec::new(), drafts: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    let field = model.screens.form().unwrap().focused().unwrap();
    assert_eq!(field.key, "container");
    assert_eq!(model.context(), Context::FormText);
    keys(&mut model, "<esc>");
    assert_eq!((model.context(), screen(&model).at), (Context::Audit, 1));
}

#[test]
fn a_save_audits_again() {
    let mut model = audited();
    keys(&mut model, "<enter>");
    let request = last(&model);
    let opened =
        Opened { connection: connection(2, "beta"), objects: Vec::new(), drafts: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    let save = model.request(crate::app::model::Waiting::Save);
    let saved = Saved { connection: connection(2, "beta"), row: groups_row(2, "beta") };
    let effects = send(&mut model, Msg::Answer(save, Answer::Saved(Ok(Box::new(saved)))));
    assert!(effects.iter().any(|it| matches!(it, Effect::Audit { .. })), "{effects:?}");
    // The findings stay until the new ones are there, and the cursor on its own.
    assert_eq!(names(&model).len(), 3);
    let request = last(&model);
    keys(&mut model, "G");
    send(&mut model, Msg::Answer(request, Answer::Audited(Ok(found()))));
    assert_eq!(screen(&model).at, 2);
}

#[test]
fn the_list_is_shown_at_the_connection_and_one_comes_back() {
    let mut model = audited();
    keys(&mut model, "jo");
    assert_eq!((model.context(), here(&model)), (Context::List, "alpha"));
    assert_eq!(keys(&mut model, "A"), []);
    assert_eq!((model.context(), screen(&model).at), (Context::Audit, 1));
    // A search that hides it is cleared.
    keys(&mut model, "<esc>/beta<enter>A");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Audited(Ok(found()))));
    keys(&mut model, "jo");
    assert_eq!((here(&model), model.list.search.value()), ("alpha", ""));
}

#[test]
fn what_has_no_form_is_shown_in_the_list() {
    let mut model = audited();
    assert_eq!(keys(&mut model, "G<enter>"), []);
    assert_eq!((model.context(), here(&model)), (Context::List, "gamma"));
    assert!(model.notice.as_ref().unwrap().text.contains("no form"));
}

#[test]
fn escape_stops_closes_and_takes_back() {
    let mut model = audited();
    keys(&mut model, "f");
    keys(&mut model, "<esc>");
    assert_eq!((model.context(), screen(&model).level), (Context::Audit, None));
    keys(&mut model, "r");
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert_eq!(names(&model).len(), 3);
    assert_eq!(keys(&mut model, "q"), []);
    assert_eq!((model.context(), model.screens.audit().is_none()), (Context::List, true));
    // Before the first findings are there, nothing is left to show.
    keys(&mut model, "A");
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert!(model.screens.audit().is_none());
}

#[test]
fn a_failure_keeps_what_was_found() {
    let mut model = audited();
    keys(&mut model, "r");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Audited(Err(BackendError::Busy))));
    assert_eq!((names(&model).len(), &screen(&model).error), (3, &Some(BackendError::Busy)));
    assert_eq!(model.notice.as_ref().unwrap().tone, NoticeTone::Failed);
}

#[test]
fn a_finding_is_copied_and_the_page_saved() {
    let mut model = audited();
    let effects = keys(&mut model, "y");
    let [Effect::Copy { text }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(text.expose().starts_with("Legacy account with MFA: beta\nFound: MFA is enabled"));
    keys(&mut model, "w");
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert!(matches!(prompt.purpose, crate::app::prompt::Purpose::SaveAs { .. }));
    for (typed, file, begins) in [
        ("<enter>", "audit.html", "<!DOCTYPE html>"),
        ("<up><ctrl-right><enter><enter>", "audit.csv", "level,"),
        ("<up><ctrl-left><enter><enter>", "audit.md", "#"),
        ("<ctrl-u>a.json<enter>", "a.json", "{"),
    ] {
        let mut model = audited();
        let effects = keys(&mut model, &format!("w{typed}"));
        let [Effect::WriteFile { path, text, .. }] = effects.as_slice() else {
            panic!("{typed}: {effects:?}")
        };
        assert_eq!(path.to_str(), Some(file), "{typed}");
        assert!(text.expose().starts_with(begins), "{typed}: {}", text.expose());
    }
}

#[test]
fn the_cursor_stays_on_screen_at_every_size() {
    let rows: Vec<Summary> = (0..200).map(|n| groups_row(n, &format!("c{n:03}"))).collect();
    let rules = ["account-has-mfa", "expiring", "stale"];
    let findings: Vec<_> =
        rows.iter().zip(rules.iter().cycle()).map(|(row, rule)| (row, *rule, None, "x")).collect();
    let mut model = audited();
    keys(&mut model, "r");
    let request = last(&model);
    let all = report(now(), 200, &findings);
    send(&mut model, Msg::Answer(request, Answer::Audited(Ok(all))));
    for size in [(80, 24), (40, 12), (140, 40), (80, 20)] {
        send(&mut model, Msg::Resize(size.0, size.1));
        for pressed in ["<pgdn>", "G", "k", "<pgup>", "<tab>", "g", "jjj", "<esc>"] {
            if model.modals.is_empty() && pressed == "<esc>" {
                continue;
            }
            keys(&mut model, pressed);
            let screen = screen(&model);
            let (line, height) = (screen.line_of(screen.at), audit_rows(&model));
            assert!((screen.top..screen.top + height).contains(&line), "{size:?} {pressed}");
        }
    }
}

#[test]
fn an_answer_to_an_earlier_audit_is_dropped() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "A");
    let first = last(&model);
    keys(&mut model, "<esc>A");
    send(&mut model, Msg::Answer(first, Answer::Audited(Ok(found()))));
    assert!(screen(&model).report.is_none() && screen(&model).loading.is_some());
}

#[test]
fn details_that_do_not_fit_are_scrolled() {
    use crate::app::geometry::audit_hidden;
    let mut model = audited();
    keys(&mut model, "r");
    let request = last(&model);
    let (alpha, beta) = (groups_row(1, "alpha"), groups_row(2, "beta"));
    let long = "A word after a word. ".repeat(40);
    let all = report(now(), 2, &[(&alpha, "stale", None, &long), (&beta, "stale", None, "x")]);
    send(&mut model, Msg::Answer(request, Answer::Audited(Ok(all))));
    keys(&mut model, "<home>");
    for size in [(80, 24), (140, 24)] {
        send(&mut model, Msg::Resize(size.0, size.1));
        let hidden = audit_hidden(&model);
        assert!(hidden > 0, "{size:?}");
        keys(&mut model, "<shift-down>J");
        assert_eq!(screen(&model).details_top, 2);
        keys(&mut model, &"J".repeat(60));
        assert_eq!(screen(&model).details_top, hidden);
        // Back at once: nothing was scrolled past the end.
        keys(&mut model, "<shift-up>");
        assert_eq!(screen(&model).details_top, hidden - 1);
        keys(&mut model, "j");
        assert_eq!((screen(&model).at, screen(&model).details_top), (1, 0));
        keys(&mut model, "k");
    }
}
