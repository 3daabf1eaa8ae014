//! The device form's answers as a record, and back. D17, C4.

use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
    HeldKey,
};
use crate::domain::health::Directory;
use crate::domain::live::set;
use crate::domain::{Answers, Held, Listed, Side, rules};
use crate::form::check::day_end;
use crate::form::{Key, Value, Values};

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

/// What a list told: the tenant, and of AvePoint Fly the app profile. A source that has one reads
/// group memberships. D9.
pub(super) fn from_list(values: &mut Values, listed: &Listed, side: Side, directory: &Directory) {
    common::prefill_listed(values, "tenant", listed, directory);
    common::prefill_listed(values, "source_tenant", listed, directory);
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
