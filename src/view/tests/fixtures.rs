//! Models to look at.

use std::collections::{BTreeMap, BTreeSet};

use super::spec::{ACCOUNTS, CONTAINER, PROFILE, SPEC, TENANT};
use crate::app::input::TextInput;
use crate::app::modal::{
    Conflict, CopyMenu, DeleteDialog, Facet, FilterPanel, Help, Menu, Message, Palette,
};
use crate::app::model::{Notice, NoticeTone, Settings};
use crate::app::picker::Picker;
use crate::app::prompt::Prompt;
use crate::app::wizard::{Revealed, Wizard};
use crate::app::{Action, Context, Modal, Model, RequestId};
use crate::backend::{
    BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, Revision,
};
use crate::domain::change::Change;
use crate::domain::device::HeldKey;
use crate::domain::health::{Finding, Findings, Level};
use crate::domain::query::{Column, Filter, Sort};
use crate::domain::removal::{DeletePlan, Target};
use crate::domain::rules::PasswordPolicy;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    AppProfile, Cloud, ConnectionId, ConnectionType, Container, DirectoryObject, Fingerprint, Held,
    Mfa, ObjectId, ObjectKind, ProfileKind, ProfileStatus, Secret, ServiceAccount, Side, Summary,
    Tenant, Timestamp,
};
use crate::form::{Field, Picked, Spec, Value, Values};

/// Texts that must never reach a screen.
pub const CANARY: &str = "canary-fake-secret";

pub fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn day(text: &str) -> Timestamp {
    format!("{text}T09:30:00Z").parse().unwrap()
}

pub fn settings() -> Settings {
    Settings {
        context: "local store".into(),
        demo: false,
        session: "test".into(),
        zone: jiff::tz::TimeZone::UTC,
        password: PasswordPolicy::default(),
        aos_url: "https://www.avepointonlineservices.com".into(),
        agent_url: Some("https://files.contoso.example/fly/DeviceAgent.msi".into()),
        install_command: "msiexec /i \"{agent}\" /qn /norestart".into(),
        config_path: "/home/anna/.config/jetbridge/config.toml".into(),
    }
}

pub const ALL: Capabilities = Capabilities {
    write: true,
    delete: true,
    history: true,
    edit_directory: true,
    keys: true,
    tokens: true,
    drafts: true,
    usage: false,
};

pub fn model(size: (u16, u16)) -> Model {
    Model::new(size, now(), settings(), ALL)
}

/// One row as the list shows it.
pub fn row(number: u128, name: &str, kind: ConnectionType, side: Side, tenant: &str) -> Summary {
    Summary {
        id: ConnectionId(uuid::Uuid::from_u128(0x0193_5a5b_0000_7000_8000_0000_0000_0000 + number)),
        name: name.into(),
        kind,
        side,
        tenant: tenant.into(),
        credentials: "".into(),
        modified_at: day("2026-09-01").as_second() + i64::try_from(number).unwrap() * 100_000,
        modified_by: "anna.berg".into(),
        findings: Findings::default(),
        expires_at: None,
        revision: 1,
    }
}

fn found(mut row: Summary, credentials: &str, findings: &[Finding]) -> Summary {
    row.credentials = credentials.into();
    for finding in findings {
        row.findings.insert(*finding);
    }
    row
}

pub fn rows() -> Vec<Summary> {
    use ConnectionType::{Device, Entra, Exchange, M365Group, SharePoint, Teams};
    use Side::{Any, Destination, Source};
    let mut laptops = found(
        row(5, "fabrikam-devices-wave1", Device, Destination, "fabrikam.onmicrosoft.com"),
        "Fly for Device + bulk token",
        &[Finding::LocalToken],
    );
    laptops.expires_at = Some(day("2026-11-28").as_second());
    vec![
        found(
            row(1, "adatum-groups", M365Group, Source, "adatum.example"),
            "Fly app + 2 accounts",
            &[],
        ),
        found(
            row(2, "contoso-emea-groups", M365Group, Destination, "contoso.onmicrosoft.com"),
            "1 account",
            &[Finding::AccountHasMfa, Finding::SingleCredential],
        ),
        found(
            row(3, "contoso-emea-mailboxes", Exchange, Source, "contoso.onmicrosoft.com"),
            "",
            &[],
        ),
        found(
            row(4, "contoso-laptops-src", Device, Source, "contoso.onmicrosoft.com"),
            "app registration + key",
            &[],
        ),
        laptops,
        found(
            row(6, "fabrikam-groups-dst", M365Group, Destination, "fabrikam.onmicrosoft.com"),
            "",
            &[Finding::Incomplete],
        ),
        found(row(7, "litware-users", Entra, Any, "litware.partner.onmschina.cn"), "", &[]),
        found(row(8, "northwind-sites", SharePoint, Source, "northwind.example"), "", &[]),
        found(
            row(
                9,
                "northwind-sites-archive-of-the-former-marketing-department",
                SharePoint,
                Destination,
                "northwind.example",
            ),
            "Fly app",
            &[Finding::AppProfileAlone],
        ),
        found(row(10, "tailspin-teams", Teams, Source, "tailspin.example"), "2 delegated", &[]),
        found(
            row(11, "woodgrove-漢字-groups 🚀", M365Group, Any, "woodgrove.example"),
            "Custom app",
            &[Finding::NoImpersonationUser],
        ),
    ]
}

