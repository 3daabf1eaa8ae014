//! The form of an Active Directory connection (types.md; its create-a-connection page, of which the end
//! was not read): side, database, and the key of the agent. It asks no tenant, profile or account.

use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory};
use crate::domain::key::KeyKind;
use crate::domain::{ConnectionType, Listed, Side, rules};
use crate::form::runbook::portal::{DESCRIPTION, How, Place, UNNAMED, noted, place};
use crate::form::{
    Check, Choice, Condition, Family, Field, Kind, Need, Note, Spec, Step, Tone, Value, Values,
};

use super::common;
use super::microsoft365::CONNECTION;
use Condition::{Always, Is, Replaced};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "ActiveDirectory",
    label: "Active Directory",
    help: "Users, groups and other objects of a domain",
};

/// Active Directory.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::ActiveDirectory,
    family: Family::Directory,
    side: "side",
    steps: &[
        Step {
            fields: &[common::NAME, common::TYPE, SIDE, DOMAIN, common::DESCRIPTION],
            ..CONNECTION
        },
        Step { key: "database", title: "Database", when: Always, fields: &[SQL, SQL_CONNECTION] },
        Step { key: "agent", title: "Agent", when: Always, fields: &[CONNECTION_KEY] },
    ],
    rules: &[common::RULES],
    panel: PANEL,
    needed: &[],
    permissions: "AvePoint Fly user guide, Install the Active Directory migration agent",
    summary,
    from_list,
};

const SIDE: Field = common::side(&[
    Choice { key: "source", label: "Source", help: "Objects are read from this domain" },
    Choice { key: "destination", label: "Destination", help: "Objects are created in this domain" },
]);

const DOMAIN: Field = Field::new(
    "domain",
    "Domain",
    "The DNS name of the domain, for the list and your colleagues. Not confirmed: whether the panel asks for it.",
    Kind::Text { check: Check::Domain, example: "corp.contoso.example" },
    Need::Optional,
);

const CUSTOM: Condition = Is("sql", "custom");

const SQL: Field = Field {
    notes: &[Note {
        when: CUSTOM,
        tone: Tone::Note,
        text: "The firewall of the Azure SQL server must let in the reserved IP addresses of AvePoint Online Services.",
    }],
    ..Field::new(
        "sql",
        "SQL database",
        "Where Fly keeps what it reads of the domain: its own database, or an Azure SQL database of yours.",
        Kind::Choice(&[
            Choice { key: "default", label: "Default", help: "The database of AvePoint Fly" },
            Choice { key: "custom", label: "Custom", help: "Your own Azure SQL database" },
        ]),
        Need::Required("choose a database"),
    )
};

/// It holds a password, so it is kept as a secret.
const SQL_CONNECTION: Field = Field {
    when: CUSTOM,
    ..Field::new(
        "sql_connection",
        "Azure SQL connection string",
        "The whole connection string with its password. It is kept sealed and never shown in lists, logs or exports.",
        Kind::Secret { check: Check::Any },
        Need::Required("paste the connection string of the Azure SQL database"),
    )
};

const CONNECTION_KEY: Field = Field {
    notes: &[Note {
        when: Replaced("connection_key"),
        tone: Tone::Change,
        text: "A new key does not reach an Active Directory agent that is installed already: it keeps the old one until it is set up again.",
    }],
    ..Field::new(
        "connection_key",
        "Connection key",
        "Generate it here and enter it when you install the Active Directory agent. Not confirmed: what the panel asks after the key.",
        Kind::Key(KeyKind::Connection),
        Need::Required("generate the connection key"),
    )
};

const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("side", "Source or destination", How::Choose, &[UNNAMED]),
    noted("sql", "SQL database", How::Choose, &[UNNAMED]),
    noted(
        "sql_connection",
        "Connection string",
        How::Secret("Azure SQL connection string"),
        &[UNNAMED],
    ),
    place(
        "connection_key",
        "Generate key",
        How::Generate("the Active Directory agent takes it when it is installed"),
    ),
    place("domain", "Domain", How::Aside("no page found says that the panel asks for it")),
    DESCRIPTION,
];

fn summary(sheet: &Sheet, _: &Directory, out: &mut Digest) {
    if let Some(domain) = sheet.text("domain") {
        domain.clone_into(&mut out.tenant_name);
    }
    let own = if sheet.choice("sql") == Some("custom") { " + own database" } else { "" };
    out.credentials = format!("AD agent key{own}");
}

/// A list names the domain in the place of a tenant.
fn from_list(_: &'static Spec, values: &mut Values, listed: &Listed, _: Side, _: &Directory) {
    if let Ok(domain) = rules::domain(&listed.tenant) {
        values.set("domain", Value::Text(domain));
    }
}
