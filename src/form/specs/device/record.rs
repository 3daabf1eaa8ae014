//! The device form's answers as a record, and back. D17, C4.

use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
    HeldKey,
};
use crate::domain::health::Directory;
use crate::domain::live::set;
use crate::domain::{Answers, Connection, Held, Listed, Side, rules};
use crate::form::check::{day_end, day_of};
use crate::form::{Key, Picked, Value, Values, edit};

use super::SPEC;
use crate::form::specs::common;

pub(super) fn build(values: &Values) -> Result<(Side, Answers), Key> {
    match values.choice("side") {
        Some("source") => {
            let source = DeviceAnswers::Source(Box::new(source(values)?));
            Ok((Side::Source, Answers::Device(source)))
        }
        Some("destination") => {
            let destination = DeviceAnswers::Destination(Box::new(destination(values)?));
            Ok((Side::Destination, Answers::Device(destination)))
        }
        _ => Err("side"),
    }
}

fn source(values: &Values) -> Result<DeviceSource, Key> {
    Ok(DeviceSource {
        client_id: rules::guid(values.text("client_id")).map_err(|_| "client_id")?,
        client_secret: secret(values, "client_secret")?,
        client_secret_expires: day_end(values.text("client_secret_expires")).map(|day| day.1),
        configuration_key: key(values, "configuration_key")?,
        local_admin: if values.toggle("local_admin") {
            Some(account(values, "local_admin_user", "local_admin_password")?)
        } else {
            None
        },
        entra: if values.toggle("entra") {
            Some(access(values, "source_tenant", "source_app_profile")?)
        } else {
            None
        },
    })
}

fn destination(values: &Values) -> Result<DeviceDestination, Key> {
    match values.choice("destination") {
        Some("active-directory") => {
            Ok(DeviceDestination::ActiveDirectory { rejoin: rejoin(values)? })
        }
        Some("hybrid") => Ok(DeviceDestination::Hybrid {
            entra: access(values, "tenant", "app_profile")?,
            rejoin: rejoin(values)?,
        }),
        Some("entra-id") => match values.choice("join") {
            Some("bulk-token") => {
                let tokens = values.tokens("bulk_tokens").to_vec();
                if tokens.is_empty() {
                    return Err("bulk_tokens");
                }
                Ok(DeviceDestination::EntraId {
                    entra: access(values, "tenant", "join_app_profile")?,
                    join: EntraJoin::BulkToken { tokens },
                })
            }
            Some("enrolment-file") => Ok(DeviceDestination::EntraId {
                entra: access(values, "tenant", "app_profile")?,
                join: EntraJoin::EnrolmentFile { path: text(values, "enrolment_path")? },
            }),
            _ => Err("join"),
        },
        _ => Err("destination"),
    }
}

fn rejoin(values: &Values) -> Result<DomainRejoin, Key> {
    match values.choice("rejoin") {
        Some("online") => Ok(DomainRejoin::Online {
            account: account(values, "domain_user", "domain_password")?,
            domain: text(values, "domain")?,
        }),
        Some("offline") => {
            Ok(DomainRejoin::Offline { connection_key: key(values, "connection_key")? })
        }
        _ => Err("rejoin"),
    }
}

fn account(values: &Values, user: Key, password: Key) -> Result<Account, Key> {
    Ok(Account { user: text(values, user)?, password: secret(values, password)? })
}

fn access(values: &Values, tenant: Key, app_profile: Key) -> Result<EntraAccess, Key> {
    let id = |key: Key| values.picks(key).first().map(|it| it.id.clone()).ok_or(key);
    Ok(EntraAccess { tenant: id(tenant)?, app_profile: id(app_profile)? })
}

fn text(values: &Values, key: Key) -> Result<String, Key> {
    let text = values.text(key);
    if text.is_empty() { Err(key) } else { Ok(text.to_owned()) }
}

fn secret(values: &Values, key: Key) -> Result<Held, Key> {
    values.secret(key).cloned().ok_or(key)
}

fn key(values: &Values, key: Key) -> Result<HeldKey, Key> {
    values.key(key).cloned().ok_or(key)
}

