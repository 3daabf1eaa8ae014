//! The forms: typing, branching, saving, drafts.

use super::*;
use crate::app::model::Waiting;
use crate::app::msg::{KeptDraft, Opened, Saved};
use crate::app::wizard::Wizard;
use crate::app::{Context, Modal};
use crate::backend::{BackendError, FormDraft, SaveRequest};
use crate::domain::answers::testing::sheet;
use crate::domain::key::{HeldKey, KeyKind, issue};
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, AppProfile, Connection, ConnectionType, DirectoryObject, Draft, Fingerprint, Held,
    Mfa, ObjectId, ObjectKind, Origin, ProfileKind, ProfileStatus, Secret, ServiceAccount, Side,
    Tenant,
};
use crate::form::Difference;

pub(super) fn form(model: &Model) -> &Wizard {
    model.screens.form().expect("a form is open")
}

fn focused(model: &Model) -> &'static str {
    form(model).focused().map_or("", |field| field.key)
}

/// Moves to a field of the present branch.
pub(super) fn go(model: &mut Model, key: &str) {
    for _ in 0..60 {
        if focused(model) == key {
            return;
        }
        keys(model, if form(model).in_review() { "<shift-tab>" } else { "<tab>" });
    }
    panic!("{key} is not asked; errors {:?}", form(model).errors);
}

/// Goes back to the first field.
pub(super) fn home(model: &mut Model) {
    for _ in 0..20 {
        keys(model, "<ctrl-p>");
    }
}

pub(super) fn tenant() -> DirectoryObject {
    DirectoryObject::Tenant(Tenant {
        id: "t1".into(),
        name: "contoso.example".to_owned(),
        cloud: crate::domain::Cloud::Commercial,
        locations: vec!["NAM".to_owned(), "EUR".to_owned()],
        licensed_users: Vec::new(),
        ..Tenant::default()
    })
}

pub(super) fn profile(id: &str, kind: ProfileKind) -> DirectoryObject {
    DirectoryObject::AppProfile(AppProfile {
        id: id.into(),
        tenant: "t1".into(),
        name: format!("profile {id}"),
        kind,
        impersonation_user: (kind == ProfileKind::Custom).then(|| "fly@contoso.example".to_owned()),
        status: ProfileStatus::Active,
        evidence: crate::domain::Evidence::default(),
    })
}

pub(super) fn account(id: &str, mfa: Mfa) -> DirectoryObject {
    DirectoryObject::ServiceAccount(ServiceAccount {
        id: id.into(),
        tenant: "t1".into(),
        name: format!("{id}@contoso.example"),
        mfa,
        evidence: crate::domain::Evidence::default(),
    })
}

/// Opens the pick list of a field, answers it and picks by typing.
pub(super) fn pick(model: &mut Model, field: &str, objects: Vec<DirectoryObject>, typed: &str) {
    go(model, field);
    let effects = keys(model, "<enter>");
    assert!(matches!(effects.as_slice(), [Effect::Objects { .. }]), "{effects:?}");
    let request = last(model);
    send(model, Msg::Answer(request, Answer::Objects(Ok(objects))));
    keys(model, typed);
}

/// A Groups form with name, tenant and a Fly app profile.
pub(super) fn groups() -> Model {
    let mut model = listing(&["taken"]);
    keys(&mut model, "nContoso groups");
    pick(&mut model, "tenant", vec![tenant()], "cont<enter>");
    pick(&mut model, "app_profile", vec![profile("p1", ProfileKind::Fly)], "<enter>");
    model
}

