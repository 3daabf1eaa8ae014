//! What forms of Microsoft 365 types share: the credentials, what goes with them, and what they mean.
//! G3-G11; the create-a-connection pages ask the same of each.

use crate::domain::answers::Sheet;
use crate::domain::health::{Bit, Digest, Directory, Level};
use crate::domain::live::set;
use crate::domain::{Listed, ProfileKind, Side};
use crate::form::judge::kinds;
use crate::form::runbook::portal::{DESCRIPTION, How, Place, SEARCH, noted, place};
use crate::form::{
    Check, Choice, Condition, Demand, Field, Key, Kind, Link, Need, Note, Source, Spec, Tone,
    Trait, Value, Values, When, rules,
};
use crate::text::{counted, named};

use super::common;
use Condition::{All, Answered, Any, Has, Is, Not, On, Single};

pub(super) const MULTI_GEO: Condition = Has("tenant", Trait::MultiGeo);
/// A location is asked for. G4.
pub(super) const LOCATED: Condition = All(&[MULTI_GEO, On("geo")]);
pub(super) const NO_SERVICE: Condition = Is("service_auth", "none");
pub(super) const LEGACY: Condition = Is("service_auth", "legacy");
pub(super) const MODERN: Condition = Is("service_auth", "modern");
pub(super) const NO_APP: Condition = Not(&Answered("app_profile"));

/// G6: at least one credential; one that cannot be found is none.
pub(super) const DEMANDS: &[Demand] = &[
    Demand {
        when: All(&[Not(&Answered("app_profile")), NO_SERVICE]),
        field: "app_profile",
        message: "pick an app profile, or choose a service account authentication below",
    },
    Demand {
        when: All(&[Has("app_profile", Trait::Missing), NO_SERVICE]),
        field: "app_profile",
        message: "the only credential is not in the directory any more: pick another, or import the directory again",
    },
];

rules! {
    /// A legacy service account has MFA. G9.
    ACCOUNT_HAS_MFA {
        id: "account-has-mfa",
        level: Level::Error,
        bit: Some(Bit(57)),
        since: 1,
        refuses: true,
        fields: &["accounts"],
        title: "Legacy account with MFA",
        word: "MFA account",
        means: "Legacy authentication cannot use an account with MFA.",
        why: "Legacy authentication sends user name and password only, which an account with multi-factor authentication refuses.",
        source: "AvePoint, tenant-to-tenant migration process",
        fix: "Choose modern authentication with a delegated app profile.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Holds(Has("accounts", Trait::Mfa), |case| {
            let with_mfa = case.values.picks("accounts").iter().filter(|it| it.traits.has(Trait::Mfa));
            format!("MFA is enabled for {}.", named(with_mfa.map(|it| it.label.as_str())))
        }),
    }
    /// A custom app profile without impersonation user. G7.
    NO_IMPERSONATION_USER {
        id: "no-impersonation-user",
        level: Level::Error,
        bit: Some(Bit(51)),
        since: 1,
        refuses: true,
        fields: &["impersonation_user"],
        title: "No impersonation user",
        word: "no user",
        means: "A custom app profile needs an impersonation user.",
        why: "With a custom app profile, the impersonation user identifies the tenant; what is set in the connection overrides AvePoint Online Services.",
        fix: "Enter one that has an Exchange Online license.",
        with: "the form, field Impersonation user: enter on the audit screen",
        when: When::Holds(
            All(&[Has("app_profile", Trait::CustomApp), Not(&Answered("impersonation_user"))]),
            |_| "No impersonation user is set.".to_owned(),
        ),
    }
    /// The chosen location is not one of the tenant's. G4.
    LOCATION_UNKNOWN {
        id: "location-unknown",
        level: Level::Warning,
        bit: Some(Bit(37)),
        since: 1,
        fields: &["location"],
        title: "Unknown location",
        word: "location",
        means: "The chosen location is not among the tenant's locations.",
        why: "Groups can be created in the locations of the destination tenant only.",
        source: "Microsoft, Microsoft 365 Multi-Geo",
        fix: "Choose another or update the tenant.",
        with: "the form, field Location: enter on the audit screen",
        when: When::Holds(Has("location", Trait::Missing), |case| {
            let tenant = Some(case.label("tenant")).filter(|it| !it.is_empty());
            format!("Location {} is not one of {}.", case.label("location"), tenant.unwrap_or("the tenant"))
        }),
    }
    /// A location is chosen for a source, which creates nothing. G4; the multi-geo page (fly.md §3)
    /// speaks of the destination alone.
    LOCATION_ON_SOURCE {
        id: "location-on-source",
        level: Level::Advice,
        bit: Some(Bit(11)),
        since: 2,
        fields: &["geo"],
        title: "Location chosen for a source",
        word: "location",
        means: "A location is chosen, but the connection is planned as a source, where it has no effect.",
        why: "AvePoint describes the choice for a destination multi-geo tenant: it says where groups are created.",
        source: "AvePoint, migration to a destination multi-geo tenant",
        fix: "Turn it off, or plan the connection as a destination.",
        with: "the form, field Create in a chosen location: enter on the audit screen",
        when: When::Holds(All(&[LOCATED, Is("used_as", "source")]), |case| {
            format!("Location {} is chosen for a source.", case.label("location"))
        }),
    }
    /// The container holds nothing, or was never scanned. G5.
    CONTAINER_EMPTY {
        id: "container-empty",
        level: Level::Advice,
        bit: Some(Bit(17)),
        since: 1,
        fields: &["container"],
        title: "Empty container",
        word: "empty container",
        means: "The container holds no objects.",
        why: "Auto map pairs what a scan found; without a finished scan there is nothing to pair.",
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Run a scan job in AvePoint Online Services, then refresh.",
        with: "AvePoint Online Services, Auto discovery; then jetbridge directory import FILE",
        when: When::Holds(Has("container", Trait::Empty), |case| {
            format!("{} holds no objects, or was never scanned.", case.label("container"))
        }),
    }
    /// One account or delegated profile alone. G11.
    SINGLE_CREDENTIAL {
        id: "single-credential",
        level: Level::Advice,
        bit: Some(Bit(15)),
        since: 1,
        fields: &["accounts", "delegated"],
        title: "One account or profile alone",
        word: "one account",
        means: "A single account or delegated profile is throttled sooner.",
        why: "Microsoft 365 throttles per user; several accounts or delegated profiles of one connection share the load.",
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Add another of the same tenant.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Finds(|case, sink| {
            if SINGLE_ACCOUNT.holds(case.values) {
                sink.found("accounts", || "One service account and no app profile.".to_owned());
            } else if SINGLE_DELEGATED.holds(case.values) {
                sink.found("delegated", || {
                    "One delegated app profile and no app profile.".to_owned()
                });
            }
        }),
    }
}

