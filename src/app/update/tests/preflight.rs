//! The pre-flight screen: starting, streaming, asking, stopping, repeating, and what is remembered.

use std::time::Duration;

use super::*;
use crate::app::model::NoticeTone;
use crate::app::preflight::{
    Ask, Bind, Check, Checked, Code, Ended, Entry, Found, Line, Plan, Progress, Rejudged, Reply,
    Screen, SignIn, Waive, Wish,
};
use crate::app::{Context, Modal, ScreenKind};
use crate::checks::Level;
use crate::domain::preflight::{Counts, Kept};
use crate::domain::{ConnectionType, Secret};

fn screen(model: &Model) -> &Screen {
    model.screens.preflight().unwrap()
}

fn checked(number: u128, name: &str) -> Checked {
    let check = |id, area, field| Check { id, area, proves: "It is so.", field, found: None };
    Checked {
        id: id(number),
        name: name.to_owned(),
        kind: ConnectionType::M365Group,
        reaches: "contoso.example".to_owned(),
        checks: vec![
            check("tenant.exists", "Tenant", Some("tenant")),
            check("signin", "Sign-in", Some("tenant")),
            check("acct.mfa", "Users", Some("accounts")),
        ],
    }
}

fn plan(connections: Vec<Checked>) -> Progress {
    Progress::Planned(Box::new(Plan {
        connections,
        listed_only: 0,
        left_out: 0,
        at_once: 2,
        limit: Duration::from_secs(900),
    }))
}

fn came(number: u128, check: &str, level: Level) -> Progress {
    let found = Found {
        level,
        reason: (level == Level::Skipped).then_some("after"),
        text: "seen".to_owned(),
        fix: if level == Level::Fail { "Do this.".to_owned() } else { String::new() },
        took: None,
        waived: None,
    };
    Progress::Found { connection: id(number), check: check.to_owned(), found }
}

fn report(model: &mut Model, progress: Progress) -> Vec<Effect> {
    let request = screen(model).request.unwrap();
    send(model, Msg::Answer(request, Answer::Preflight(progress)))
}

fn end(model: &mut Model, verdict: &'static str) {
    let request = screen(model).request.unwrap();
    let ended = Ended { verdict, ..Ended::default() };
    assert_eq!(send(model, Msg::Answer(request, Answer::PreflightDone(Ok(ended)))), []);
}

/// Two marked connections of three, being checked.
fn running() -> Model {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    let effects = keys(&mut model, "<space><space>p");
    let wish = Wish { which: vec![id(1), id(2)], ..Wish::default() };
    assert_eq!(effects, [Effect::Preflight { request: last(&model), wish, again: false }]);
    assert_eq!(model.context(), Context::Preflight);
    report(&mut model, plan(vec![checked(1, "alpha"), checked(2, "beta")]));
    model
}

/// The same, ended: beta failed.
fn ended() -> Model {
    let mut model = running();
    for number in [1, 2] {
        report(&mut model, came(number, "tenant.exists", Level::Ok));
        report(
            &mut model,
            came(number, "signin", if number == 1 { Level::Ok } else { Level::Fail }),
        );
        report(
            &mut model,
            came(number, "acct.mfa", if number == 1 { Level::Warning } else { Level::Skipped }),
        );
    }
    end(&mut model, "failed");
    model
}

#[test]
fn the_row_under_the_cursor_is_checked_when_none_is_marked() {
    let mut model = listing(&["alpha", "beta"]);
    let effects = keys(&mut model, "jp");
    let wish = Wish { which: vec![id(2)], ..Wish::default() };
    assert_eq!(effects, [Effect::Preflight { request: last(&model), wish, again: false }]);
    report(&mut model, plan(vec![checked(2, "beta")]));
    // With one connection there is nothing to choose from.
    assert_eq!((screen(&model).entry, screen(&model).in_checks), (Entry::One(0), true));
    let mut empty = listing(&[]);
    assert_eq!(keys(&mut empty, "p"), []);
    assert!(empty.screens.preflight().is_none());
}

#[test]
fn the_menu_offers_what_is_marked_shown_and_all_with_and_without_a_network() {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    keys(&mut model, "/a<enter><space>");
    keys(&mut model, "x/b<enter><ctrl-p>");
    let Some(Modal::Preflight(menu)) = model.modals.last() else { panic!("{:?}", model.modals) };
    let items: Vec<(&str, usize, bool)> =
        menu.items.iter().map(|(label, it)| (&**label, it.which.len(), it.offline)).collect();
    assert_eq!(
        items,
        [
            ("Check 1 marked connection", 1, false),
            ("Check 1 connection shown", 1, false),
            ("Check all connections (3)", 3, false),
            ("Check 1 marked connection, offline", 1, true),
            ("Check 1 connection shown, offline", 1, true),
            ("Check all connections (3), offline", 3, true),
        ]
    );
    let effects = keys(&mut model, "jjjjj<enter>");
    let wish = Wish { which: vec![id(1), id(2), id(3)], offline: true, ..Wish::default() };
    assert_eq!(effects, [Effect::Preflight { request: last(&model), wish, again: false }]);
}