/// Shows what passes search and filter, as the core does.
pub fn apply(model: &mut Model) {
    let list = &mut model.list;
    let needle = crate::domain::text::fold(list.search.value());
    list.shown = list
        .rows
        .search(&needle)
        .into_iter()
        .filter(|at| list.rows.get(*at).is_some_and(|row| list.filter.accepts(row, model.now)))
        .collect();
}

pub fn with_rows(size: (u16, u16), rows: Vec<Summary>) -> Model {
    let mut model = model(size);
    model.list.rows.append(rows);
    model.list.loaded = true;
    apply(&mut model);
    model
}

pub fn list(size: (u16, u16)) -> Model {
    let mut model = with_rows(size, rows());
    model.list.at = 1;
    model
}

/// Search, filter, marks, a notice.
pub fn narrowed() -> Model {
    let mut model = list((80, 24));
    model.list.search = "gro".into();
    model.list.filter =
        Filter { types: BTreeSet::from([ConnectionType::M365Group]), ..Filter::default() };
    model.list.sort = Sort { column: Column::Modified, descending: true };
    for row in rows().iter().take(4) {
        model.list.marks.insert(row.id);
    }
    apply(&mut model);
    model.notice = Some(Notice {
        tone: NoticeTone::Done,
        text: "2 names copied: sent to the terminal".into(),
    });
    model.undo.push(vec![rows()[0].id]);
    model
}

pub fn failed(rows: bool) -> Model {
    let mut model = if rows { list((80, 24)) } else { model((80, 24)) };
    model.list.error = Some(BackendError::Busy);
    model
}

pub fn loading() -> Model {
    let mut model = list((80, 24));
    model.list.loaded = false;
    model.list.total = Some(100_000);
    model.list.loading = Some(RequestId(1));
    model.spin = 3;
    model
}

pub fn empty() -> Model {
    let mut model = with_rows((80, 24), Vec::new());
    model.drafts = 1;
    model
}

pub fn no_match() -> Model {
    let mut model = list((80, 24));
    model.list.search = "nothing like it".into();
    model.list.filter.sides.insert(Side::Source);
    apply(&mut model);
    model.list.at = 0;
    model
}

pub fn with_modal(mut model: Model, modal: Modal) -> Model {
    model.modals.push(modal);
    model
}

pub fn pick(object: DirectoryObject) -> Picked {
    Picked::from(&object)
}

pub fn tenant(name: &str, cloud: Cloud) -> DirectoryObject {
    DirectoryObject::Tenant(Tenant {
        id: ObjectId(format!("id-of-{name}")),
        name: name.into(),
        cloud,
        locations: if name.starts_with("fab") {
            vec!["NAM".into(), "EUR".into(), "APC".into()]
        } else {
            Vec::new()
        },
    })
}

pub fn account(name: &str, mfa: Mfa) -> DirectoryObject {
    DirectoryObject::ServiceAccount(ServiceAccount {
        id: name.into(),
        tenant: "id-of-contoso".into(),
        name: name.into(),
        mfa,
    })
}

fn values() -> Values {
    let mut values = Values::default();
    values.set("type", Value::Choice("M365Group"));
    values.set("auth", Value::Choice("legacy"));
    values.set("geo", Value::Toggle(false));
    values
}