pub(super) fn saved_connection(answers: Answers, kind: ConnectionType, side: Side) -> Connection {
    Connection {
        id: id(1),
        revision: 3,
        name: "taken".to_owned(),
        description: String::new(),
        kind,
        side,
        answers,
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

pub(super) fn open(model: &mut Model, connection: Connection, objects: Vec<DirectoryObject>) {
    let effects = keys(model, "<enter>");
    assert_eq!(effects, [Effect::Open { request: last(model), id: id(1) }]);
    let request = last(model);
    let opened = Answer::Opened(Ok(Box::new(Opened { connection, objects, drafts: Vec::new() })));
    send(model, Msg::Answer(request, opened));
    assert!(model.screens.form().is_some());
}

#[test]
fn g12_a_groups_connection_is_checked_reviewed_and_saved_once() {
    let mut model = groups();
    assert_eq!(keys(&mut model, "<ctrl-s>"), []);
    assert!(form(&model).in_review(), "errors: {:?}", form(&model).errors);
    let effects = keys(&mut model, "<ctrl-s>");
    let answers = sheet().tenant("t1").app("p1").form();
    let draft = Draft {
        name: "Contoso groups".to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: answers.clone(),
    };
    let save = SaveRequest { target: None, draft, secrets_from: None, restore: false, stamp: None };
    let request = last(&model);
    let expected =
        Effect::Save { request, save: Box::new(save), draft: form(&model).draft.clone() };
    assert_eq!(effects, [expected]);
    // A second press while the first is under way saves nothing more.
    assert_eq!(keys(&mut model, "<ctrl-s><enter>"), []);
    let mut connection = saved_connection(answers, ConnectionType::M365Group, Side::Any);
    connection.revision = 1;
    connection.name = "Contoso groups".to_owned();
    let saved = Saved { connection, row: row(5, "Contoso groups") };
    send(&mut model, Msg::Answer(request, Answer::Saved(Ok(Box::new(saved)))));
    assert!(model.screens.form().is_none());
    assert_eq!(here(&model), "Contoso groups");
    assert!(
        model.notice.unwrap().text.starts_with("Created Contoso groups (Microsoft 365 Groups)")
    );
}

#[test]
fn g12_all_errors_are_named_and_the_first_gets_the_focus() {
    let mut model = listing(&["taken"]);
    keys(&mut model, "nTAKEN");
    assert_eq!(keys(&mut model, "<ctrl-s>"), []);
    let errors = &form(&model).errors;
    assert!(errors.get("name").is_some_and(|it| it.contains("exists already")), "{errors:?}");
    assert!(errors.contains_key("tenant"), "{errors:?}");
    assert_eq!(focused(&model), "name");
}

#[test]
fn g1_a_taken_name_is_reported_when_the_field_is_left() {
    let mut model = listing(&["taken"]);
    keys(&mut model, "n taken <tab>");
    assert!(form(&model).errors.contains_key("name"));
}

#[test]
fn g5_changing_the_tenant_clears_what_belonged_to_it() {
    let mut model = groups();
    assert!(form(&model).values.answered("app_profile"));
    home(&mut model);
    let other = DirectoryObject::Tenant(Tenant {
        id: "t2".into(),
        name: "fabrikam.example".to_owned(),
        cloud: crate::domain::Cloud::Commercial,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    });
    pick(&mut model, "tenant", vec![tenant(), other], "fabrikam<enter>");
    assert!(!form(&model).values.answered("app_profile"));
}

#[test]
fn g7_a_custom_app_fills_in_its_impersonation_user() {
    let mut model = groups();
    pick(&mut model, "app_profile", vec![profile("p2", ProfileKind::Custom)], "p2<enter>");
    go(&mut model, "impersonation_user");
    assert_eq!(form(&model).input.value(), "fly@contoso.example");
}

#[test]
fn g9_an_account_with_mfa_is_refused_with_the_reason() {
    let mut model = groups();
    go(&mut model, "service_auth");
    for _ in 0..4 {
        if form(&model).values.choice("service_auth") != Some("legacy") {
            keys(&mut model, "<right>");
        }
    }
    let objects = vec![account("a1", Mfa::Yes), account("a2", Mfa::No), account("a3", Mfa::No)];
    pick(&mut model, "accounts", objects, "<tab>");
    assert!(model.notice.as_ref().is_some_and(|it| it.text.to_lowercase().contains("modern")));
    keys(&mut model, "<down><tab><tab><enter>");
    let picked: Vec<&str> =
        form(&model).values.picks("accounts").iter().map(|it| it.id.as_str()).collect();
    assert_eq!(picked, ["a2", "a3"]);
}

#[test]
fn d17_switching_a_branch_and_back_keeps_what_was_typed() {
    let mut model = listing(&[]);
    keys(&mut model, "n");
    go(&mut model, "type");
    keys(&mut model, "<right>");
    assert_eq!(form(&model).kind, ConnectionType::Device);
    go(&mut model, "side");
    keys(&mut model, "<right>");
    go(&mut model, "domain");
    keys(&mut model, "corp.example");
    home(&mut model);
    go(&mut model, "side");
    keys(&mut model, "<left>");
    assert!(form(&model).locate("domain").is_none());
    keys(&mut model, "<right>");
    go(&mut model, "domain");
    assert_eq!(form(&model).input.value(), "corp.example");
}

#[test]
fn d5_a_pasted_secret_loses_its_newline_and_is_never_in_debug_output() {
    let mut model = listing(&[]);
    keys(&mut model, "n");
    go(&mut model, "type");
    keys(&mut model, "<right>");
    go(&mut model, "client_secret");
    send(&mut model, Msg::Paste("fake-client-secret\r\n".to_owned()));
    assert_eq!(
        form(&model).values.secret("client_secret"),
        Some(&Held::New(Secret::new("fake-client-secret")))
    );
    assert!(model.notice.as_ref().unwrap().text.contains("Line breaks"));
    assert!(!format!("{model:?}").contains("fake-client-secret"));
}

pub(super) fn device_source() -> Connection {
    let stored = |text: &str| Held::Stored(Fingerprint(text.to_owned()));
    let key = HeldKey { id: "JBK1C-77777".to_owned(), issued_at: now(), value: stored("bb") };
    let answers = sheet()
        .text("client_id", uuid::Uuid::from_u128(7).to_string())
        .with("client_secret", crate::domain::answers::Answer::Secret(stored("aa")))
        .key("configuration_key", key)
        .form();
    saved_connection(answers, ConnectionType::Device, Side::Source)
}

#[test]
fn c4_a_stored_secret_stays_unless_it_is_replaced() {
    let mut model = listing(&["taken"]);
    open(&mut model, device_source(), Vec::new());
    go(&mut model, "client_secret");
    let stored = Held::Stored(Fingerprint("aa".to_owned()));
    assert_eq!(form(&model).values.secret("client_secret"), Some(&stored));
    keys(&mut model, "x");
    assert_eq!(form(&model).values.secret("client_secret"), Some(&Held::New(Secret::new("x"))));
    // Emptied again: the stored one is meant.
    keys(&mut model, "<backspace>");
    assert_eq!(form(&model).values.secret("client_secret"), Some(&stored));
    assert!(!form(&model).changed());
    // Showing it asks the store.
    let effects = keys(&mut model, "<ctrl-r>");
    let request = last(&model);
    assert_eq!(effects, [Effect::Reveal { request, id: id(1), path: "client_secret".to_owned() }]);
    send(&mut model, Msg::Answer(request, Answer::Revealed(Ok(Secret::new("fake")))));
    assert!(form(&model).revealed.is_some());
    keys(&mut model, "<esc>");
    assert!(form(&model).revealed.is_none());
}

#[test]
fn d6_regenerating_a_key_asks_first() {
    let mut model = listing(&["taken"]);
    open(&mut model, device_source(), Vec::new());
    go(&mut model, "configuration_key");
    assert_eq!(keys(&mut model, "g<enter>"), []);
    let effects = keys(&mut model, "gy");
    let request = last(&model);
    assert_eq!(effects, [Effect::IssueKey { request, kind: KeyKind::Configuration }]);
    let key = issue(KeyKind::Configuration, &[9; crate::domain::key::ENTROPY]);
    send(&mut model, Msg::Answer(request, Answer::KeyIssued(Ok(key.clone()))));
    let held = form(&model).values.key("configuration_key").unwrap();
    assert_eq!(held.value, Held::New(key.text.clone()));
    // D7: the install command carries it.
    go(&mut model, "agent");
    let effects = keys(&mut model, "<enter>");
    let text = format!("msiexec /i \"DeviceAgent.msi\" /qn\n{}", key.text.expose());
    assert_eq!(effects, [Effect::Copy { text: Secret::new(text) }]);
}

#[test]
fn d15_tokens_are_kept_and_the_days_are_checked() {
    let mut model = listing(&[]);
    keys(&mut model, "n");
    go(&mut model, "type");
    keys(&mut model, "<right>");
    go(&mut model, "side");
    keys(&mut model, "<right>");
    go(&mut model, "destination");
    for _ in 0..3 {
        if form(&model).values.choice("destination") != Some("entra-id") {
            keys(&mut model, "<right>");
        }
    }
    go(&mut model, "bulk_tokens");
    keys(&mut model, "gWave 1<tab><ctrl-u>181");
    assert_eq!(keys(&mut model, "<enter>"), []);
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!("closed") };
    assert!(prompt.error.as_ref().is_some_and(|it| it.contains("180")), "{prompt:?}");
    keys(&mut model, "<backspace><backspace><backspace>90");
    let effects = keys(&mut model, "<enter>");
    assert!(matches!(effects.as_slice(), [Effect::IssueToken { .. }]), "{effects:?}");
    let token = BulkToken {
        id: "x".to_owned(),
        display_name: "Wave 1".to_owned(),
        issued_at: now(),
        expires_at: crate::domain::token::days_after(now(), 90).unwrap(),
        origin: TokenOrigin::Local,
        value: Held::New(Secret::new("fake-token")),
    };
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::TokenIssued(Ok(token.clone()))));
    assert_eq!(form(&model).values.tokens("bulk_tokens"), [token]);
}

