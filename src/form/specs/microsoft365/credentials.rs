//! How a connection of Microsoft 365 signs in: an app profile, service accounts, delegated app profiles.
//! G6-G11.

use crate::domain::answers::Sheet;
use crate::domain::health::{Bit, Digest, Directory, Level};
use crate::domain::live::set;
use crate::domain::{Listed, ProfileKind, Side};
use crate::form::judge::kinds;
use crate::form::specs::common;
use crate::form::{
    Case, Choice, Condition, Field, Key, Kind, Link, Need, Note, Source, Spec, Step, Tone, Trait,
    Value, Values, When, rules,
};
use crate::text::{counted, named};

use Condition::{All, Answered, Any, Has, Is, Not, Single};

pub(in crate::form::specs) const NO_SERVICE: Condition = Is("service_auth", "none");
pub(in crate::form::specs) const LEGACY: Condition = Is("service_auth", "legacy");
pub(in crate::form::specs) const MODERN: Condition = Is("service_auth", "modern");
pub(in crate::form::specs) const NO_APP: Condition = Not(&Answered("app_profile"));

rules! {
    /// No credential at all; one that cannot be found is none. G6.
    NO_CREDENTIAL {
        id: "no-credential",
        level: Level::Error,
        bit: Some(Bit(56)),
        since: 4,
        refuses: true,
        fields: &["app_profile"],
        title: "No credential",
        word: "no credential",
        means: "The connection has no credential that the directory knows.",
        why: "Fly reaches Microsoft 365 with an app profile, with service accounts, or with both; with neither it can do nothing.",
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Pick an app profile, choose a service account, or import the directory again.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Holds(All(&[NO_SERVICE, Any(&[NO_APP, Has("app_profile", Trait::Missing)])]), |case| {
            match case.label("app_profile") {
                "" => "Neither an app profile nor a service account is set.".to_owned(),
                name => format!("The only credential, app profile {name}, is not in the directory."),
            }
        }),
    }
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
        means: "Accounts with MFA cannot use legacy authentication.",
        why: "Legacy authentication sends user name and password only, which an account with multi-factor authentication does not accept.",
        source: "AvePoint, tenant-to-tenant migration process",
        fix: "Choose modern authentication with a delegated app profile.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Holds(Has("accounts", Trait::Mfa), |case| {
            format!("MFA is enabled for {}.", accounts(case, Trait::Mfa))
        }),
    }
    /// A service account was read as disabled. F8.
    ACCOUNT_DISABLED {
        id: "account-disabled",
        level: Level::Error,
        bit: Some(Bit(52)),
        since: 5,
        fields: &["accounts"],
        title: "Disabled account",
        word: "disabled",
        means: "A service account was disabled when last read.",
        why: "Microsoft Entra ID lets no disabled account sign in.",
        source: "Microsoft, user resource type of Microsoft Graph: accountEnabled",
        fix: "Enable it in the Microsoft Entra admin center and refresh, or pick another.",
        with: "jetbridge directory refresh, or the form: enter on the audit screen",
        when: When::Holds(Has("accounts", Trait::Disabled), |case| {
            format!("Disabled: {}.", accounts(case, Trait::Disabled))
        }),
    }
    /// A service account was read as having no mailbox license. F8, P7.
    ACCOUNT_UNLICENSED {
        id: "account-unlicensed",
        level: Level::Error,
        bit: Some(Bit(50)),
        since: 5,
        fields: &["accounts"],
        title: "Account without a mailbox license",
        word: "no license",
        means: "A service account had no Exchange Online license when last read.",
        why: "AvePoint asks for a service account with an Exchange Online license.",
        source: "AvePoint, tenant-to-tenant migration process",
        fix: "Assign one in the Microsoft 365 admin center and refresh, or pick another account.",
        with: "jetbridge preflight --evidence, or the form: enter on the audit screen",
        when: When::Holds(Has("accounts", Trait::NoMailbox), |case| {
            format!("No mailbox license: {}.", accounts(case, Trait::NoMailbox))
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

/// The accounts that have a trait, by name.
fn accounts(case: &Case<'_>, with: Trait) -> String {
    let all = case.values.picks("accounts").iter().filter(|it| it.traits.has(with));
    named(all.map(|it| it.label.as_str()))
}

const SINGLE_ACCOUNT: Condition = All(&[LEGACY, Single("accounts"), NO_APP]);
const SINGLE_DELEGATED: Condition = All(&[MODERN, Single("delegated"), NO_APP]);

pub(in crate::form::specs) const APP_IS_FASTER: Note = Note {
    when: All(&[NO_APP, Any(&[LEGACY, MODERN])]),
    tone: Tone::Note,
    text: "An app profile is throttled less than accounts: add one to finish sooner.",
};

/// G6, G7, G11.
pub(in crate::form::specs) const APP_PROFILE: Field = Field {
    notes: &[APP_IS_FASTER],
    ..common::app_profile(
        "app_profile",
        "The Fly app or your own app in this tenant. Pick one, a service account authentication, or both; at least one is needed.",
        "tenant",
        ProfileKind::FOR_GROUPS,
        Need::Optional,
    )
};

/// G8.
pub(in crate::form::specs) const SERVICE_AUTH: Field = Field::new(
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
        Choice { key: "modern", label: "Modern", help: "Delegated app profiles; MFA may be on" },
    ]),
    Need::Required("choose how accounts sign in"),
);

/// G9, G11.
pub(in crate::form::specs) const ACCOUNTS: Field = Field {
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
pub(in crate::form::specs) const DELEGATED: Field = Field {
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

/// The step of a type whose page asks all of these, and no impersonation user.
pub(in crate::form::specs) const STEP: Step = Step {
    key: "credentials",
    title: "Credentials",
    when: Condition::Always,
    fields: &[APP_PROFILE, SERVICE_AUTH, ACCOUNTS, DELEGATED],
};

/// What a list reported: the tenant, and of AvePoint Fly one id of each sort of credential.
pub(in crate::form::specs) fn from_list(
    spec: &'static Spec,
    values: &mut Values,
    listed: &Listed,
    _: Side,
    directory: &Directory,
) {
    common::prefill_listed(spec, values, "tenant", listed, directory);
    let Some(live) = listed.live.as_deref() else { return };
    let mut reported = |key: Key, id: Option<&String>| {
        common::prefill_reported(spec, values, ("tenant", key), id, directory)
    };
    reported("app_profile", set(&live.app_profile_id));
    let delegated = reported("delegated", set(&live.delegated_profile_id));
    let legacy = reported("accounts", set(&live.service_account_id));
    if spec.field("service_auth").is_none() {
        return;
    }
    if legacy {
        values.set("service_auth", Value::Choice("legacy"));
    } else if delegated {
        values.set("service_auth", Value::Choice("modern"));
    }
}

/// What the list shows of the credentials.
pub(in crate::form::specs) fn summary(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    let app = kinds(sheet, "app_profile", directory).next();
    let app = app.map(|kind| kind.map_or("app profile", ProfileKind::label).to_owned());
    let (accounts, delegated) = (sheet.ids("accounts").len(), sheet.ids("delegated").len());
    let accounts = (accounts > 0).then(|| counted(accounts, "account"));
    let delegated = (delegated > 0).then(|| format!("{delegated} delegated"));
    out.credentials =
        app.into_iter().chain(accounts).chain(delegated).collect::<Vec<_>>().join(" + ");
}