#[test]
fn keys_are_answered_while_results_come() {
    let mut model = running();
    assert_eq!(screen(&model).entry, Entry::All);
    report(&mut model, came(1, "tenant.exists", Level::Ok));
    keys(&mut model, "j");
    assert_eq!(screen(&model).entry, Entry::One(0));
    assert_eq!(screen(&model).tally_of(0).done(), 1);
    // So many are under way, in the order of the plan.
    let under_way: Vec<_> = screen(&model).under_way().into_iter().collect();
    assert_eq!(under_way, [(0, 1), (0, 2)]);
    keys(&mut model, "<tab>jjj");
    let here = screen(&model).current().unwrap().1.id;
    assert_eq!(here, "signin");
    // What comes in between moves nothing from under the cursor.
    report(&mut model, came(1, "acct.mfa", Level::Fail));
    report(&mut model, came(2, "signin", Level::Fail));
    assert_eq!(screen(&model).current().unwrap().1.id, "signin");
    // The list goes on being read below it.
    assert_eq!(model.busy(), Some("Checking"));
}

#[test]
fn what_failed_comes_first_when_it_has_ended() {
    let mut model = ended();
    let entries: Vec<Entry> = screen(&model).entries().collect();
    assert_eq!(entries, [Entry::All, Entry::One(1), Entry::One(0)]);
    let level = |line: &Line| match line {
        Line::Check(of, check, _) => screen(&model).check(*of, *check).unwrap().1.level(),
        Line::Head(..) => None,
    };
    let all: Vec<_> = screen(&model).lines().iter().filter_map(level).collect();
    // What passed and what was skipped is folded.
    assert_eq!(all, [Level::Fail, Level::Warning]);
    keys(&mut model, "j<tab>");
    let first = screen(&model).lines().iter().find_map(|it| match it {
        Line::Check(of, check, _) => Some(screen(&model).check(*of, *check).unwrap().1.id),
        Line::Head(..) => None,
    });
    assert_eq!(first, Some("signin"));
    keys(&mut model, "f");
    let checks = screen(&model).lines().iter().filter(|it| matches!(it, Line::Check(..))).count();
    assert_eq!(checks, 1);
}

#[test]
fn groups_fold_and_unfold() {
    let mut model = ended();
    let lines = |model: &Model| screen(model).lines().len();
    let before = lines(&model);
    keys(&mut model, "<tab><space>");
    assert_eq!(lines(&model), before - 1);
    keys(&mut model, "<enter>");
    assert_eq!(lines(&model), before);
    keys(&mut model, "G<space>");
    assert_eq!(lines(&model), before + 3, "what passed is unfolded");
}

#[test]
fn esc_ends_the_run_keeps_what_is_known_and_then_leaves() {
    let mut model = running();
    report(&mut model, came(1, "tenant.exists", Level::Ok));
    let request = screen(&model).request.unwrap();
    assert_eq!(keys(&mut model, "<esc>"), [Effect::PreflightReply { request, reply: Reply::Stop }]);
    assert!(screen(&model).is_running() && screen(&model).stopping);
    let Progress::Found { found, .. } = came(1, "signin", Level::Skipped) else { panic!() };
    let found = Found { reason: Some("cancelled"), ..found };
    let (connection, check) = (id(1), "signin".to_owned());
    report(&mut model, Progress::Found { connection, check, found });
    end(&mut model, "unfinished");
    assert_eq!(screen(&model).tally_of(0).done(), 2);
    // One that was not checked to its end is not fine.
    assert_eq!(screen(&model).tally_of(0).worst(), Some(Level::Skipped));
    assert_eq!(screen(&model).tally().worst(), Some(Level::Skipped));
    assert!(!screen(&model).is_running());
    assert_eq!(keys(&mut model, "<esc>"), []);
    assert_eq!(model.context(), Context::List);
    // One that does not end at once is left by the second.
    let mut model = running();
    let request = screen(&model).request.unwrap();
    assert_eq!(
        keys(&mut model, "<esc><esc>"),
        [Effect::PreflightReply { request, reply: Reply::Stop }, Effect::Cancel { request }]
    );
    assert_eq!(model.context(), Context::List);
}