#[test]
fn a_conflict_offers_theirs_or_a_copy_and_loses_nothing() {
    let mut model = listing(&["taken"]);
    let answers = sheet().tenant("t1").app("p1").form();
    let connection = saved_connection(answers, ConnectionType::M365Group, Side::Any);
    open(&mut model, connection.clone(), vec![tenant(), profile("p1", ProfileKind::Fly)]);
    keys(&mut model, "!<ctrl-s><ctrl-s>");
    let request = last(&model);
    let conflict = BackendError::Conflict { by: "ben".to_owned(), at: now(), revision: 4 };
    send(&mut model, Msg::Answer(request, Answer::Saved(Err(conflict))));
    // Theirs is fetched, to say where it differs.
    let asked = last(&model);
    assert!(matches!(model.waiting.get(&asked), Some(Waiting::Theirs(_))));
    let mut theirs = connection;
    (theirs.revision, theirs.name) = (5, "theirs".to_owned());
    let objects = vec![tenant(), profile("p1", ProfileKind::Fly)];
    let opened = Opened { connection: theirs, objects, drafts: Vec::new() };
    send(&mut model, Msg::Answer(asked, Answer::Opened(Ok(Box::new(opened)))));
    let Some(Modal::Conflict(dialog)) = model.modals.last() else { panic!("no dialog") };
    let difference = Difference {
        label: "Connection name",
        theirs: "theirs".to_owned(),
        mine: "taken!".to_owned(),
    };
    assert_eq!(dialog.differences.as_deref(), Some(&[difference][..]));
    let copy = keys(&mut model.clone(), "<down><down><down><enter>");
    let [Effect::Save { save, .. }] = copy.as_slice() else { panic!("{copy:?}") };
    assert_eq!((save.target, save.draft.name.as_str()), (None, "taken! (copy)"));
    // Mine takes the place of what was shown as theirs, and of nothing newer.
    let mine = keys(&mut model.clone(), "<down><down><enter>");
    let [Effect::Save { save, .. }] = mine.as_slice() else { panic!("{mine:?}") };
    assert_eq!(save.target.map(|it| it.revision), Some(5));
    assert_eq!(save.draft.name, "taken!");
    let reload = keys(&mut model, "<down><enter>");
    let [Effect::KeepDraft { request, .. }] = reload.as_slice() else { panic!("{reload:?}") };
    // Theirs comes once mine is kept, and not at all when it is not.
    let mut full = model.clone();
    let lost = Answer::DraftKept(Err(BackendError::DiskFull));
    assert_eq!(send(&mut full, Msg::Answer(*request, lost)), []);
    assert_eq!(form(&full).values.text("name"), "taken!");
    let effects = send(&mut model, Msg::Answer(*request, Answer::DraftKept(Ok(()))));
    assert!(matches!(effects.as_slice(), [Effect::Open { .. }]), "{effects:?}");
}

