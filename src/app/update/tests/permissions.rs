//! The permissions screen. P1-P9.

use super::*;
use crate::app::Modal;
use crate::app::effect::{CheckFile, LiveLogin, LiveProof};
use crate::app::msg::Opened;
use crate::app::permissions::{Screen, Tab};
use crate::domain::answers::testing::sheet;
use crate::domain::{Cloud, Connection, ConnectionType, ObjectId, Origin, Secret, Side, Summary};
use crate::permissions::gap::{Evidence, Extent, Holding, How, Outcome, Source, Standing};
use crate::permissions::manifest::Form;
use crate::permissions::{Geo, Kind, Method, Scenario, requirements};

fn screen(model: &Model) -> &Screen {
    model.screens.permissions().unwrap()
}

fn scenario(model: &Model) -> Scenario {
    screen(model).scenario
}

/// The screen for the plain case: opened where there is no connection.
fn plain() -> Model {
    let mut model = listing(&[]);
    assert_eq!(keys(&mut model, "P"), []);
    model
}

fn groups_row(number: u128, name: &str) -> Summary {
    Summary { kind: ConnectionType::M365Group, ..row(number, name) }
}

fn groups(number: u128, name: &str) -> Connection {
    Connection {
        id: id(number),
        revision: 1,
        name: name.to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Destination,
        answers: sheet().tenant("t1").choice("service_auth", "none").form(),
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

/// A list with one Groups connection under the cursor.
fn with_groups() -> Model {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "r");
    let rows = vec![groups_row(1, "alpha")];
    let answer = Answer::Rows { total: Some(1), rows, done: true };
    let request = last(&model);
    send(&mut model, Msg::Answer(request, answer));
    model
}

/// Everything a scenario needs, declared or consented.
fn complete(scenario: &Scenario, how: How, extent: Extent) -> Evidence {
    let mut evidence = Evidence::default();
    for it in requirements(scenario).iter().filter_map(|it| it.permission()) {
        evidence.holdings.push(Holding::by_id(it.resource.app_id, it.id, it.kind, how));
    }
    evidence.sources.push(Source::new("test", Some(extent), Outcome::Read { found: 1 }));
    evidence
}

fn arrive(model: &mut Model, evidence: Evidence) {
    let request = last(model);
    assert_eq!(send(model, Msg::Answer(request, Answer::Checked(Ok(Box::new(evidence))))), []);
}

#[test]
fn the_plain_case_opens_without_asking() {
    let model = plain();
    assert_eq!((scenario(&model).method, screen(&model).tab), (Method::CustomApp, Tab::Needs));
    assert_eq!(screen(&model).subject, None);
}

// "For this connection", from the list.
#[test]
fn a_groups_connection_is_read_first() {
    let mut model = with_groups();
    let effects = keys(&mut model, "P");
    let request = last(&model);
    assert_eq!(effects, [Effect::Open { request, id: id(1) }]);
    assert_eq!(model.screens.permissions(), None);
    let opened = Opened { connection: groups(1, "alpha"), objects: Vec::new(), drafts: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    assert_eq!(screen(&model).subject.as_deref(), Some("alpha"));
    // Without known credentials that is said.
    let notice = model.notice.as_ref().unwrap();
    assert!(notice.text.contains("default scenario"), "{}", notice.text);
    keys(&mut model, "<esc>");
    assert_eq!(model.screens.permissions(), None);
}

#[test]
fn an_opened_connection_covers_nothing_that_was_opened_since() {
    let mut model = with_groups();
    keys(&mut model, "P");
    let request = last(&model);
    keys(&mut model, "n");
    let opened = Opened { connection: groups(1, "alpha"), objects: Vec::new(), drafts: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    assert_eq!(model.screens.permissions(), None);
}

// From the Groups form, with its answers.
#[test]
fn a_form_lends_its_answers_and_stays_below() {
    use crate::domain::{DirectoryObject, Tenant};
    use crate::form::{Picked, Value};
    let mut model = listing(&[]);
    keys(&mut model, "n");
    let tenant = DirectoryObject::Tenant(Tenant {
        id: ObjectId::from("t1"),
        name: "Contoso".into(),
        cloud: Cloud::China21Vianet,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    });
    let form = model.screens.form_mut().unwrap();
    form.values.set("name", Value::Text("Wave 2".into()));
    form.values.set("tenant", Value::Many(vec![Picked::from(&tenant)]));
    let before = model.screens.form().cloned();
    assert_eq!(keys(&mut model, "<f3>"), []);
    assert_eq!(scenario(&model).cloud, Cloud::China21Vianet);
    assert_eq!(screen(&model).subject.as_deref(), Some("Wave 2"));
    keys(&mut model, "<esc>");
    assert_eq!(
        (model.screens.permissions().is_none(), model.screens.form().cloned()),
        (true, before)
    );
}

/// The screen knows Groups only: in every branch of another form the key says what that form needs,
/// and the list of commands offers none of Groups.
#[test]
fn a_form_of_another_type_is_not_shown_the_permissions_of_groups() {
    use crate::app::equivalent::{Equivalent, of};
    use crate::app::wizard::Wizard;
    use crate::app::{Action, Context, Modal};
    use crate::form::{branches, specs};
    let (mut covered, mut others) = (0, 0);
    for spec in specs::ALL {
        for values in branches(spec).into_iter().chain([crate::form::initial(spec)]) {
            let mut model = listing(&[]);
            model.screens.open(Wizard::new(spec.kind, values, "draft".to_owned()));
            let command = of(&model, Context::Form, Action::Permissions);
            assert_eq!(keys(&mut model, "<f3>"), []);
            if spec.kind == ConnectionType::M365Group {
                covered += 1;
                assert!(model.screens.permissions().is_some());
                assert!(matches!(command, Equivalent::Command(_)));
                continue;
            }
            others += 1;
            assert!(model.screens.permissions().is_none());
            let Some(Modal::Message(message)) = model.modals.last() else { panic!("no message") };
            assert!(message.lines.len() > 1, "{message:?}");
            assert!(matches!(command, Equivalent::OnlyOnScreen(_)), "{command:?}");
            keys(&mut model, "<esc>");
            assert!(model.modals.is_empty() && model.screens.form().is_some());
        }
    }
    assert!(covered > 10 && others > 10);
}

#[test]
fn a_row_of_another_type_opens_the_plain_case_and_says_so() {
    let mut model = listing(&["alpha"]);
    model.list.rows = crate::app::rows::Rows::default();
    let mut row = row(1, "alpha");
    row.kind = ConnectionType::Device;
    model.list.rows.append(vec![row]);
    assert_eq!(keys(&mut model, "P"), []);
    assert_eq!(screen(&model).subject, None);
    let text = &model.notice.as_ref().unwrap().text;
    assert_eq!(text, "Shows Microsoft 365 Groups in general, not alpha.");
}

#[test]
fn every_choice_changes_the_scenario_and_its_results() {
    let mut model = plain();
    let needs = screen(&model).needs();
    keys(&mut model, "jjjj<space>");
    assert!(scenario(&model).labels);
    assert_ne!(screen(&model).needs(), needs);
    keys(&mut model, "<left>k<right><right>");
    assert_eq!((scenario(&model).labels, scenario(&model).geo), (false, Geo::Chosen));
    keys(&mut model, "g<left>");
    assert_eq!(scenario(&model).method, Method::FlyApp);
    assert!(screen(&model).built().manifest.is_empty());
    keys(&mut model, "<right>");
    assert_eq!(scenario(&model).method, Method::CustomApp);
}

#[test]
fn tabs_and_cursor_stay_within_their_entries() {
    let mut model = plain();
    keys(&mut model, "<tab>G");
    assert_eq!(screen(&model).at + 1, screen(&model).count());
    keys(&mut model, "]");
    assert_eq!((screen(&model).tab, screen(&model).at), (Tab::Manifest, 0));
    assert_eq!(screen(&model).format, Form::Property);
    keys(&mut model, "o");
    assert_eq!(screen(&model).format, Form::Patch);
    keys(&mut model, "[[[");
    assert_eq!(screen(&model).tab, Tab::Steps);
    keys(&mut model, "<enter>");
    assert!(matches!(model.modals.last(), Some(Modal::Message(_))));
}

#[test]
fn what_is_shown_can_be_copied_and_saved() {
    let mut model = plain();
    keys(&mut model, "]");
    let wanted = screen(&model).built().manifest.render(Form::Property);
    assert_eq!(keys(&mut model, "y"), [Effect::Copy { text: Secret::new(wanted.clone()) }]);
    let effects = keys(&mut model, "w<ctrl-u>m.json<enter>");
    let request = last(&model);
    let write = Effect::WriteFile { request, path: "m.json".into(), text: Secret::new(wanted) };
    assert_eq!(effects, [write]);
}

// P9
#[test]
fn files_and_microsoft_are_asked_for_exactly_what_was_entered() {
    for (key, holds) in [("c", CheckFile::Manifest), ("t", CheckFile::Tokens)] {
        let mut model = plain();
        let effects = keys(&mut model, &format!("{key}app.json<enter>"));
        let request = last(&model);
        assert_eq!(effects, [Effect::CheckFile { request, path: "app.json".into(), holds }]);
    }
    let client = "11111111-2222-3333-4444-555555555555";
    let typed = format!("Lcontoso.example<enter>{client}<enter>");
    let login =
        |proof| LiveLogin { tenant: "contoso.example".into(), client_id: client.into(), proof };
    let mut model = plain();
    keys(&mut model, "jj<right>");
    let effects = keys(&mut model, &format!("{typed}fake-secret<enter><enter><enter>"));
    let (request, scenario) = (last(&model), scenario(&model));
    let wanted = login(LiveProof::Secret(Secret::new("fake-secret")));
    assert_eq!(effects, [Effect::CheckLive { request, login: wanted, scenario }]);
    assert_eq!(scenario.cloud, Cloud::UsGov);
    // E3
    assert!(!format!("{effects:?}").contains("fake-secret"), "{effects:?}");
    let mut model = plain();
    let effects = keys(&mut model, &format!("{typed}<enter>app.pem<enter><enter>"));
    let (certificate, key) = ("app.pem".into(), "app.pem".into());
    let wanted = login(LiveProof::Certificate { certificate, key });
    let (request, scenario) = (last(&model), self::scenario(&model));
    assert_eq!(effects, [Effect::CheckLive { request, login: wanted, scenario }]);
}

#[test]
fn what_cannot_be_asked_is_said_in_the_dialog() {
    let mut model = plain();
    assert_eq!(keys(&mut model, "L<enter><enter><enter><enter><enter>"), []);
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert!(prompt.error.as_ref().is_some_and(|it| it.contains("tenant")), "{prompt:?}");
}

// Cancelling a check stops its requests.
#[test]
fn escape_stops_a_check_and_its_answer_is_dropped() {
    let mut model = plain();
    keys(&mut model, "capp.json<enter>");
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    let before = model.clone();
    let late = complete(&scenario(&model), How::Declared, Extent::Declarations);
    send(&mut model, Msg::Answer(request, Answer::Checked(Ok(Box::new(late)))));
    assert_eq!(model, before);
}

/// The dialog shows what the check does; a step of another request changes nothing.
#[test]
fn a_check_shows_its_steps_in_the_dialog() {
    let mut model = plain();
    keys(&mut model, "capp.json<enter>");
    let request = last(&model);
    let step = |text: &str| Answer::CheckStep(text.to_owned());
    for text in ["Signing in for Microsoft Graph", "Reading directory roles"] {
        send(&mut model, Msg::Answer(request, step(text)));
        let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
        assert_eq!((prompt.doing.as_deref(), prompt.waiting), (Some(text), Some(request)));
    }
    send(&mut model, Msg::Answer(request, Answer::Checked(Err("no".into()))));
    let before = model.clone();
    send(&mut model, Msg::Answer(request, step("late")));
    assert_eq!(model, before);
}

#[test]
fn a_failed_check_stays_in_its_dialog() {
    let mut model = plain();
    keys(&mut model, "capp.json<enter>");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Checked(Err("no such file".into()))));
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert_eq!((prompt.error.as_deref(), prompt.waiting), (Some("no such file"), None));
}

#[test]
fn the_check_follows_the_scenario() {
    let mut model = plain();
    keys(&mut model, "capp.json<enter>");
    let evidence = complete(&scenario(&model), How::Declared, Extent::Declarations);
    arrive(&mut model, evidence);
    assert!(model.modals.is_empty());
    assert_eq!((screen(&model).tab, screen(&model).in_result), (Tab::Check, true));
    let gaps = |model: &Model| screen(model).report.as_ref().unwrap().gaps().count();
    assert_eq!(gaps(&model), 0);
    let all = screen(&model).count();
    keys(&mut model, "m");
    assert_eq!(screen(&model).count(), 0);
    // Labels need more than the app declares.
    keys(&mut model, "<tab>gjjjj<space>");
    assert!(gaps(&model) > 0);
    assert_eq!(screen(&model).count(), gaps(&model));
    keys(&mut model, "<space>m");
    assert_eq!(screen(&model).count(), all);
}

// Sources join where they speak of different things; a repeated one replaces what it said.
#[test]
fn a_second_source_joins_and_a_repeated_one_replaces() {
    let mut model = plain();
    let plain = scenario(&model);
    let first = |model: &Model| screen(model).report.as_ref().unwrap().lines[0].standing.clone();
    keys(&mut model, "capp.json<enter>");
    arrive(&mut model, complete(&plain, How::Declared, Extent::Declarations));
    assert_eq!(first(&model), Standing::Declared);
    keys(&mut model, "tapp.txt<enter>");
    let resource = requirements(&plain)[0].permission().unwrap().resource.app_id;
    let extent = Extent::Token { resource, kind: Kind::Role };
    arrive(&mut model, complete(&plain, How::SeenInToken, extent));
    assert_eq!(first(&model), Standing::SeenInToken { contradicted: false });
    assert_eq!(screen(&model).evidence.as_ref().unwrap().sources.len(), 2);
    keys(&mut model, "tapp.txt<enter>");
    let empty = Source::new("test", Some(extent), Outcome::Read { found: 0 });
    arrive(&mut model, Evidence { sources: vec![empty], ..Evidence::default() });
    assert_eq!(first(&model), Standing::Missing);
}