#[test]
fn it_goes_on_while_the_list_is_looked_at_and_comes_back() {
    let mut model = running();
    keys(&mut model, "jo");
    assert_eq!((model.context(), here(&model)), (Context::List, "alpha"));
    report(&mut model, came(2, "signin", Level::Fail));
    assert_eq!(keys(&mut model, "jjp"), []);
    assert_eq!(model.context(), Context::Preflight);
    assert_eq!(screen(&model).tally().failed, 1);
    keys(&mut model, "o");
    end(&mut model, "failed");
    assert!(model.said.as_ref().unwrap().text.contains("has ended: failed"));
    // Once it has ended, other connections get a run of their own.
    keys(&mut model, "U");
    let effects = keys(&mut model, "p");
    assert!(matches!(effects.as_slice(), [Effect::Preflight { again: false, .. }]), "{effects:?}");
}

#[test]
fn enter_leads_to_the_field_and_back() {
    let mut model = ended();
    keys(&mut model, "j<tab>j");
    let effects = keys(&mut model, "<enter>");
    assert_eq!(effects, [Effect::Open { request: last(&model), id: id(2) }]);
    let waiting = model.waiting.get(&last(&model)).cloned();
    let from = ScreenKind::Preflight;
    let fix = crate::app::model::Waiting::Fix { id: id(2), field: Some("tenant"), from };
    assert_eq!(waiting, Some(fix));
}

#[test]
fn the_fix_is_copied_and_the_report_saved() {
    let mut model = ended();
    assert_eq!(keys(&mut model, "y"), []);
    let effects = keys(&mut model, "<tab>jy");
    assert_eq!(effects, [Effect::Copy { text: Secret::new("Do this.") }]);
    keys(&mut model, "jjy");
    assert_eq!(model.notice.as_ref().unwrap().text, "There is nothing to fix here.");
    let effects = keys(&mut model, "w<ctrl-u>out.md<enter>");
    let request = last(&model);
    assert_eq!(effects, [Effect::SavePreflight { request, path: "out.md".into() }]);
    let mut model = running();
    assert_eq!(keys(&mut model, "w"), []);
    assert_eq!(model.modals, []);
}

#[test]
fn what_failed_is_checked_again_and_the_rest_stays() {
    let mut model = ended();
    keys(&mut model, "r");
    let Some(Modal::Preflight(menu)) = model.modals.last() else { panic!("{:?}", model.modals) };
    assert_eq!(menu.items.len(), 3);
    let effects = keys(&mut model, "<enter>");
    let only = vec!["signin".to_owned(), "acct.mfa".to_owned()];
    let wish = Wish { which: vec![id(2)], only, offline: false };
    assert_eq!(effects, [Effect::Preflight { request: last(&model), wish, again: true }]);
    let mut again = checked(2, "beta");
    again.checks.remove(0);
    report(&mut model, plan(vec![again]));
    assert_eq!((screen(&model).tally().done(), screen(&model).tally().waiting), (4, 2));
    report(&mut model, came(2, "signin", Level::Ok));
    report(&mut model, came(2, "acct.mfa", Level::Ok));
    end(&mut model, "passed");
    assert_eq!((screen(&model).tally().failed, screen(&model).verdict), (0, "passed"));
    // Everything again is a run of its own.
    let effects = keys(&mut model, "r<enter>");
    let wish = Wish { which: vec![id(1), id(2)], ..Wish::default() };
    assert_eq!(effects, [Effect::Preflight { request: last(&model), wish, again: false }]);
    keys(&mut model, "r");
    assert_eq!(model.modals, [], "not while it is going on");
}

fn sign_in(code: Option<&str>) -> Progress {
    let code =
        code.map(|it| Code { url: "https://m.example".into(), code: it.into(), ends: now() });
    Progress::Asks(Some(Box::new(Ask::SignIn(SignIn {
        name: "me".into(),
        tenant: "contoso.example".into(),
        client: "client".into(),
        scope: "scope".into(),
        code,
    }))))
}

#[test]
fn a_sign_in_is_shown_its_code_copied_and_skipped_by_esc() {
    let mut model = running();
    report(&mut model, sign_in(None));
    assert_eq!(model.modals, [Modal::SignIn]);
    // Nothing to copy yet.
    assert_eq!(keys(&mut model, "y"), []);
    report(&mut model, sign_in(Some("FAKE-CODE")));
    assert_eq!(keys(&mut model, "y"), [Effect::Copy { text: Secret::new("FAKE-CODE") }]);
    assert_eq!(model.modals, [Modal::SignIn], "it stays until somebody signed in");
    let request = screen(&model).request.unwrap();
    let reply = Reply::SkipSignIn;
    assert_eq!(keys(&mut model, "<esc>"), [Effect::PreflightReply { request, reply }]);
    assert_eq!(model.modals, []);
    // It goes by itself once somebody has.
    report(&mut model, sign_in(Some("FAKE-CODE")));
    report(&mut model, Progress::Asks(None));
    assert_eq!(model.modals, []);
    assert!(screen(&model).is_running());
}