#[test]
fn c7_leaving_a_changed_form_keeps_a_draft_that_can_be_resumed() {
    let mut model = listing(&[]);
    keys(&mut model, "nHalf done<esc>");
    assert!(matches!(model.modals.last(), Some(Modal::Leave { at: 1, quit: false })));
    let effects = keys(&mut model, "<enter>");
    let Some(Effect::KeepDraft { draft, .. }) = effects.first().cloned() else {
        panic!("{effects:?}")
    };
    assert!(model.screens.form().is_none());
    assert!(draft.title.starts_with("Half done"));
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::DraftKept(Ok(()))));
    keys(&mut model, "R");
    let request = last(&model);
    send(
        &mut model,
        Msg::Answer(
            request,
            Answer::Drafts(Ok(vec![KeptDraft { draft: draft.clone(), elsewhere: false }])),
        ),
    );
    let effects = keys(&mut model, "<enter>");
    assert_eq!(form(&model).values.text("name"), "Half done");
    // It goes on under an id of its own, and the old one is forgotten once that is kept.
    let own = form(&model).draft.clone();
    assert_ne!(own, draft.id);
    let expected = Effect::KeepDraft {
        request: last(&model),
        draft: FormDraft { id: own, ..draft.clone() },
        instead_of: Some(draft.id.clone()),
    };
    assert_eq!(effects, [expected]);
    // Nothing new to keep, so nothing is written again.
    assert_eq!(send(&mut model, Msg::Autosave), []);
    keys(&mut model, "!");
    assert!(matches!(send(&mut model, Msg::Autosave).as_slice(), [Effect::KeepDraft { .. }]));
}

