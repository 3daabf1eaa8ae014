//! The form of a Microsoft 365 Groups connection. SPEC G1-G12.

mod judge;

use crate::domain::health::{Directory, Finding};
use crate::domain::live::set;
use crate::domain::{ConnectionType, Listed, ProfileKind, Side};
use crate::form::{
    Advice, Check, Choice, Condition, Field, Key, Kind, Link, Need, Refusal, Rule, Source, Spec,
    Step, Tone, Trait, Value, Values,
};

use crate::form::specs::common;
use Condition::{All, Answered, Any, Has, Is, Not, On, Single};

/// Microsoft 365 Groups.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::M365Group,
    side: "used_as",
    steps: &[
        Step {
            key: "connection",
            title: "Connection",
            when: Condition::Always,
            fields: &[common::NAME, common::TYPE, USED_AS, common::DESCRIPTION],
        },
        Step {
            key: "tenant",
            title: "Tenant",
            when: Condition::Always,
            fields: &[TENANT, GEO, LOCATION, CONTAINER],
        },
        Step {
            key: "credentials",
            title: "Credentials",
            when: Condition::Always,
            fields: &[APP_PROFILE, IMPERSONATION_USER, SERVICE_AUTH, ACCOUNTS, DELEGATED],
        },
    ],
    rules: &[
        // G6: at least one credential; one that cannot be found is none.
        Rule {
            when: All(&[Not(&Answered("app_profile")), NO_SERVICE]),
            field: "app_profile",
            message: "pick an app profile, or choose a service account authentication below",
        },
        Rule {
            when: All(&[Has("app_profile", Trait::Missing), NO_SERVICE]),
            field: "app_profile",
            message: "the only credential is not in the directory any more: pick another, or import the directory again",
        },
    ],
    judge: judge::judge,
    from_list,
};

const MULTI_GEO: Condition = Has("tenant", Trait::MultiGeo);
/// A location is asked for. G4.
const LOCATED: Condition = All(&[MULTI_GEO, On("geo")]);
const NO_SERVICE: Condition = Is("service_auth", "none");
const LEGACY: Condition = Is("service_auth", "legacy");
const MODERN: Condition = Is("service_auth", "modern");
const NO_APP: Condition = Not(&Answered("app_profile"));

/// The form of the product does not ask the side, but lists of connections tell it.
const USED_AS: Field = Field::new(
    "used_as",
    "Used as",
    "Which end of the migration it is planned for. It sorts and filters the list; the connection itself can serve either end.",
    Kind::Choice(&[
        Choice { key: "any", label: "Either end", help: "Not decided, or both" },
        Choice { key: "source", label: "Source", help: "Groups are read from this tenant" },
        Choice {
            key: "destination",
            label: "Destination",
            help: "Groups are written to this tenant",
        },
    ]),
    Need::Optional,
);

/// G3.
const TENANT: Field = Field {
    advice: &[common::missing("tenant")],
    ..common::tenant(
        "tenant",
        "Tenant",
        "The tenant whose groups are read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh. Another tenant empties the picks that belong to this one.",
    )
};

/// G4.
const GEO: Field = Field {
    when: MULTI_GEO,
    advice: &[
        Advice {
            when: All(&[LOCATED, Is("used_as", "source")]),
            tone: Tone::Note,
            text: "A location counts only where groups are written: it has no effect on a source.",
        },
        Advice {
            when: All(&[MULTI_GEO, Not(&On("geo"))]),
            tone: Tone::Note,
            text: "Without a location, groups keep the location of a multi-geo source; else they go to the central one.",
        },
    ],
    ..Field::new(
        "geo",
        "Create in a chosen location",
        "This tenant is multi-geo. Turn it on when Copy Group jobs shall create groups in one certain location of it.",
        Kind::Toggle,
        Need::Optional,
    )
};

/// G4: what the answers given mean for a chosen location.
const LOCATION_NEEDS_OTHER: Advice = Advice {
    when: All(&[
        LOCATED,
        NO_APP,
        MODERN,
        Has("delegated", Trait::FlyDelegated),
        Not(&Has("delegated", Trait::CustomDelegated)),
        // One that is not known may be the custom app that does.
        Not(&Has("delegated", Trait::Missing)),
    ]),
    tone: Tone::Problem(Finding::LocationNotServed),
    text: "Fly delegated profiles alone cannot create groups in a chosen location: use a custom delegated profile, or add an app profile.",
};
/// The page asks for it in every multi-geo destination, whether or not a location is chosen.
const GEO_CUSTOM_DELEGATED: Advice = Advice {
    when: All(&[
        MULTI_GEO,
        MODERN,
        Has("delegated", Trait::CustomDelegated),
        Not(&Is("used_as", "source")),
    ]),
    tone: Tone::Note,
    text: "In a multi-geo destination, the custom delegated app needs the delegated permission Directory.Read.All to copy Groups.",
};
const LOCATION_FLY_APP: Advice = Advice {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::FlyApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, give the Fly app the Global, SharePoint or Exchange Administrator role.",
};
const LOCATION_CUSTOM_APP: Advice = Advice {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::CustomApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, the custom app needs the permission Directory.ReadWrite.All.",
};