fn bind() -> Progress {
    Progress::Asks(Some(Box::new(Ask::Bind(Bind {
        domain: "corp.example".into(),
        hosts: vec!["dc1 (10.0.0.1)".into()],
        more: 0,
        accounts: vec![("svc@corp.example".into(), 2)],
    }))))
}

// SPEC F4: a stored password is used only after a question, and no is the default.
#[test]
fn an_account_signs_in_only_after_a_yes_to_a_question_that_was_seen() {
    for (pressed, agreed) in
        [("<enter>", false), ("<esc>", false), ("n", false), ("j<enter>", true), ("y", true)]
    {
        let mut model = running();
        report(&mut model, bind());
        assert_eq!(model.modals, [Modal::Bind { at: 0 }]);
        let request = screen(&model).request.unwrap();
        let reply = Reply::Agree(agreed);
        assert_eq!(
            keys(&mut model, pressed),
            [Effect::PreflightReply { request, reply }],
            "{pressed}"
        );
        assert_eq!(model.modals, [], "{pressed}");
    }
    // What was typed before it could be read is no answer.
    let mut model = running();
    report(&mut model, bind());
    assert_eq!(send(&mut model, Msg::Key(crate::app::Key::char('y'))), []);
    assert_eq!(model.modals, [Modal::Bind { at: 0 }]);
}

#[test]
fn a_question_waits_until_nothing_lies_over_the_screen() {
    let mut model = running();
    keys(&mut model, "?");
    report(&mut model, bind());
    assert_eq!(model.modals.len(), 1);
    assert!(matches!(model.modals.last(), Some(Modal::Help(_))));
    keys(&mut model, "<esc>");
    assert_eq!(model.modals, [Modal::Bind { at: 0 }]);
    keys(&mut model, "<enter>o");
    report(&mut model, bind());
    assert_eq!((model.context(), model.modals.len()), (Context::List, 0));
    assert_eq!(model.said.as_ref().unwrap().text, "The pre-flight waits for an answer.");
    keys(&mut model, "p");
    assert_eq!(model.modals, [Modal::Bind { at: 0 }]);
    // A run that ends asks no more.
    end(&mut model, "unfinished");
    assert_eq!(model.modals, []);
}

#[test]
fn results_are_remembered() {
    let mut model = running();
    let request = screen(&model).request.unwrap();
    let kept = Kept::new(1, now(), "failed", Counts::default(), (vec!["signin".into()], vec![]));
    let ended = Ended { verdict: "failed", kept: vec![(id(1), kept.clone())], problem: None };
    send(&mut model, Msg::Answer(request, Answer::PreflightDone(Ok(ended))));
    assert_eq!(model.preflights.get(&id(1)), Some(&kept));
    let mut model = running();
    let request = screen(&model).request.unwrap();
    send(&mut model, Msg::Answer(request, Answer::PreflightDone(Err("no".into()))));
    assert_eq!(model.notice.as_ref().unwrap().tone, NoticeTone::Failed);
    assert!(!screen(&model).is_running());
}

#[test]
fn only_what_failed_is_waived_and_once_it_has_ended() {
    let mut model = running();
    report(&mut model, came(1, "tenant.exists", Level::Fail));
    keys(&mut model, "j<tab>jW");
    assert_eq!(model.modals, [], "not while it is going on");
    let mut model = ended();
    assert_eq!((keys(&mut model, "W"), model.modals.len()), (vec![], 0));
    keys(&mut model, "<tab>j");
    assert_eq!(screen(&model).current().unwrap().1.id, "signin");
    let effects = keys(&mut model, "Wt<space>1<tab>2030-01-01<enter>");
    let until = Some("2030-01-01".parse().unwrap());
    let waive = Waive {
        connection: id(2),
        name: "beta".to_owned(),
        check: "signin".to_owned(),
        grant: Some(("t 1".to_owned(), until)),
    };
    let request = last(&model);
    assert_eq!(effects, [Effect::Waive { request, waive: Box::new(waive) }]);
    let failed = Answer::Waived(Err("the disk is full".to_owned()));
    send(&mut model, Msg::Answer(request, failed));
    assert_eq!(model.modals.len(), 1, "what was typed stays");
    keys(&mut model, "<enter>");
    let Progress::Found { found, .. } = came(2, "signin", Level::Skipped) else { panic!() };
    let found = Found { waived: Some(("t 1".to_owned(), until)), ..found };
    let ended = Ended { verdict: "passed", ..Ended::default() };
    let changed = vec![(id(2), "signin".to_owned(), found)];
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Waived(Ok(Rejudged { changed, ended }))));
    assert_eq!((model.modals.len(), screen(&model).verdict), (0, "passed"));
    assert_eq!(screen(&model).tally().failed, 0);
}