const SINGLE_ACCOUNT: Condition = All(&[LEGACY, Single("accounts"), NO_APP]);
const SINGLE_DELEGATED: Condition = All(&[MODERN, Single("delegated"), NO_APP]);

pub(super) const APP_IS_FASTER: Note = Note {
    when: All(&[NO_APP, Any(&[LEGACY, MODERN])]),
    tone: Tone::Note,
    text: "An app profile is throttled less than accounts: add one to finish sooner.",
};

/// G6, G7, G11.
pub(super) const APP_PROFILE: Field = Field {
    notes: &[APP_IS_FASTER],
    ..common::app_profile(
        "app_profile",
        "The Fly app or your own app in this tenant. Pick one, a service account authentication, or both; at least one is needed.",
        "tenant",
        ProfileKind::FOR_GROUPS,
        Need::Optional,
    )
};

/// G7.
pub(super) const IMPERSONATION_USER: Field = Field {
    when: Has("app_profile", Trait::CustomApp),
    filled_by: Some("app_profile"),
    ..Field::new(
        "impersonation_user",
        "Impersonation user",
        "A user of this tenant with an Exchange Online license, by which Fly identifies the tenant. Overrides the user set in AvePoint Online Services.",
        Kind::Text { check: Check::Upn, example: "fly.user@contoso.example" },
        Need::Required("enter the user principal name of a user with an Exchange Online license"),
    )
};

/// G8.
pub(super) const SERVICE_AUTH: Field = Field::new(
    "service_auth",
    "Service account authentication",
    "How user accounts sign in. Legacy cannot use accounts with multi-factor authentication (MFA); for those choose modern.",
    Kind::Choice(&[
        Choice { key: "none", label: "None", help: "The app profile works alone" },
        Choice {
            key: "legacy",
            label: "Legacy",
            help: "Service accounts with a password and without MFA",
        },
        Choice {
            key: "modern",
            label: "Modern",
            help: "Delegated app profiles; MFA is no obstacle",
        },
    ]),
    Need::Required("choose how accounts sign in"),
);

