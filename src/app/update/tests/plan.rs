//! The plan held against a live context, copies into the plan, and portal runbooks.

use super::*;
use crate::app::Modal;
use crate::app::contexts::{ContextInfo, ContextKind, Contexts};
use crate::app::diff::{Group, Screen as Diff};
use crate::app::effect::TickChange;
use crate::app::model::NoticeTone;
use crate::app::msg::{Copied, Opened};
use crate::app::runbook::Screen as Runbook;
use crate::domain::compare::{Brief, Field, Finding, Report, Standing, Verdict, matched};
use crate::domain::key::{self, KeyKind};
use crate::domain::{Connection, ConnectionType, Held, Origin, Secret};
use crate::testing::contract::{held, source};

fn info(name: &str, kind: ContextKind) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
    }
}

/// A plan with these names, and these services to hold it against.
fn planned(names: &[&str], services: &[&str]) -> Model {
    let mut model = listing(names);
    let mut all = vec![info("local", ContextKind::Store)];
    all.extend(services.iter().map(|it| info(it, ContextKind::Fly)));
    model.contexts = Contexts { all, active: "local".to_owned(), ..Contexts::default() };
    model
}

fn briefs(rows: Vec<Summary>) -> Vec<Brief> {
    rows.into_iter().map(Brief::from).collect()
}

/// `alpha` only planned, `both` the same, `gamma` only live.
fn report() -> Report {
    let plan = vec![row(1, "alpha"), row(2, "both")];
    let live = vec![row(21, "both"), row(22, "gamma")];
    Report {
        plan: "local".into(),
        live: "contoso".into(),
        as_of: None,
        stale: None,
        remarks: Vec::new(),
        entries: matched(briefs(plan), briefs(live)),
    }
}

fn answer(model: &mut Model, answer: Answer) -> Vec<Effect> {
    let request = last(model);
    send(model, Msg::Answer(request, answer))
}

fn diff(model: &Model) -> &Diff {
    model.screens.diff().unwrap()
}

fn name(model: &Model) -> &str {
    diff(model).current().map_or("", |it| it.name())
}

fn compare(model: &Model, live: &str, fresh: bool) -> Effect {
    Effect::Compare {
        request: last(model),
        plan: "local".into(),
        live: live.into(),
        name: String::new(),
        fresh,
    }
}

fn compared() -> Model {
    let mut model = planned(&["alpha", "both"], &["contoso"]);
    let effects = keys(&mut model, "=");
    assert_eq!(effects, [compare(&model, "contoso", true)]);
    assert_eq!(answer(&mut model, Answer::Compared(Ok(Box::new(report())))), []);
    model
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| &it.text)
}

#[test]
fn the_only_service_is_compared_with_and_another_is_asked_for() {
    let model = compared();
    assert_eq!(diff(&model).shown.len(), 2);
    assert_eq!(name(&model), "alpha");

    let mut model = planned(&["alpha"], &["contoso", "fabrikam"]);
    assert_eq!(keys(&mut model, "="), []);
    assert!(matches!(model.modals.last(), Some(Modal::Lives(_))));
    let effects = keys(&mut model, "<down><enter>");
    assert_eq!(effects, [compare(&model, "fabrikam", true)]);

    let mut model = planned(&["alpha"], &[]);
    assert_eq!(keys(&mut model, "="), []);
    assert!(notice(&model).contains("context add") && model.screens.diff().is_none());
}

#[test]
fn groups_and_search_narrow_what_is_shown() {
    let mut model = compared();
    keys(&mut model, "]]]");
    assert_eq!(diff(&model).group, Group::Of(Standing::OnlyLive));
    assert_eq!(name(&model), "gamma");
    keys(&mut model, "[[[[");
    assert_eq!((diff(&model).group, name(&model)), (Group::Of(Standing::Same), "both"));
    keys(&mut model, "]/");
    keys(&mut model, "ga");
    assert_eq!(diff(&model).shown.len(), 1);
    keys(&mut model, "<enter>");
    assert!(!diff(&model).search.typing && !diff(&model).search.is_empty());
    keys(&mut model, "x");
    assert_eq!(diff(&model).shown.len(), 2);
    // Esc first leaves a search, then the screen.
    keys(&mut model, "/a<esc>");
    assert!(model.screens.diff().is_some());
    keys(&mut model, "<esc>");
    assert!(model.screens.diff().is_none());
}

