//! The form of a Microsoft Teams Chat connection (types.md). Its create-a-connection page was not found:
//! most fields were seen in third-party code only, so they say so and are never required. What AvePoint's
//! pages on the process state: a source takes an app profile, and three users must differ.

use crate::domain::ConnectionType;
use crate::domain::ProfileKind;
use crate::domain::health::{Bit, Level};
use crate::form::runbook::portal::{DESCRIPTION, How, Place, SEARCH, noted, place};
use crate::form::{
    Check, Choice, Condition, Field, Kind, Need, Note, Spec, Step, Tone, When, rules,
};
use crate::text::fold;

use super::microsoft365::container::{self, CONTAINER};
use super::microsoft365::{self, BASE, CONNECTION, CREDENTIALS, PLACE, TENANT, credentials, sites};
use super::{common, expiry};
use Condition::{All, Answered, Is, Not};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "TeamChat",
    label: "Microsoft Teams Chat",
    help: "Chats between users, not those of channels",
};

/// Microsoft Teams Chat.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::TeamChat,
    side: "side",
    steps: &[
        Step { fields: &[common::NAME, common::TYPE, SIDE, common::DESCRIPTION], ..CONNECTION },
        Step { fields: &[TENANT, CONTAINER, sites::ADMIN_URL], ..PLACE },
        Step { fields: &[APP_PROFILE, DELEGATED, CONSENT_USER, PLACEHOLDER], ..CREDENTIALS },
    ],
    rules: &[common::RULES, expiry::RULES, container::RULES, RULES],
    panel: PANEL,
    permissions: "AvePoint Fly user guide, Teams Chat migrations, Required permissions",
    ..BASE
};

const SOURCE: Condition = Is("side", "source");
const DESTINATION: Condition = Is("side", "destination");

const SIDE: Field = common::side(&[
    Choice { key: "source", label: "Source", help: "Chats are read from this tenant" },
    Choice { key: "destination", label: "Destination", help: "Chats are written to this tenant" },
]);

const APP_PROFILE: Field = common::app_profile(
    "app_profile",
    "The Fly app or your own app in this tenant. A source takes nothing else. Not confirmed: whether a destination asks for it.",
    "tenant",
    ProfileKind::FOR_GROUPS,
    Need::Optional,
);

const DELEGATED: Field = Field {
    when: DESTINATION,
    notes: &[Note {
        when: All(&[DESTINATION, Answered("delegated")]),
        tone: Tone::Note,
        text: "The user who consented to the profile needs licenses for Teams and SharePoint.",
    }],
    help: "The profile that writes the chats. Not confirmed: that a destination must have one. No page that was found describes this panel.",
    need: Need::Optional,
    ..credentials::DELEGATED
};

/// The product does not ask it here: the rule does.
const CONSENT_USER: Field = Field {
    when: All(&[DESTINATION, Answered("delegated")]),
    ..Field::new(
        "consent_user",
        "Consent user",
        "Who consented to the delegated app profile. For planning only: it must not be the placeholder account, nor a user whose chats are migrated.",
        Kind::Text { check: Check::Upn, example: "fly.consent@contoso.example" },
        Need::Optional,
    )
};

const PLACEHOLDER: Field = Field {
    when: DESTINATION,
    ..Field::new(
        "placeholder",
        "Placeholder account",
        "A user that stands in for others in migrated chats. It must be neither the consent user nor a user whose chats are migrated. Not confirmed: that it must be set.",
        Kind::Text { check: Check::Upn, example: "fly.placeholder@contoso.example" },
        Need::Optional,
    )
};

rules! {
    /// A source without an app profile; it takes no other credential.
    CHAT_SOURCE_WITHOUT_APP {
        id: "chat-source-without-app",
        level: Level::Error,
        bit: Some(Bit(54)),
        since: 4,
        refuses: true,
        fields: &["app_profile"],
        title: "No app profile for a source of chats",
        word: "no app profile",
        means: "A source of chats takes the Fly app or a custom app only, and none is picked.",
        why: "AvePoint's page on the process names an app profile as the one credential of a source tenant.",
        source: "AvePoint, Teams Chat migration process",
        fix: "Pick an app profile.",
        with: "the form, field App profile: enter on the audit screen",
        when: When::Holds(All(&[SOURCE, Not(&Answered("app_profile"))]), |_| {
            "No app profile is picked.".to_owned()
        }),
    }
    /// The placeholder account is the consent user (the preanalyze and process pages).
    PLACEHOLDER_IN_USE {
        id: "placeholder-in-use",
        level: Level::Error,
        bit: Some(Bit(47)),
        since: 3,
        fields: &["placeholder", "consent_user"],
        title: "Placeholder account in use",
        word: "placeholder",
        means: "The placeholder account is also the consent user.",
        why: "A migration of chats takes three different users: the placeholder account, the consent user, and each user whose chats are migrated.",
        source: "AvePoint, Teams Chat migration process",
        fix: "Choose another user for one of them.",
        with: "the form, field Placeholder account: enter on the audit screen",
        when: When::Finds(|case, sink| {
            let user = |key: &str| fold(case.values.text(key).trim());
            let placeholder = user("placeholder");
            let asked = CONSENT_USER.when.holds(case.values) && !placeholder.is_empty();
            if asked && placeholder == user("consent_user") {
                sink.found("placeholder", || format!("Both are {placeholder}."));
            }
        }),
    }
    /// A destination lacks what the live panel was seen to ask.
    CHAT_DESTINATION_OPEN {
        id: "chat-destination-open",
        level: Level::Advice,
        bit: Some(Bit(9)),
        since: 3,
        fields: &["placeholder", "delegated", "admin_url"],
        title: "Chat destination incomplete",
        word: "chat fields",
        means: "The panel was seen to ask for what is empty here. Not confirmed by AvePoint.",
        why: "Third-party code fills in an admin center URL, a delegated app profile and a placeholder account at a destination; the vendor's page was not found.",
        fix: "Have the missing values ready, or fill them in.",
        with: "the form: enter on the audit screen",
        when: When::Finds(|case, sink| {
            if DESTINATION.holds(case.values) {
                for (key, what) in [
                    ("placeholder", "No placeholder account is set."),
                    ("delegated", "No delegated app profile is picked."),
                    ("admin_url", "No SharePoint admin center URL is set."),
                ] {
                    if !case.values.answered(key) {
                        sink.found(key, || what.to_owned());
                    }
                }
            }
        }),
    }
}

/// What no page of the vendor shows.
const SEEN: &str = "Seen in third-party code only: the page of this panel was not found.";

const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("side", "Source or destination", How::Choose, &[SEEN]),
    noted("tenant", "Tenant", How::Select, &[SEARCH]),
    noted("container", "Container for auto map", How::Select, &[SEARCH]),
    microsoft365::ADMIN_URL,
    noted("delegated", "Delegated app profile", How::SelectSeveral, &[SEARCH]),
    noted("placeholder", "Placeholder account", How::Enter, &[SEEN]),
    noted("app_profile", "App profile", How::Select, &[SEARCH]),
    place("consent_user", "Consent user", How::Aside("the panel does not ask for it: a rule does")),
    DESCRIPTION,
];
