//! The pre-flight for the documents: the plan of sample connections as it is, with answers made up, so
//! that nobody is called.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::now;
use crate::app::preflight::{Found, Progress, Screen, Wish};
use crate::app::{Answer, Effect, Keymap, Model, Msg, RequestId, update};
use crate::backend::Place;
use crate::backend::ad::dns::NameServers;
use crate::backend::http::HttpOptions;
use crate::checks::Level;
use crate::domain::ConnectionId;
use crate::domain::rules::PasswordPolicy;
use crate::runtime::executor::planned;
use crate::service::preflight::{Means, Selection, prepare};
use crate::testing::keys::parse_keys;
use crate::view::{Theme, draw};

/// Connections that are checked.
const CHECKED: [&str; 6] = [
    "northwind-devices-source",
    "fabrikam-groups-hr-source",
    "northwind-groups-source",
    "contoso-devices-hq-dest",
    "contoso-groups-eur-dest",
    "fabrikam-devices-cloud-dest",
];

/// What came by then: connection, check, level, what was seen, what to do, milliseconds.
const CAME: &[(&str, &str, Level, &str, &str, u64)] = &[
    (
        "contoso-devices-hq-dest",
        "ad.srv",
        Level::Ok,
        "3 domain controllers: dc01, dc02, dc03",
        "",
        42,
    ),
    ("contoso-devices-hq-dest", "ad.kerberos", Level::Ok, "3 records", "", 38),
    ("contoso-devices-hq-dest", "ad.resolve", Level::Ok, "each has an address", "", 38),
    (
        "contoso-devices-hq-dest",
        "ad.ports",
        Level::Warning,
        "dc03: SMB 445 does not answer from here",
        "The way that counts is from the devices to the domain controllers: test port 445 from one of them.",
        5_004,
    ),
    (
        "contoso-devices-hq-dest",
        "ad.rootdse",
        Level::Ok,
        "dc01 serves corp.contoso.example",
        "",
        45,
    ),
    ("contoso-devices-hq-dest", "ad.clock", Level::Ok, "1 s behind, limit 300 s", "", 1),
    (
        "contoso-devices-hq-dest",
        "ad.tls",
        Level::Ok,
        "StartTLS, certificate until 2027-08-14",
        "",
        61,
    ),
    ("contoso-devices-hq-dest", "ad.bind", Level::Ok, "svc-join signed in once at dc01", "", 128),
    (
        "contoso-devices-hq-dest",
        "ad.rights",
        Level::Fail,
        "svc-join is in neither Administrators nor Domain Admins",
        "Add the account to one of them for the time of the migration.",
        31,
    ),
    ("contoso-devices-hq-dest", "ad.protected", Level::Ok, "not in Protected Users", "", 12),
];

async fn model(size: (u16, u16)) -> (Model, Place) {
    let fake = crate::testing::fake::Fake::with_clock("anna", Arc::new(now));
    crate::service::sample::load(&fake, now()).await.unwrap();
    let place = Place::from(fake);
    let mut setup = crate::testing::harness::Setup {
        size,
        clock: now,
        ..crate::testing::harness::Setup::new(place.clone())
    };
    setup.settings.context = "local store".into();
    let harness = crate::testing::harness::Harness::start(setup).await.unwrap();
    (harness.model().clone(), place)
}

fn report(model: &mut Model, request: RequestId, progress: Progress) {
    update(model, &Keymap::default(), Msg::Answer(request, Answer::Preflight(progress)));
}

/// What came of a check; those without a word passed, where their connection is done.
fn found(name: &str, check: &str, at: usize) -> Option<Found> {
    let came = CAME.iter().find(|it| (it.0, it.1) == (name, check));
    let (level, text, fix, took) = match (came, name) {
        (Some((_, _, level, text, fix, took)), _) => (*level, *text, *fix, *took),
        (None, "northwind-devices-source") if check == "fly.expiry" => (
            Level::Fail,
            "the client secret expired on 2026-11-24",
            "Create a new client secret in the app registration and enter it here.",
            0,
        ),
        (None, "fabrikam-groups-hr-source") if check == "acct.mfa" => (
            Level::Fail,
            "MFA is required of svc-hr-1",
            "Use modern authentication with a delegated app profile.",
            93,
        ),
        (None, _) if matches!(check, "container" | "agent.installed") => {
            (Level::Skipped, "not readable; look in AvePoint Fly", "", 0)
        }
        (None, "northwind-devices-source" | "fabrikam-groups-hr-source") => (Level::Ok, "", "", 40),
        (None, "northwind-groups-source") if at < 6 => (Level::Ok, "", "", 40),
        (None, "contoso-groups-eur-dest") if at < 4 => (Level::Ok, "", "", 40),
        (None, _) => return None,
    };
    let took = (level != Level::Skipped).then(|| Duration::from_millis(took));
    Some(Found {
        level,
        reason: None,
        text: text.to_owned(),
        fix: fix.to_owned(),
        took,
        waived: None,
    })
}

/// The screen while it runs, at what failed.
pub async fn screen(size: (u16, u16), theme: &Theme) -> Buffer {
    let (mut model, place) = model(size).await;
    let id = |name: &str| -> ConnectionId {
        model.list.rows.iter().find(|it| &*it.name == name).unwrap().id
    };
    let which: Vec<ConnectionId> = CHECKED.iter().map(|it| id(it)).collect();
    let means = Means {
        http: HttpOptions::default(),
        stand_in: None,
        name_servers: NameServers::System,
        sign_ins: Arc::new(Vec::new),
        warning_days: 30,
        installer: None,
        password: PasswordPolicy::default(),
    };
    let run = means.run(place.clone(), now(), true).unwrap();
    let plan = prepare(&place, &which, &run, &Selection::default()).await.unwrap();
    let mut plan = planned(&plan);
    plan.connections.sort_by_key(|it| CHECKED.iter().position(|name| **name == *it.name));
    model.list.marks = which.iter().copied().collect();
    let keymap = Keymap::default();
    let press = |model: &mut Model, keys: &str| -> Vec<Effect> {
        let keys = parse_keys(keys).unwrap().into_iter();
        keys.flat_map(|key| update(model, &keymap, Msg::Key(key))).collect()
    };
    let effects = press(&mut model, "p");
    let Some(Effect::Preflight { request, wish: Wish { .. }, .. }) = effects.first().cloned()
    else {
        panic!("{effects:?}")
    };
    report(&mut model, request, Progress::Planned(Box::new(plan.clone())));
    for it in &plan.connections {
        for (at, check) in it.checks.iter().enumerate() {
            if let Some(found) = found(&it.name, check.id, at) {
                let (connection, check) = (it.id, check.id.to_owned());
                report(&mut model, request, Progress::Found { connection, check, found });
            }
        }
    }
    model.now = now().saturating_add(jiff::SignedDuration::from_millis(8_200)).unwrap();
    press(&mut model, "jjjj<tab>");
    while model
        .screens
        .preflight()
        .and_then(Screen::current)
        .is_none_or(|it| it.1.id != "ad.rights")
    {
        press(&mut model, "j");
    }
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(&model, theme, &keymap, frame)).unwrap();
    terminal.backend().buffer().clone()
}
