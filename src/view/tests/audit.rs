//! The audit screen: findings, details, and what stands in place of them.

use std::sync::Arc;

use super::{SIZES, Screen, fixtures, snapshot, themes};
use crate::app::{Answer, Effect, Key, Keymap, Model, Msg, update};
use crate::audit::Report;
use crate::backend::BackendError;
use crate::domain::Summary;
use crate::testing::audit::report;
use crate::text::is_hidden;

type Finding = (usize, &'static str, Option<&'static str>, &'static str);

const FOUND: [Finding; 8] = [
    (1, "account-has-mfa", Some("accounts"), "MFA is enabled for svc-1@contoso.example."),
    (5, "incomplete", Some("name"), "No answers are known for Microsoft 365 Groups."),
    (4, "expiring", Some("bulk_tokens"), "The bulk token Wave 1 expires on 2026-11-28, in 6 days."),
    (0, "ews-retiring", Some("app_profile"), "Custom app profile with full_access_as_app."),
    (
        10,
        "licence-unknown",
        Some("impersonation_user"),
        "No license is known for fly@woodgrove.example.",
    ),
    (8, "app-profile-alone", Some("service_auth"), "An app profile and no service account."),
    (4, "local-token", Some("bulk_tokens"), "The token in use was issued by the local store."),
    (9, "stale", None, "Last changed on 2026-01-05, 321 days ago."),
];

fn reported(rows: &[Summary], found: &[Finding]) -> Arc<Report> {
    let all: Vec<_> = found
        .iter()
        .map(|(at, rule, field, detail)| (&rows[*at], *rule, *field, *detail))
        .collect();
    report(fixtures::now(), rows.len(), &all)
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let keymap = Keymap::default();
    keys.chars().flat_map(|key| update(model, &keymap, Msg::Key(Key::char(key)))).collect()
}

/// The screen over the list, with this answer; `None`: still under way.
fn audited(answer: Option<Answer>) -> Model {
    let mut model = fixtures::list((80, 24));
    let effects = press(&mut model, "A");
    let Some(Effect::Audit { request, .. }) = effects.first() else { panic!("{effects:?}") };
    if let Some(answer) = answer {
        update(&mut model, &Keymap::default(), Msg::Answer(*request, answer));
    }
    model
}

pub(super) fn findings() -> Model {
    audited(Some(Answer::Audited(Ok(reported(&fixtures::rows(), &FOUND)))))
}

/// At another size, as the terminal shows it.
fn resized(mut model: Model, size: (u16, u16)) -> Model {
    update(&mut model, &Keymap::default(), Msg::Resize(size.0, size.1));
    model
}

#[test]
fn audit() {
    snapshot("audit_findings", &findings());
    let mut narrowed = findings();
    press(&mut narrowed, "ff");
    snapshot("audit_level", &narrowed);
    let mut searching = findings();
    press(&mut searching, "/app");
    snapshot("audit_search", &searching);
    let mut both = findings();
    press(&mut both, "ff/zzz");
    snapshot("audit_level_search", &both);
    let mut none = findings();
    press(&mut none, "/zzz");
    snapshot("audit_no_match", &none);
    let mut by_rule = findings();
    press(&mut by_rule, "s");
    snapshot("audit_by_rule", &by_rule);
    snapshot("audit_running", &audited(None));
    snapshot("audit_clean", &audited(Some(Answer::Audited(Ok(reported(&fixtures::rows(), &[]))))));
    let failed = Answer::Audited(Err(BackendError::Busy));
    snapshot("audit_failed", &audited(Some(failed)));
}

// Whatever has the keys is on screen, once, at every size; without colours and in ASCII too.
#[test]
fn the_finding_with_the_keys_is_seen() {
    for size in SIZES {
        for at in 0..FOUND.len() {
            let mut model = resized(findings(), size);
            press(&mut model, &"j".repeat(at));
            for theme in themes() {
                let text = Screen::draw(&model, None, &theme).text();
                let sign = theme.signs.cursor;
                let rows = text.lines().filter(|it| it.starts_with(sign)).count();
                assert_eq!(rows, 1, "{size:?} {at}\n{text}");
            }
        }
    }
}

// E4
#[test]
fn hostile_names_are_escaped_once() {
    let mut rows = fixtures::rows();
    for row in &mut rows {
        row.name = "a\u{1b}[2J\u{202e}b\n漢".into();
        row.tenant = "t\u{9b}31m\u{200b}".into();
    }
    let found = [(0, "stale", None, "d\u{1b}]0;x\u{7}"), (1, "expired", None, "d\u{2066}")];
    for size in SIZES {
        let model = audited(Some(Answer::Audited(Ok(reported(&rows, &found)))));
        let mut model = resized(model, size);
        for keys in ["", "j", "l"] {
            press(&mut model, keys);
            let text = Screen::of(&model).text();
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{text}");
            assert!(!text.contains("\\\\u{"), "{text}");
        }
    }
}

// What does not fit is shown, and every line of it can be reached.
#[test]
fn long_details_are_scrolled_to_their_end() {
    let detail = "The custom app profile asks for more than it needs: ".repeat(12) + "the end.";
    let rows = fixtures::rows();
    let reported = report(fixtures::now(), rows.len(), &[(&rows[0], "stale", None, &detail)]);
    for (size, name) in [((80, 24), "under"), ((140, 24), "beside"), ((112, 20), "narrow")] {
        let mut model = resized(audited(Some(Answer::Audited(Ok(Arc::clone(&reported))))), size);
        let hidden = crate::app::geometry::audit_hidden(&model);
        let text = Screen::of(&model).text();
        assert!(hidden > 0 && text.contains("more lines: shift-down"), "{text}");
        press(&mut model, &"J".repeat(hidden));
        let text = Screen::of(&model).text();
        assert!(text.contains("lines above: shift-up") && text.contains("Rule"), "{text}");
        if name == "under" {
            super::check("audit_scrolled", &text);
        }
        press(&mut model, "K");
        assert!(Screen::of(&model).text().contains("1 more line: shift-down"), "{text}");
    }
}

#[test]
fn the_help_of_the_audit_shows_its_own_keys() {
    let mut model = findings();
    press(&mut model, "?");
    let text = Screen::of(&resized(model, (80, 24))).text();
    assert!(text.contains("Show the findings of one level"), "{text}");
    assert!(!text.contains("Filter by type"), "{text}");
}
