//! The form of an Exchange On-Premises connection (types.md; its create-a-connection page): an account,
//! and nothing else. Its destination is Exchange Online, so it is a source.

use crate::domain::ConnectionType;
use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory};
use crate::domain::{Listed, Side};
use crate::form::runbook::portal::{DESCRIPTION, How, Needed, Place, SEARCH, noted, place};
use crate::form::{
    Check, Choice, Condition, Family, Field, Kind, Link, Need, Note, Spec, Step, Tone, Values,
};

use super::common;
use super::microsoft365::{self, CONNECTION};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "HostedExchange",
    label: "Exchange On-Premises",
    help: "Mailboxes of your own Exchange servers",
};

/// Exchange On-Premises.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::HostedExchange,
    family: Family::OnPremises,
    side: "used_as",
    steps: &[
        Step { fields: &[common::NAME, common::TYPE, USED_AS, common::DESCRIPTION], ..CONNECTION },
        Step { key: "account", title: "Account", when: Condition::Always, fields: &[ACCOUNT] },
    ],
    rules: &[common::RULES],
    panel: PANEL,
    needed: NEEDED,
    permissions: "",
    summary,
    from_list,
};

const USED_AS: Field = Field {
    notes: &[Note {
        when: Condition::Is("used_as", "destination"),
        tone: Tone::Note,
        text: "Mailboxes of Exchange On-Premises move to Exchange Online: plan this one as a source.",
    }],
    ..microsoft365::USED_AS
};

/// A text: no list of the directory holds accounts that belong to no tenant.
const ACCOUNT: Field = Field {
    link: Some(Link::ServiceAccounts),
    ..Field::new(
        "account",
        "On-premises service account",
        "Its name in AvePoint Online Services, under Management > Service account. There it has the Exchange version, the server and a user principal name that has a mailbox.",
        Kind::Text { check: Check::Printable, example: "Contoso Exchange 2019" },
        Need::Required("enter the name of the on-premises service account"),
    )
};

const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("account", "On-premises service account", How::Select, &[SEARCH]),
    place(
        "used_as",
        "Used as",
        How::Aside("the panel does not ask for the side: it is for planning only"),
    ),
    DESCRIPTION,
];

const NEEDED: &[Needed] = &[(
    "account",
    None,
    "The service account is created in AvePoint Online Services first, with provider, version, host, user principal name and password.",
)];

fn summary(sheet: &Sheet, _: &Directory, out: &mut Digest) {
    if sheet.text("account").is_some() {
        "on-premises account".clone_into(&mut out.credentials);
    }
}

/// A list reports no more than name and side.
fn from_list(_: &'static Spec, _: &mut Values, _: &Listed, _: Side, _: &Directory) {}