// Two processes never write over each other's form.
#[test]
fn c7_a_form_that_is_open_elsewhere_is_copied_and_not_discarded() {
    let mut model = listing(&[]);
    keys(&mut model, "nHalf done<esc>");
    let effects = keys(&mut model, "<enter>");
    let Some(Effect::KeepDraft { draft, .. }) = effects.first().cloned() else {
        panic!("{effects:?}")
    };
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::DraftKept(Ok(()))));
    let there = KeptDraft { draft: draft.clone(), elsewhere: true };
    keys(&mut model, "R");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Drafts(Ok(vec![there]))));
    assert_eq!(model.drafts, 0, "it is not offered");
    assert_eq!(keys(&mut model, "d"), []);
    assert!(matches!(model.modals.last(), Some(Modal::Drafts(menu)) if menu.items.len() == 1));
    assert!(model.notice.as_ref().unwrap().text.contains("another jetbridge"));
    let effects = keys(&mut model, "<enter>");
    let [Effect::KeepDraft { draft: own, instead_of: None, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_ne!(own.id, draft.id);
    assert_eq!(own.content, draft.content);
    assert_eq!(form(&model).values.text("name"), "Half done");
    assert!(model.notice.as_ref().unwrap().text.contains("copy"));
}

#[test]
fn e5_a_hang_up_keeps_the_form_and_ends() {
    let mut model = listing(&[]);
    keys(&mut model, "nHalf done");
    let effects = send(&mut model, Msg::Hangup);
    assert!(matches!(effects.as_slice(), [Effect::KeepDraft { .. }]), "{effects:?}");
    assert!(model.quit);
}

#[test]
fn an_untouched_form_is_left_without_a_question() {
    let mut model = listing(&[]);
    keys(&mut model, "n<esc>");
    assert!(model.screens.form().is_none() && model.modals.is_empty());
    keys(&mut model, "nx<ctrl-c>");
    assert!(!model.quit);
    assert!(matches!(model.modals.last(), Some(Modal::Leave { quit: true, .. })));
}

#[test]
fn a_question_mark_is_text_in_a_text_field() {
    let mut model = listing(&[]);
    keys(&mut model, "nwhy?");
    assert_eq!(model.context(), Context::FormText);
    assert_eq!(form(&model).values.text("name"), "why?");
    keys(&mut model, "<f1>");
    assert_eq!(model.context(), Context::Help);
}

#[test]
fn an_offline_rejoin_shows_no_credentials_of_the_online_one() {
    let value = Held::Stored(Fingerprint("cc".to_owned()));
    let key = HeldKey { id: "JBK1A-77777".to_owned(), issued_at: now(), value };
    let answers = sheet()
        .choice("destination", "active-directory")
        .choice("rejoin", "offline")
        .key("connection_key", key)
        .form();
    let mut model = listing(&["taken"]);
    open(
        &mut model,
        saved_connection(answers, ConnectionType::Device, Side::Destination),
        Vec::new(),
    );
    assert!(form(&model).locate("connection_key").is_some());
    assert!(form(&model).locate("domain_password").is_none());
}

#[test]
fn an_entry_can_be_added_from_inside_a_pick_list() {
    let mut model = listing(&[]);
    keys(&mut model, "nA");
    go(&mut model, "tenant");
    keys(&mut model, "<enter>");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Objects(Ok(Vec::new()))));
    let effects =
        keys(&mut model, "<f7>contoso.example<enter><enter><enter>eur, nam<enter><enter><enter>");
    let request = last(&model);
    let object = DirectoryObject::Tenant(Tenant {
        id: ObjectId("contoso.example".to_owned()),
        name: "contoso.example".to_owned(),
        cloud: crate::domain::Cloud::Commercial,
        locations: vec!["EUR".to_owned(), "NAM".to_owned()],
        licensed_users: Vec::new(),
        ..Tenant::default()
    });
    assert_eq!(effects, [Effect::PutObject { request, object: object.clone() }]);
    send(&mut model, Msg::Answer(request, Answer::ObjectPut(Ok(object))));
    keys(&mut model, "<enter>");
    assert_eq!(form(&model).values.picks("tenant").len(), 1);
    assert_eq!(object_kind(&model), None);
}