pub(super) fn prefill(connection: &Connection, directory: &Directory) -> Values {
    let mut values = edit::initial(&SPEC);
    common::prefill(&mut values, connection);
    common::prefill_side(&SPEC, &mut values, "side", connection.side);
    match &connection.answers {
        Answers::Device(DeviceAnswers::Source(source)) => prefill_source(&mut values, source),
        Answers::Device(DeviceAnswers::Destination(destination)) => {
            prefill_destination(&mut values, destination);
        }
        Answers::Listed(listed) => {
            common::prefill_listed(&mut values, "tenant", listed, directory);
            common::prefill_listed(&mut values, "source_tenant", listed, directory);
            prefill_live(&mut values, listed, connection.side, directory);
        }
        Answers::Groups(_) => {}
    }
    edit::refresh(&SPEC, &mut values, directory);
    values
}

/// What AvePoint Fly told of the app profile. A source that has one reads group memberships. D9.
fn prefill_live(values: &mut Values, listed: &Listed, side: Side, directory: &Directory) {
    let Some(live) = listed.live.as_deref() else { return };
    let id = set(&live.app_profile_id);
    let mut told =
        |tenant: Key, key: Key| common::prefill_told(&SPEC, values, (tenant, key), id, directory);
    match side {
        Side::Source => {
            if told("source_tenant", "source_app_profile") {
                values.set("entra", Value::Toggle(true));
            }
        }
        // Which of the two the destination asks is not known yet.
        Side::Destination => {
            told("tenant", "app_profile");
            told("tenant", "join_app_profile");
        }
        Side::Any | Side::Unknown => {}
    }
}

fn prefill_source(values: &mut Values, source: &DeviceSource) {
    values.set("side", Value::Choice("source"));
    values.set("client_id", Value::Text(source.client_id.to_string()));
    values.set("client_secret", Value::Secret(source.client_secret.clone()));
    if let Some(expires) = source.client_secret_expires {
        values.set("client_secret_expires", Value::Text(day_of(expires)));
    }
    values.set("configuration_key", Value::Key(source.configuration_key.clone()));
    if let Some(admin) = &source.local_admin {
        values.set("local_admin", Value::Toggle(true));
        prefill_account(values, admin, "local_admin_user", "local_admin_password");
    }
    if let Some(entra) = &source.entra {
        values.set("entra", Value::Toggle(true));
        prefill_access(values, entra, "source_tenant", "source_app_profile");
    }
}

fn prefill_destination(values: &mut Values, destination: &DeviceDestination) {
    values.set("side", Value::Choice("destination"));
    match destination {
        DeviceDestination::ActiveDirectory { rejoin } => {
            values.set("destination", Value::Choice("active-directory"));
            prefill_rejoin(values, rejoin);
        }
        DeviceDestination::Hybrid { entra, rejoin } => {
            values.set("destination", Value::Choice("hybrid"));
            prefill_access(values, entra, "tenant", "app_profile");
            prefill_rejoin(values, rejoin);
        }
        DeviceDestination::EntraId { entra, join } => {
            values.set("destination", Value::Choice("entra-id"));
            match join {
                EntraJoin::BulkToken { tokens } => {
                    values.set("join", Value::Choice("bulk-token"));
                    prefill_access(values, entra, "tenant", "join_app_profile");
                    values.set("bulk_tokens", Value::Tokens(tokens.clone()));
                }
                EntraJoin::EnrolmentFile { path } => {
                    values.set("join", Value::Choice("enrolment-file"));
                    prefill_access(values, entra, "tenant", "app_profile");
                    values.set("enrolment_path", Value::Text(path.clone()));
                }
            }
        }
    }
}

fn prefill_rejoin(values: &mut Values, rejoin: &DomainRejoin) {
    match rejoin {
        DomainRejoin::Online { account, domain } => {
            values.set("rejoin", Value::Choice("online"));
            values.set("domain", Value::Text(domain.clone()));
            prefill_account(values, account, "domain_user", "domain_password");
        }
        DomainRejoin::Offline { connection_key } => {
            values.set("rejoin", Value::Choice("offline"));
            values.set("connection_key", Value::Key(connection_key.clone()));
        }
    }
}

fn prefill_account(values: &mut Values, account: &Account, user: Key, password: Key) {
    values.set(user, Value::Text(account.user.clone()));
    values.set(password, Value::Secret(account.password.clone()));
}

fn prefill_access(values: &mut Values, entra: &EntraAccess, tenant: Key, app_profile: Key) {
    values.set(tenant, Value::One(Picked::missing(&entra.tenant)));
    values.set(app_profile, Value::One(Picked::missing(&entra.app_profile)));
}
