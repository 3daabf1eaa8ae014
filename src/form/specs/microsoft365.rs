//! What forms of Microsoft 365 types share: the credentials, what goes with them, and what they mean.
//! G3-G11; the create-a-connection pages ask the same of each.

use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Finding, impersonation_user};
use crate::domain::live::set;
use crate::domain::{Listed, ProfileKind, Side, Tenant};
use crate::form::judge::kinds;
use crate::form::runbook::portal::{DESCRIPTION, How, Place, SEARCH, noted, place};
use crate::form::{
    Advice, Check, Choice, Condition, Field, Key, Kind, Link, Need, Refusal, Rule, Source, Spec,
    Tone, Trait, Value, Values,
};
use crate::text::counted;

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
pub(super) const RULES: &[Rule] = &[
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
];

pub(super) const APP_IS_FASTER: Advice = Advice {
    when: All(&[NO_APP, Any(&[LEGACY, MODERN])]),
    tone: Tone::Note,
    text: "An app profile is throttled less than accounts: add one to finish sooner.",
};
pub(super) const SINGLE_DELEGATED: Advice = Advice {
    when: All(&[Single("delegated"), NO_APP]),
    tone: Tone::Problem(Finding::SingleCredential),
    text: "A single delegated profile is throttled sooner: pick several of this tenant.",
};
pub(super) const LOCATION_UNKNOWN: Advice = Advice {
    when: Has("location", Trait::Missing),
    tone: Tone::Problem(Finding::LocationUnknown),
    text: "The tenant does not have this location any more: pick one of its own.",
};
pub(super) const CONTAINER_EMPTY: Advice = Advice {
    when: Has("container", Trait::Empty),
    tone: Tone::Problem(Finding::ContainerEmpty),
    text: "No objects are known in this container: run a scan job in AvePoint Online Services, then refresh.",
};

/// G6, G7, G11.
pub(super) const APP_PROFILE: Field = Field {
    advice: &[common::invalid("app_profile"), common::missing("app_profile"), APP_IS_FASTER],
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
pub(super) const DELEGATED: Field = Field {
    when: MODERN,
    advice: &[common::invalid("delegated"), common::missing("delegated"), SINGLE_DELEGATED],
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
pub(super) fn from_list(
    spec: &'static Spec,
    values: &mut Values,
    listed: &Listed,
    _: Side,
    directory: &Directory,
) {
    common::prefill_listed(values, "tenant", listed, directory);
    let Some(live) = listed.live.as_deref() else { return };
    let mut told = |key: Key, id: Option<&String>| {
        common::prefill_told(spec, values, ("tenant", key), id, directory)
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

/// What the list shows of the credentials, and what is found of them and of the location.
pub(super) fn judge(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    let app = kinds(sheet, "app_profile", directory).next();
    let (accounts, delegated) = (sheet.ids("accounts").len(), sheet.ids("delegated").len());
    let mut words = Vec::new();
    if let Some(kind) = app {
        if kind == Some(ProfileKind::Custom) && impersonation_user(sheet, directory).is_none() {
            out.findings.insert(Finding::NoImpersonationUser);
        }
        words.push(kind.map_or("app profile", ProfileKind::label).to_owned());
    } else if accounts + delegated == 1 {
        out.findings.insert(Finding::SingleCredential);
    }
    if accounts > 0 {
        words.push(counted(accounts, "account"));
    }
    if delegated > 0 {
        words.push(format!("{delegated} delegated"));
    }
    out.credentials = words.join(" + ");
    let Some(location) = sheet.code("location") else { return };
    let known =
        |tenant: &Tenant| tenant.locations.iter().any(|it| it.eq_ignore_ascii_case(location));
    let tenant = sheet.tenant().and_then(|id| directory.tenant(id));
    if tenant.is_some_and(|tenant| !known(tenant)) {
        out.findings.insert(Finding::LocationUnknown);
    }
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