/// G9, G11.
pub(super) const ACCOUNTS: Field = Field {
    when: LEGACY,
    notes: &[
        Note {
            when: Has("accounts", Trait::MfaUnknown),
            tone: Tone::Note,
            text: "Whether an account here has MFA is not known: check it first, because jobs fail with MFA on.",
        },
        // MC1184649; Microsoft Tech Community 4499131. Whether Fly used that sign-in: not found.
        Note {
            when: Answered("accounts"),
            tone: Tone::Note,
            text: "SharePoint Online ended legacy sign-in on 1 May 2026. Whether Fly relies on it is not known: test it first, or choose modern.",
        },
    ],
    link: Some(Link::ServiceAccounts),
    ..Field::new(
        "accounts",
        "Service accounts",
        "One or several accounts of this tenant; several share the load and are throttled less. Accounts with MFA cannot be picked.",
        Kind::PickMany(Source::ServiceAccounts { tenant: "tenant" }),
        Need::Required("pick at least one service account"),
    )
};

/// G10, G11.
pub(super) const DELEGATED: Field = Field {
    when: MODERN,
    link: Some(Link::AppProfiles),
    ..Field::new(
        "delegated",
        "Delegated app profiles",
        "One or several delegated profiles of this tenant; several are throttled less. If MFA was turned on after the consent, re-authorize the profile.",
        Kind::PickMany(Source::AppProfiles { tenant: "tenant", kinds: ProfileKind::DELEGATED }),
        Need::Required("pick at least one delegated app profile"),
    )
};

/// What a list reported: the tenant, and of AvePoint Fly one id of each sort of credential.
pub(super) fn from_list(
    spec: &'static Spec,
    values: &mut Values,
    listed: &Listed,
    _: Side,
    directory: &Directory,
) {
    common::prefill_listed(values, "tenant", listed, directory);
    let Some(live) = listed.live.as_deref() else { return };
    let mut reported = |key: Key, id: Option<&String>| {
        common::prefill_reported(spec, values, ("tenant", key), id, directory)
    };
    reported("app_profile", set(&live.app_profile_id));
    let delegated = reported("delegated", set(&live.delegated_profile_id));
    let legacy = reported("accounts", set(&live.service_account_id));
    if legacy {
        values.set("service_auth", Value::Choice("legacy"));
    } else if delegated {
        values.set("service_auth", Value::Choice("modern"));
    }
}

/// What the list shows of the credentials.
pub(super) fn summary(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    let app = kinds(sheet, "app_profile", directory).next();
    let app = app.map(|kind| kind.map_or("app profile", ProfileKind::label).to_owned());
    let (accounts, delegated) = (sheet.ids("accounts").len(), sheet.ids("delegated").len());
    let accounts = (accounts > 0).then(|| counted(accounts, "account"));
    let delegated = (delegated > 0).then(|| format!("{delegated} delegated"));
    out.credentials =
        app.into_iter().chain(accounts).chain(delegated).collect::<Vec<_>>().join(" + ");
}

/// The panel of the portal, in the order of the live panel of Groups (fly.md §3); the page of Teams asks
/// the same. Order and labels are those of the product, sentences our own; `geo` is said of the box for
/// a location.
pub(super) const fn panel(geo: &'static [&'static str]) -> [Place; 13] {
    [
        place("name", "Connection name", How::Enter),
        place("type", "Connection type", How::Choose),
        noted("tenant", "Tenant", How::Select, &[SEARCH]),
        noted(
            "geo",
            "Create in the following location of destination multi-geo tenant",
            How::Tick,
            geo,
        ),
        place("location", "Location of the destination multi-geo tenant", How::Select),
        noted("container", "Container for auto map", How::Select, &[SEARCH]),
        noted("app_profile", "App profile", How::Select, &[SEARCH]),
        noted(
            "impersonation_user",
            "Impersonation user",
            How::Enter,
            &[
                "The portal fills in the user of AvePoint Online Services: what you enter here overrides it.",
            ],
        ),
        place("service_auth", "Service account authentication", How::Choose),
        noted("accounts", "Service account", How::SelectSeveral, &[SEARCH]),
        noted("delegated", "Microsoft delegated app profile", How::SelectSeveral, &[SEARCH]),
        place("used_as", "Used as", How::Aside("the panel asks no side: it is for planning only")),
        DESCRIPTION,
    ]
}

/// The form of the product does not ask the side, but lists of connections report it.
pub(super) const fn used_as(choices: &'static [Choice]) -> Field {
    Field::new(
        "used_as",
        "Used as",
        "Source or destination of the migration it is planned for. It sorts and filters the list; the connection itself can be either.",
        Kind::Choice(choices),
        Need::Optional,
    )
}
