//! The answers by type as a map: one visitor in place of a walk per question.

use super::{Answer, Objects, Sheet};
use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
};
use crate::domain::groups::{AppProfileUse, GroupsAnswers, ServiceAuthentication};
use crate::domain::{Answers, ObjectId, ObjectKind};

impl Answers {
    /// The answers by field key; `None`: its form was never filled in.
    pub fn sheet(&self) -> Option<Sheet> {
        let mut sheet = Sheet::default();
        match self {
            Self::Listed(_) => return None,
            Self::Groups(groups) => of_groups(&mut sheet, groups),
            Self::Device(DeviceAnswers::Source(source)) => of_source(&mut sheet, source),
            Self::Device(DeviceAnswers::Destination(it)) => of_destination(&mut sheet, it),
        }
        Some(sheet)
    }
}

impl Sheet {
    fn name(&mut self, key: &str, kind: ObjectKind, tenant: &ObjectId, ids: &[ObjectId]) {
        let (tenant, ids) = (tenant.clone(), ids.to_vec());
        self.set(key, Answer::Objects(Objects { kind, tenant, ids }));
    }

    fn object(&mut self, key: &str, kind: ObjectKind, tenant: &ObjectId, id: &ObjectId) {
        self.name(key, kind, tenant, std::slice::from_ref(id));
    }

    fn option(&mut self, key: &str, option: &str) {
        self.set(key, Answer::Choice(option.to_owned()));
    }
}

fn of_groups(sheet: &mut Sheet, groups: &GroupsAnswers) {
    let GroupsAnswers { tenant, location, container, app_profile, service } = groups;
    sheet.object("tenant", ObjectKind::Tenant, tenant, tenant);
    if let Some(code) = location {
        sheet.set("geo", Answer::On(true));
        sheet.set("location", Answer::Code(code.clone()));
    }
    if let Some(id) = container {
        sheet.object("container", ObjectKind::Container, tenant, id);
    }
    if let Some(AppProfileUse { profile, impersonation_user }) = app_profile {
        sheet.object("app_profile", ObjectKind::AppProfile, tenant, profile);
        if let Some(user) = impersonation_user {
            sheet.set("impersonation_user", Answer::Text(user.clone()));
        }
    }
    match service {
        None => sheet.option("service_auth", "none"),
        Some(ServiceAuthentication::Legacy { accounts }) => {
            sheet.option("service_auth", "legacy");
            sheet.name("accounts", ObjectKind::ServiceAccount, tenant, accounts);
        }
        Some(ServiceAuthentication::Modern { profiles }) => {
            sheet.option("service_auth", "modern");
            sheet.name("delegated", ObjectKind::AppProfile, tenant, profiles);
        }
    }
}

fn of_source(sheet: &mut Sheet, source: &DeviceSource) {
    let DeviceSource {
        client_id,
        client_secret,
        client_secret_expires,
        configuration_key,
        local_admin,
        entra,
    } = source;
    sheet.set("client_id", Answer::Text(client_id.to_string()));
    sheet.set("client_secret", Answer::Secret(client_secret.clone()));
    if let Some(day) = client_secret_expires {
        sheet.set("client_secret_expires", Answer::Day(*day));
    }
    sheet.set("configuration_key", Answer::Key(configuration_key.clone()));
    if let Some(admin) = local_admin {
        sheet.set("local_admin", Answer::On(true));
        of_account(sheet, admin, "local_admin_user", "local_admin_password");
    }
    if let Some(entra) = entra {
        sheet.set("entra", Answer::On(true));
        of_entra(sheet, entra, "source_tenant", "source_app_profile");
    }
}

fn of_destination(sheet: &mut Sheet, destination: &DeviceDestination) {
    match destination {
        DeviceDestination::ActiveDirectory { rejoin } => {
            sheet.option("destination", "active-directory");
            of_rejoin(sheet, rejoin);
        }
        DeviceDestination::Hybrid { entra, rejoin } => {
            sheet.option("destination", "hybrid");
            of_entra(sheet, entra, "tenant", "app_profile");
            of_rejoin(sheet, rejoin);
        }
        DeviceDestination::EntraId { entra, join } => {
            sheet.option("destination", "entra-id");
            match join {
                EntraJoin::BulkToken { tokens } => {
                    sheet.option("join", "bulk-token");
                    of_entra(sheet, entra, "tenant", "join_app_profile");
                    sheet.set("bulk_tokens", Answer::Tokens(tokens.clone()));
                }
                EntraJoin::EnrolmentFile { path } => {
                    sheet.option("join", "enrolment-file");
                    of_entra(sheet, entra, "tenant", "app_profile");
                    sheet.set("enrolment_path", Answer::Text(path.clone()));
                }
            }
        }
    }
}

fn of_rejoin(sheet: &mut Sheet, rejoin: &DomainRejoin) {
    match rejoin {
        DomainRejoin::Online { account, domain } => {
            sheet.option("rejoin", "online");
            sheet.set("domain", Answer::Text(domain.clone()));
            of_account(sheet, account, "domain_user", "domain_password");
        }
        DomainRejoin::Offline { connection_key } => {
            sheet.option("rejoin", "offline");
            sheet.set("connection_key", Answer::Key(connection_key.clone()));
        }
    }
}

fn of_account(sheet: &mut Sheet, account: &Account, user: &str, password: &str) {
    sheet.set(user, Answer::Text(account.user.clone()));
    sheet.set(password, Answer::Secret(account.password.clone()));
}

fn of_entra(sheet: &mut Sheet, entra: &EntraAccess, tenant: &str, app_profile: &str) {
    let EntraAccess { tenant: of, app_profile: id } = entra;
    sheet.object(tenant, ObjectKind::Tenant, of, of);
    sheet.object(app_profile, ObjectKind::AppProfile, of, id);
}
