//! Tests of the update: messages in, model and exact effects out.

mod agent;
mod audit;
mod contexts;
mod details;
mod drafts;
mod equivalent;
mod exporting;
mod fields;
mod forms;
mod keystrokes;
mod leaving;
mod list_states;
mod lists;
mod pasting;
mod permissions;
mod pickers;
mod plan;
mod preflight;
mod random;
mod shared;
mod stale;
mod steps;

use crate::app::model::Settings;
use crate::app::rows::tests::row;
use crate::app::{Answer, Effect, Keymap, Model, Msg, RequestId, start, update};
use crate::backend::Capabilities;
use crate::domain::agent::{Checks, MAX_BYTES, Sha256};
use crate::domain::rules::PasswordPolicy;
use crate::domain::{ConnectionId, Summary, Timestamp};
use crate::testing::keys::parse_keys;

/// Everything a backend can do.
pub(super) const ALL: Capabilities = Capabilities::STORE;

/// What the installer of the tests must be.
pub(super) const VERIFIED: Checks = Checks { sha256: Some(Sha256([7; 32])), max_bytes: MAX_BYTES };

pub(super) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(super) fn settings() -> Settings {
    Settings {
        context: "local store".to_owned(),
        demo: false,
        session: "test".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        password: PasswordPolicy::default(),
        warning_days: crate::domain::health::EXPIRY_WARNING_DAYS,
        preflight_days: crate::domain::preflight::OUTDATED_DAYS,
        portals: crate::domain::Portals {
            commercial: Some("https://aos.example".to_owned()),
            usgov: Some("https://usgov.aos.example".to_owned()),
            china_21vianet: None,
        },
        installer: crate::domain::agent::Installer {
            url: Some("https://agent.example/DeviceAgent.msi".to_owned()),
            checks: VERIFIED,
        },
        install_command: "msiexec /i \"{agent}\" /qn".to_owned(),
        config_path: "/home/anna/.config/jetbridge/config.toml".to_owned(),
    }
}

/// A model at 80x24 whose list holds these names, in the order of names.
pub(super) fn listing(names: &[&str]) -> Model {
    let mut model = Model::new((80, 24), now(), settings(), ALL);
    let effects = start(&mut model);
    let Some(Effect::Load { request }) = effects.first().cloned() else {
        panic!("the list is read first: {effects:?}")
    };
    let rows: Vec<Summary> =
        names.iter().zip(1..).map(|(name, number)| row(number, name)).collect();
    let answer = Answer::Rows { total: Some(rows.len()), rows, done: true };
    assert_eq!(send(&mut model, Msg::Answer(request, answer)), []);
    // The drafts are counted at the start; nothing else is in flight.
    let drafts = model.waiting.keys().copied().collect::<Vec<_>>();
    for request in drafts {
        send(&mut model, Msg::Answer(request, Answer::Drafts(Ok(Vec::new()))));
    }
    assert_eq!(model.waiting.len(), 0);
    model
}

pub(super) fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    update(model, &Keymap::default(), msg)
}

/// Presses keys and returns the effects of all of them.
pub(super) fn keys(model: &mut Model, text: &str) -> Vec<Effect> {
    let keys = parse_keys(text).unwrap();
    keys.into_iter()
        .flat_map(|key| {
            // Each is pressed when what the one before did is on the screen.
            send(model, Msg::Shown(model.asked));
            send(model, Msg::Key(key))
        })
        .collect()
}

pub(super) fn id(number: u128) -> ConnectionId {
    row(number, "").id
}

pub(super) fn shown(model: &Model) -> Vec<String> {
    model.list.shown_rows().map(|row| row.name.to_string()).collect()
}

pub(super) fn here(model: &Model) -> &str {
    model.list.current().map_or("", |row| &row.name)
}

/// Id of the latest request.
pub(super) fn last(model: &Model) -> RequestId {
    RequestId(model.last_request)
}