fn object_kind(model: &Model) -> Option<ObjectKind> {
    match model.modals.last() {
        Some(Modal::Picker(picker)) => picker.object_kind(),
        _ => None,
    }
}

#[test]
fn g6_no_address_is_made_up_for_a_21vianet_tenant() {
    let mut model = listing(&[]);
    keys(&mut model, "nA");
    let china = DirectoryObject::Tenant(Tenant {
        id: "t9".into(),
        name: "litware.example".to_owned(),
        cloud: crate::domain::Cloud::China21Vianet,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    });
    pick(&mut model, "tenant", vec![china], "<enter>");
    go(&mut model, "app_profile");
    keys(&mut model, "<enter>");
    assert_eq!(keys(&mut model, "<f6>"), []);
    assert!(model.notice.as_ref().unwrap().text.contains("No address"));
    // One that is configured is used.
    model.settings.portals.china_21vianet = Some("https://cn.example".to_owned());
    let text = Secret::new("https://cn.example/#/management/app");
    assert_eq!(keys(&mut model, "<f6>"), [Effect::Copy { text }]);
}

#[test]
fn answers_of_a_newer_program_are_not_opened() {
    let mut model = listing(&["taken"]);
    let answers = sheet().tenant("t1").app("p1").text("retention", "90 days").form();
    let connection = saved_connection(answers, ConnectionType::M365Group, Side::Any);
    keys(&mut model, "<enter>");
    let objects = vec![tenant(), profile("p1", ProfileKind::Fly)];
    let opened = Opened { connection, objects, drafts: Vec::new() };
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    assert!(model.screens.form().is_none());
    let reported = &model.notice.as_ref().unwrap().text;
    assert!(
        reported.contains("does not know (retention): update jetbridge to change it"),
        "{reported}"
    );
}