#[test]
fn enter_goes_to_the_connection_and_the_comparison_comes_back() {
    let mut model = compared();
    keys(&mut model, "/");
    keys(&mut model, "<esc>[");
    assert_eq!(name(&model), "both");
    // A search in the list that hides it gives way.
    model.list.search.line = "alp".into();
    keys(&mut model, "<enter>");
    assert_eq!(here(&model), "both");
    assert!(!model.screens.is_open(crate::app::ScreenKind::Diff));
    let effects = keys(&mut model, "=");
    // Nothing is fetched again for that: what was read counts.
    assert_eq!(effects, [compare(&model, "contoso", false)]);
    assert_eq!(name(&model), "both");
    // What is not planned cannot be gone to.
    keys(&mut model, "[[");
    assert_eq!(diff(&model).group, Group::Of(Standing::OnlyLive));
    keys(&mut model, "<enter>");
    assert!(notice(&model).contains("> copies it into the plan"), "{}", notice(&model));
}

#[test]
fn a_failure_keeps_what_was_compared() {
    let mut model = compared();
    let effects = keys(&mut model, "r");
    assert_eq!(effects, [compare(&model, "contoso", true)]);
    answer(&mut model, Answer::Compared(Err("no answer.".into())));
    assert!(diff(&model).report.is_some());
    assert_eq!(notice(&model), "Not compared: no answer.");
    // An answer that was overtaken is dropped, and so is one for a screen that was left.
    keys(&mut model, "r");
    let old = last(&model);
    let effects = keys(&mut model, "r");
    assert_eq!(effects[0], Effect::Cancel { request: old });
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert_eq!(send(&mut model, Msg::Answer(request, Answer::Compared(Err("late".into())))), []);
    assert!(model.screens.diff().is_none());
}

#[test]
fn what_is_only_live_is_copied_into_the_plan() {
    let mut model = compared();
    keys(&mut model, ">");
    assert!(notice(&model).contains("Only what is live"), "{}", notice(&model));
    keys(&mut model, "<down>");
    let effects = keys(&mut model, ">");
    let request = last(&model);
    let (plan, live) = ("local".to_owned(), "contoso".to_owned());
    assert_eq!(effects, [Effect::CopyToPlan { request, plan, live, ids: vec![id(22)] }]);
    assert_eq!(keys(&mut model, ">"), [], "not twice");
    let copied = Copied { plan: "local".into(), added: 1, left_out: vec!["x: why.".into()] };
    let effects = send(&mut model, Msg::Answer(request, Answer::CopiedToPlan(Ok(copied))));
    assert!(
        matches!(effects.as_slice(), [Effect::Load { .. }, Effect::Compare { fresh: false, .. }]),
        "{effects:?}"
    );
    assert!(matches!(model.modals.last(), Some(Modal::Message(it)) if it.lines == ["x: why."]));
}