/// A form at a step and field, with these values besides the usual ones.
pub fn form(step: usize, field: usize, more: Vec<(&'static str, Value)>) -> Model {
    let mut all = values();
    for (key, value) in more {
        all.set(key, value);
    }
    let mut model = list((80, 24));
    let mut wizard = Wizard {
        kind: ConnectionType::M365Group,
        target: None,
        secrets_from: None,
        draft: "draft".into(),
        values: all,
        original: values(),
        kept: None,
        step,
        field,
        input: TextInput::default(),
        errors: BTreeMap::new(),
        revealed: None,
        busy: None,
        top: 0,
    };
    let focused = SPEC.steps.get(step).and_then(|it| it.fields.get(field)).map(|it| it.key);
    if let Some(Value::Text(text)) = focused.and_then(|key| wizard.values.get(key)) {
        wizard.input = text.as_str().into();
    }
    model.form = Some(Box::new(wizard));
    model
}

pub fn wizard(model: &mut Model) -> &mut Wizard {
    model.form.as_mut().unwrap()
}

pub fn text(value: &str) -> Value {
    Value::Text(value.into())
}

pub fn token(name: &str, until: &str, origin: TokenOrigin) -> BulkToken {
    BulkToken {
        id: name.into(),
        display_name: name.into(),
        issued_at: day("2026-11-01"),
        expires_at: day(until),
        origin,
        value: Held::New(Secret::new(CANARY)),
    }
}

pub fn stored(print: &str) -> Held {
    Held::Stored(Fingerprint(print.into()))
}

pub fn held_key(value: Held) -> Value {
    Value::Key(HeldKey { id: "JBK1C-77777".into(), issued_at: day("2026-11-20"), value })
}

/// The device step with everything answered.
pub fn device(field: usize) -> Model {
    form(
        2,
        field,
        vec![
            ("client_secret", Value::Secret(stored("a1b2c3d4"))),
            ("key", held_key(Held::New(Secret::new(CANARY)))),
            ("user", text("localadm")),
            ("password", Value::Secret(Held::New(Secret::new(CANARY)))),
            (
                "tokens",
                Value::Tokens(vec![
                    token("Pilot", "2026-11-10", TokenOrigin::Local),
                    token("Wave 1 laptops", "2026-12-01", TokenOrigin::Local),
                ]),
            ),
        ],
    )
}

pub fn tenant_step(field: usize) -> Model {
    form(
        1,
        field,
        vec![
            ("name", text("Litware groups")),
            (
                "tenant",
                Value::One(pick(tenant("litware.partner.onmschina.cn", Cloud::China21Vianet))),
            ),
            ("accounts", Value::Many(vec![pick(account("svc-fly@litware.example", Mfa::No))])),
        ],
    )
}

pub fn review() -> Model {
    let mut model = form(3, 0, vec![("name", text("Litware groups")), ("until", text("soon"))]);
    let wizard = wizard(&mut model);
    wizard.errors.insert("until", "write the day as YYYY-MM-DD".into());
    wizard.errors.insert("tenant", "pick the tenant".into());
    wizard.target = Some(Revision { id: rows()[0].id, revision: 3 });
    model
}

fn filled(field: &'static Field, objects: Vec<DirectoryObject>) -> Picker {
    let tenant = pick(tenant("contoso.onmicrosoft.com", Cloud::Commercial));
    let mut picker = Picker::new(field, Some(&tenant), &[]).unwrap();
    picker.fill(field, objects);
    picker
}

pub fn picker() -> Modal {
    let mut picker = filled(
        &ACCOUNTS,
        vec![
            account("svc-fly-1@contoso.example", Mfa::No),
            account("svc-fly-2@contoso.example", Mfa::Unknown),
            account("admin@contoso.example", Mfa::Yes),
        ],
    );
    picker.at = 1;
    picker.toggle().unwrap();
    Modal::Picker(Box::new(picker))
}

pub fn picker_refused() -> Modal {
    let Modal::Picker(mut picker) = picker() else { unreachable!() };
    picker.at = 0;
    Modal::Picker(picker)
}

pub fn picker_many() -> Modal {
    let objects = (0..10_000)
        .map(|at| {
            DirectoryObject::Container(Container {
                id: ObjectId(format!("c{at}")),
                tenant: "id-of-contoso".into(),
                name: format!("Groups of department {at:05}"),
                objects: Some(at % 40),
                last_scan: Some(day("2026-11-20")),
            })
        })
        .collect();
    let mut picker = filled(&CONTAINER, objects);
    picker.query = "0123".into();
    picker.apply();
    picker.at = 3;
    Modal::Picker(Box::new(picker))
}

pub fn picker_profiles() -> Modal {
    let profile = |name: &str, kind, status| {
        DirectoryObject::AppProfile(AppProfile {
            id: name.into(),
            tenant: "id-of-contoso".into(),
            name: name.into(),
            kind,
            impersonation_user: None,
            status,
        })
    };
    Modal::Picker(Box::new(filled(
        &PROFILE,
        vec![
            profile("Fly for Contoso", ProfileKind::Fly, ProfileStatus::Active),
            profile("Contoso own app", ProfileKind::Custom, ProfileStatus::Invalid),
        ],
    )))
}

pub fn picker_empty(field: &'static Field) -> Modal {
    Modal::Picker(Box::new(filled(field, Vec::new())))
}

pub fn delete(hidden: usize) -> Modal {
    let targets: Vec<Target> = rows()
        .into_iter()
        .take(5)
        .map(|row| Target { id: row.id, name: row.name.to_string() })
        .collect();
    Modal::Delete(DeleteDialog {
        plan: DeletePlan { targets, hidden },
        used_by: None,
        asking: None,
        at: 0,
        top: 0,
    })
}

pub fn delete_used() -> Modal {
    let Modal::Delete(mut dialog) = delete(0) else { unreachable!() };
    let id = rows()[1].id;
    dialog.used_by = Some(BTreeMap::from([(id, vec!["EMEA wave 2".into(), "Pilot".into()])]));
    dialog.at = 1;
    Modal::Delete(dialog)
}

pub fn filter() -> Modal {
    Modal::Filter(FilterPanel {
        facets: vec![
            (Facet::Type(ConnectionType::M365Group), 4),
            (Facet::Type(ConnectionType::Device), 2),
            (Facet::Type(ConnectionType::SharePoint), 2),
            (Facet::Side(Side::Source), 5),
            (Facet::Side(Side::Destination), 4),
            (Facet::Side(Side::Any), 2),
            (Facet::Level(Level::Error), 3),
            (Facet::Level(Level::Warning), 1),
            (Facet::Level(Level::Good), 7),
            (Facet::Tenant("contoso.onmicrosoft.com".into()), 3),
            (Facet::Tenant(String::new()), 1_204),
        ],
        at: 3,
        before: Filter::default(),
    })
}

fn menu<T>(items: Vec<T>, at: usize) -> Menu<T> {
    Menu { items, at, loading: None, error: None }
}

pub fn drafts() -> Modal {
    let draft = |title: &str, connection| FormDraft {
        id: title.into(),
        connection,
        title: title.into(),
        content: Secret::new(CANARY),
        saved_at: day("2026-11-21"),
    };
    let items =
        vec![draft("Litware groups", None), draft("contoso-emea-groups", Some(rows()[1].id))];
    Modal::Drafts(menu(items, 0))
}

pub fn deleted() -> Modal {
    let gone =
        |row: Summary| DeletedConnection { row, at: day("2026-11-21"), by: "ben.okafor".into() };
    Modal::Deleted(menu(rows().into_iter().take(4).map(gone).collect(), 2))
}

pub fn history() -> Modal {
    let change = |field: &str, before: Option<&str>, after: Option<&str>| Change {
        field: field.into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    };
    let entry = |revision, action: &str, changes| HistoryEntry {
        revision,
        at: day("2026-11-20"),
        by: "anna.berg".into(),
        action: action.into(),
        changes,
    };
    let items = vec![
        entry(
            3,
            "changed",
            vec![
                change("answers.groups.tenant", Some("id-of-contoso"), Some("id-of-fabrikam")),
                change("description", None, Some("Wave 2")),
                change(
                    "answers.groups.service.legacy.accounts.1",
                    Some("svc-fly-with-a-long-name@contoso.onmicrosoft.com"),
                    Some("svc-fly-with-another-name@fabrikam.onmicrosoft.com"),
                ),
            ],
        ),
        entry(2, "changed", Vec::new()),
        entry(1, "created", Vec::new()),
    ];
    Modal::History { name: "contoso-emea-groups".into(), menu: menu(items, 0) }
}

pub fn copy() -> Modal {
    Modal::CopyMenu(CopyMenu {
        items: vec![
            ("Name", Secret::new("contoso-emea-groups")),
            ("Id", Secret::new("0193")),
            ("Configuration key", Secret::new(CANARY)),
            ("Save to a file…", Secret::new("")),
        ],
        at: 2,
    })
}

pub fn message() -> Modal {
    Modal::Message(Message {
        title: "Nothing was imported".into(),
        lines: vec![
            "directory.csv has 2 problems. Correct them and import again.".into(),
            String::new(),
            "line 3: unknown kind \"tenent\"; did you mean tenant?".into(),
            "line 17: the tenant \"fabrikam\" is not in this file nor in the store".into(),
        ],
        top: 0,
    })
}

pub fn help(query: &str) -> Modal {
    Modal::Help(Help { context: Context::List, query: query.into(), top: 0 })
}

pub fn palette() -> Modal {
    Modal::Palette(Palette {
        context: Context::List,
        query: "mark".into(),
        at: 1,
        actions: Action::ALL.to_vec(),
    })
}

pub fn prompt_token() -> Modal {
    let mut prompt = Prompt::paste_token();
    if let Some(line) = prompt.lines.first_mut() {
        line.entry = crate::app::prompt::Entry::Secret(CANARY.into(), false);
    }
    prompt.error = Some("enter a display name".into());
    prompt.at = 1;
    Modal::Prompt(Box::new(prompt))
}

pub fn prompt_object() -> Modal {
    let mut prompt = Prompt::object(ObjectKind::Tenant, None, None);
    prompt.at = 2;
    Modal::Prompt(Box::new(prompt))
}

pub fn conflict() -> Modal {
    Modal::Conflict(Conflict { by: "ben.okafor".into(), at_time: day("2026-11-22"), at: 0 })
}

/// Every screen and dialog, by name.
pub fn everything() -> Vec<(&'static str, Model, Option<&'static Spec>)> {
    let base = || list((80, 24));
    let mut details = base();
    details.list.details = true;
    let mut searching = base();
    searching.list.searching = true;
    searching.list.search = "groups".into();
    apply(&mut searching);
    searching.list.at = 0;
    let mut demo = base();
    demo.settings.demo = true;
    let mut revealed = device(1);
    wizard(&mut revealed).revealed =
        Some(Revealed { field: "key", text: Some(Secret::new("JBK1C-77777-shown")) });
    let form = Some(&SPEC);
    let over = |modal| with_modal(list((80, 24)), modal);
    vec![
        ("list", base(), None),
        ("list_details", details, None),
        ("list_search", searching, None),
        ("list_narrowed", narrowed(), None),
        ("list_demo", demo, None),
        ("list_empty", empty(), None),
        ("list_loading", loading(), None),
        ("list_first", model((80, 24)), None),
        ("list_failed", failed(false), None),
        ("list_stale", failed(true), None),
        ("list_no_match", no_match(), None),
        ("form_new", self::form(0, 0, Vec::new()), form),
        ("form_type", self::form(0, 1, vec![("name", text("Litware groups"))]), form),
        ("form_tenant", tenant_step(0), form),
        ("form_accounts", tenant_step(3), form),
        ("form_device", device(0), form),
        ("form_key", revealed, form),
        ("form_agent", device(2), form),
        ("form_password", device(4), form),
        ("form_tokens", device(5), form),
        ("form_review", review(), form),
        ("modal_delete", over(delete(3)), None),
        ("modal_delete_used", over(delete_used()), None),
        (
            "modal_leave",
            with_modal(self::form(0, 0, Vec::new()), Modal::Leave { at: 0, quit: false }),
            form,
        ),
        ("modal_conflict", with_modal(self::form(0, 0, Vec::new()), conflict()), form),
        (
            "modal_regenerate",
            with_modal(device(1), Modal::Regenerate { field: "key", at: 0 }),
            form,
        ),
        ("modal_filter", over(filter()), None),
        ("modal_picker", over(picker()), None),
        ("modal_picker_refused", over(picker_refused()), None),
        ("modal_picker_many", over(picker_many()), None),
        ("modal_picker_profiles", over(picker_profiles()), None),
        ("modal_picker_no_tenant", over(picker_empty(&TENANT)), None),
        ("modal_picker_no_container", over(picker_empty(&CONTAINER)), None),
        ("modal_picker_no_profile", over(picker_empty(&PROFILE)), None),
        ("modal_picker_no_account", over(picker_empty(&ACCOUNTS)), None),
        ("modal_prompt_token", over(prompt_token()), None),
        ("modal_prompt_object", over(prompt_object()), None),
        ("modal_copy", over(copy()), None),
        ("modal_drafts", over(drafts()), None),
        ("modal_deleted", over(deleted()), None),
        ("modal_history", over(history()), None),
        ("modal_message", over(message()), None),
        ("modal_help", over(help("")), None),
        ("modal_help_search", over(help("mark up")), None),
        ("modal_palette", over(palette()), None),
    ]
}