/// G4.
const LOCATION: Field = Field {
    when: LOCATED,
    advice: &[
        LOCATION_NEEDS_OTHER,
        GEO_CUSTOM_DELEGATED,
        LOCATION_FLY_APP,
        LOCATION_CUSTOM_APP,
        Advice {
            when: Has("location", Trait::Missing),
            tone: Tone::Problem(Finding::LocationUnknown),
            text: "The tenant does not have this location any more: pick one of its own.",
        },
    ],
    ..Field::new(
        "location",
        "Location",
        "Where Copy Group jobs create the groups. What it takes depends on the credentials of the next step.",
        Kind::PickOne(Source::Locations { tenant: "tenant" }),
        Need::Required("pick a location, or turn the choice of a location off"),
    )
};

/// G5.
const CONTAINER: Field = Field {
    advice: &[
        Advice {
            when: Has("container", Trait::Empty),
            tone: Tone::Problem(Finding::ContainerEmpty),
            text: "No objects are known in this container: run a scan job in AvePoint Online Services, then refresh.",
        },
        common::missing("container"),
    ],
    link: Some(Link::AutoDiscovery),
    ..Field::new(
        "container",
        "Container for auto map",
        "Its groups are offered for auto mapping. It is listed once a scan job has found objects in it; set up a scan profile (Auto Discovery) if there is none, then refresh.",
        Kind::PickOne(Source::Containers { tenant: "tenant" }),
        Need::Optional,
    )
};

/// G6, G7, G11.
const APP_PROFILE: Field = Field {
    advice: &[
        common::invalid("app_profile"),
        common::missing("app_profile"),
        LOCATION_FLY_APP,
        LOCATION_CUSTOM_APP,
        Advice {
            when: All(&[Answered("app_profile"), NO_SERVICE]),
            tone: Tone::Problem(Finding::AppProfileAlone),
            text: "Some objects are not supported with an app profile: for a complete migration add service accounts below.",
        },
        Advice {
            when: All(&[NO_APP, Any(&[LEGACY, MODERN])]),
            tone: Tone::Note,
            text: "An app profile is throttled less than accounts: add one to finish sooner.",
        },
    ],
    ..common::app_profile(
        "app_profile",
        "The Fly app or your own app in this tenant. Pick one, a service account authentication, or both; at least one is needed.",
        "tenant",
        ProfileKind::FOR_GROUPS,
        Need::Optional,
    )
};

/// G7.
const IMPERSONATION_USER: Field = Field {
    when: Has("app_profile", Trait::CustomApp),
    filled_by: Some("app_profile"),
    ..Field::new(
        "impersonation_user",
        "Impersonation user",
        "A user of this tenant with an Exchange Online licence; it tells Fly which tenant this is. What stands here wins over AvePoint Online Services.",
        Kind::Text { check: Check::Upn, example: "fly.user@contoso.example" },
        Need::Required("enter the user principal name of a user with an Exchange Online licence"),
    )
};

/// G8.
const SERVICE_AUTH: Field = Field::new(
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
const ACCOUNTS: Field = Field {
    when: LEGACY,
    advice: &[
        common::missing("accounts"),
        Advice {
            when: Has("accounts", Trait::MfaUnknown),
            tone: Tone::Note,
            text: "Whether an account here has MFA is not known: check it first, because jobs fail with MFA on.",
        },
        // MC1184649; Microsoft Tech Community 4499131. Whether Fly used that sign-in: not found.
        Advice {
            when: Answered("accounts"),
            tone: Tone::Note,
            text: "SharePoint Online ended legacy sign-in on 1 May 2026. Whether Fly relies on it is not known: test it first, or choose modern.",
        },
        Advice {
            when: All(&[Single("accounts"), NO_APP]),
            tone: Tone::Problem(Finding::SingleCredential),
            text: "A single account is throttled sooner: pick several of this tenant.",
        },
    ],
    refuse: &[Refusal {
        with: Trait::Mfa,
        why: "MFA is on, which legacy authentication cannot use: choose modern authentication with a delegated app profile",
    }],
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
const DELEGATED: Field = Field {
    when: MODERN,
    advice: &[
        common::invalid("delegated"),
        common::missing("delegated"),
        LOCATION_NEEDS_OTHER,
        GEO_CUSTOM_DELEGATED,
        Advice {
            when: All(&[Single("delegated"), NO_APP]),
            tone: Tone::Problem(Finding::SingleCredential),
            text: "A single delegated profile is throttled sooner: pick several of this tenant.",
        },
    ],
    link: Some(Link::AppProfiles),
    ..Field::new(
        "delegated",
        "Delegated app profiles",
        "One or several delegated profiles of this tenant; several are throttled less. If MFA was turned on after the consent, re-authorize the profile.",
        Kind::PickMany(Source::AppProfiles { tenant: "tenant", kinds: ProfileKind::DELEGATED }),
        Need::Required("pick at least one delegated app profile"),
    )
};

/// What a list told: the tenant, and of AvePoint Fly one id of each sort of credential.
fn from_list(values: &mut Values, listed: &Listed, _: Side, directory: &Directory) {
    common::prefill_listed(values, "tenant", listed, directory);
    let Some(live) = listed.live.as_deref() else { return };
    let mut told = |key: Key, id: Option<&String>| {
        common::prefill_told(&SPEC, values, ("tenant", key), id, directory)
    };
    told("app_profile", set(&live.app_profile_id));
    let delegated = told("delegated", set(&live.delegated_profile_id));
    let legacy = told("accounts", set(&live.service_account_id));
    if legacy {
        values.set("service_auth", Value::Choice("legacy"));
    } else if delegated {
        values.set("service_auth", Value::Choice("modern"));
    }
}