#[test]
fn marked_live_rows_are_copied_from_their_list() {
    let mut model = planned(&["alpha", "beta"], &["contoso"]);
    keys(&mut model, ">");
    assert!(notice(&model).contains("switch to one"), "{}", notice(&model));
    model.contexts.active = "contoso".into();
    let effects = keys(&mut model, "<space><space>>");
    let [Effect::CopyToPlan { plan, live, ids, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((plan.as_str(), live.as_str(), ids.len()), ("local", "contoso", 2));
    // And a live context is compared with its plan at once.
    let effects = keys(&mut model, "=");
    assert_eq!(effects, [compare(&model, "contoso", true)]);
}

#[test]
fn the_comparison_is_copied_or_saved() {
    let mut model = compared();
    keys(&mut model, "y<down>");
    let effects = keys(&mut model, "<enter>");
    let [Effect::Copy { text }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(text.expose().starts_with("name,standing,"));
    keys(&mut model, "wG<enter>");
    assert!(matches!(model.modals.last(), Some(Modal::Prompt(_))));
}

fn laptops() -> Connection {
    let issued = key::issue(KeyKind::Configuration, &[7; key::ENTROPY]);
    let mut draft = source("laptops", held(&issued, now()));
    for (_, secret) in draft.answers.secrets_mut() {
        *secret = Held::Stored(crate::domain::Fingerprint("0a1b2c3d".into()));
    }
    Connection {
        id: id(1),
        revision: 4,
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".into(),
        modified_at: Some(now()),
        modified_by: "anna".into(),
    }
}

fn book(model: &Model) -> &Runbook {
    model.screens.runbook().unwrap()
}

fn ticks(model: &Model, change: Option<TickChange>) -> Effect {
    Effect::Ticks { request: last(model), id: id(1), revision: 4, change }
}

fn tick(step: &str) -> Option<TickChange> {
    Some(TickChange::Tick(vec![step.into()]))
}

/// The runbook of a device source, with nothing ticked.
fn runbook() -> Model {
    let mut model = planned(&["laptops"], &["contoso"]);
    model.list.rows = Default::default();
    let mut only = row(1, "laptops");
    only.kind = ConnectionType::Device;
    model.list.rows.append(vec![only]);
    let effects = keys(&mut model, "b");
    assert_eq!(effects, [Effect::Open { request: last(&model), id: id(1) }]);
    let opened = Opened { connection: laptops(), objects: Vec::new(), drafts: Vec::new() };
    let effects = answer(&mut model, Answer::Opened(Ok(Box::new(opened))));
    assert_eq!(effects, [ticks(&model, None)]);
    assert_eq!(answer(&mut model, Answer::Ticks(Ok(Default::default()))), []);
    model
}

/// Puts the cursor on a step.
fn go(model: &mut Model, step: &str) {
    for _ in 0..30 {
        if book(model).step().is_some_and(|it| it.id == step) {
            return;
        }
        keys(model, "<down>");
    }
    panic!("no step {step}");
}

#[test]
fn steps_are_ticked_and_kept() {
    let mut model = runbook();
    go(&mut model, "open");
    let effects = keys(&mut model, "<space>");
    assert_eq!(effects, [ticks(&model, tick("open"))]);
    assert_eq!(book(&model).done(), 1);
    let effects = keys(&mut model, "<space>");
    assert_eq!(effects, [ticks(&model, Some(TickChange::Untick(vec!["open".into()])))]);
    // Enter is done, next.
    let effects = keys(&mut model, "<enter>");
    assert_eq!(effects, [ticks(&model, tick("open"))]);
    assert_eq!(book(&model).step().map(|it| it.id), Some("create"));
    // Only the last answer counts; what another process ticked shows.
    answer(&mut model, Answer::Ticks(Ok(["open", "name"].map(String::from).into())));
    assert_eq!(book(&model).done(), 2);
}

#[test]
fn an_older_answer_does_not_take_a_newer_tick_back() {
    let mut model = runbook();
    go(&mut model, "open");
    keys(&mut model, "<space>");
    let older = last(&model);
    keys(&mut model, "<down><space>");
    send(&mut model, Msg::Answer(older, Answer::Ticks(Ok(["open".to_owned()].into()))));
    assert_eq!(book(&model).done(), 2);
    answer(&mut model, Answer::Ticks(Err("The disk is full.".into())));
    assert!(notice(&model).starts_with("The disk is full."));
    assert_eq!(book(&model).done(), 2, "nothing ticked is lost while the screen is open");
}

#[test]
fn a_reset_can_be_taken_back() {
    let mut model = runbook();
    go(&mut model, "open");
    keys(&mut model, "<enter><enter>");
    let effects = keys(&mut model, "X");
    assert_eq!(effects, [ticks(&model, Some(TickChange::Reset))]);
    assert_eq!(book(&model).done(), 0);
    let effects = keys(&mut model, "u");
    let both = TickChange::Tick(vec!["create".into(), "open".into()]);
    assert_eq!(effects, [ticks(&model, Some(both))]);
    assert_eq!(book(&model).done(), 2);
}

#[test]
fn a_runbook_goes_on_where_it_was_left() {
    let mut model = runbook();
    keys(&mut model, "<esc>");
    assert!(model.screens.runbook().is_none());
    keys(&mut model, "b");
    let opened = Opened { connection: laptops(), objects: Vec::new(), drafts: Vec::new() };
    answer(&mut model, Answer::Opened(Ok(Box::new(opened))));
    answer(&mut model, Answer::Ticks(Ok(["open".to_owned()].into())));
    assert_eq!(book(&model).step().map(|it| it.id), Some("create"));
}

// E3: a secret leaves the store by one call, and only because it was asked for.
#[test]
fn values_are_copied_and_secrets_only_through_the_store() {
    let mut model = runbook();
    go(&mut model, "name");
    let effects = keys(&mut model, "y");
    assert_eq!(effects, [Effect::Copy { text: Secret::new("laptops") }]);
    go(&mut model, "client_secret");
    let effects = keys(&mut model, "y");
    let request = last(&model);
    assert_eq!(effects, [Effect::Reveal { request, id: id(1), path: "client_secret".into() }]);
    let effects = answer(&mut model, Answer::Revealed(Ok(Secret::new("not-real"))));
    assert_eq!(effects, [Effect::Copy { text: Secret::new("not-real") }]);
    assert!(notice(&model).contains("the client secret") && !notice(&model).contains("not-real"));
    go(&mut model, "configuration_key");
    assert_eq!(keys(&mut model, "y"), []);
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    go(model, "confirm");
    let effects = keys(model, "<space>");
    let request = last(model);
    let (plan, live) = ("local".to_owned(), "contoso".to_owned());
    assert_eq!(
        effects,
        [Effect::Compare { request, plan, live, name: "laptops".into(), fresh: true }]
    );
    effects
}

fn found(findings: Vec<Finding>) -> Report {
    let mut entries = matched(
        briefs(vec![row(1, "laptops")]),
        briefs(vec![row(9, "laptops"), row(8, "laptops-2")]),
    );
    entries[0].findings = findings;
    Report {
        plan: "local".into(),
        live: "contoso".into(),
        as_of: None,
        stale: None,
        remarks: Vec::new(),
        entries,
    }
}

#[test]
fn the_live_list_ticks_the_last_step() {
    let mut model = runbook();
    confirm(&mut model);
    assert_eq!(book(&model).done(), 0, "not before the answer");
    let effects = answer(&mut model, Answer::Compared(Ok(Box::new(found(Vec::new())))));
    assert_eq!(effects, [ticks(&model, tick("confirm"))]);
    assert_eq!(notice(&model), "Confirmed: contoso lists it as planned.");
    assert_eq!(book(&model).done(), 1);
}

#[test]
fn what_differs_is_reported_and_takes_the_tick_back() {
    let mut model = runbook();
    confirm(&mut model);
    answer(&mut model, Answer::Compared(Ok(Box::new(found(Vec::new())))));
    keys(&mut model, "=");
    let side = Finding {
        field: Field::Side,
        verdict: Verdict::Differs,
        plan: "Source".into(),
        live: "Any".into(),
    };
    let effects = answer(&mut model, Answer::Compared(Ok(Box::new(found(vec![side])))));
    assert_eq!(effects, [ticks(&model, Some(TickChange::Untick(vec!["confirm".into()])))]);
    assert!(notice(&model).contains("differs in side"));
    assert_eq!(model.notice.as_ref().map(|it| it.tone), Some(NoticeTone::Failed));
    assert!(
        matches!(model.modals.last(), Some(Modal::Message(it)) if it.lines == ["Side: plan Source, live Any"])
    );
}

#[test]
fn an_old_list_neither_confirms_nor_denies() {
    let mut model = runbook();
    confirm(&mut model);
    let report = Report { stale: Some("no answer".into()), ..found(Vec::new()) };
    assert_eq!(answer(&mut model, Answer::Compared(Ok(Box::new(report)))), []);
    assert!(notice(&model).contains("was not read: no answer"));
    assert_eq!(book(&model).done(), 0);
}

#[test]
fn a_comparison_says_what_is_wrong_with_the_live_list() {
    for (stale, remarks, said) in [
        (Some("no answer"), vec![], "Live list not refreshed: no answer."),
        (None, vec!["2 rows came twice."], "2 rows came twice."),
    ] {
        let mut model = compared();
        keys(&mut model, "r");
        let remarks = remarks.into_iter().map(str::to_owned).collect();
        let report = Report { stale: stale.map(str::to_owned), remarks, ..report() };
        assert_eq!(answer(&mut model, Answer::Compared(Ok(Box::new(report)))), []);
        assert_eq!(notice(&model), said);
    }
}

#[test]
fn what_has_no_runbook_says_why() {
    let mut model = planned(&["mail"], &["contoso"]);
    let mut mail = row(1, "mail");
    mail.kind = ConnectionType::Gmail;
    model.list.rows = Default::default();
    model.list.rows.append(vec![mail]);
    assert_eq!(keys(&mut model, "b"), []);
    assert!(notice(&model).contains("has no form"), "{}", notice(&model));
    model.contexts.active = "contoso".into();
    assert_eq!(keys(&mut model, "b"), []);
    assert!(notice(&model).contains("planned connection"), "{}", notice(&model));
}

#[test]
fn switching_contexts_leaves_both_screens() {
    let mut model = compared();
    keys(&mut model, "<enter>");
    model.contexts.opening = Some((RequestId(99), "contoso".into()));
    model.waiting.insert(RequestId(99), crate::app::model::Waiting::Context);
    let ready = crate::app::contexts::Ready { capabilities: ALL, place: Box::default() };
    send(&mut model, Msg::Answer(RequestId(99), Answer::ContextOpened(Ok(ready))));
    assert!(model.screens.diff().is_none() && model.screens.runbook().is_none());
}
