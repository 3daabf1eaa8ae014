//! What a scenario needs, and the steps to get there. SPEC P1-P8.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::catalogue::{
    Catalogue, Caution, Condition, Duty, Milestone, Need, Permission, Retirement, Row, StepRow,
    catalogue,
};
use super::scenario::Scenario;
use crate::domain::Cloud;

/// The thing that is needed.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// A permission; it goes into the manifest.
    Permission(&'static Permission),
    /// A role, license or membership; no manifest holds it.
    Duty(&'static Duty),
}

impl PartialEq for What {
    /// Rows of the one catalogue are equal when they are the same row.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Permission(a), Self::Permission(b)) => std::ptr::eq(*a, *b),
            (Self::Duty(a), Self::Duty(b)) => std::ptr::eq(*a, *b),
            (Self::Permission(_), Self::Duty(_)) | (Self::Duty(_), Self::Permission(_)) => false,
        }
    }
}

impl Eq for What {}

/// One thing that a scenario needs, with the need that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// What is needed.
    pub what: What,
    /// Why it applies here: jobs and condition.
    pub need: &'static Need,
    /// Cloud of the scenario, which decides names.
    pub cloud: Cloud,
}

impl Requirement {
    /// The permission, if it is one.
    pub const fn permission(&self) -> Option<&'static Permission> {
        match self.what {
            What::Permission(it) => Some(it),
            What::Duty(_) => None,
        }
    }

    /// The API's name, or who has to have the role or licence.
    pub fn owner(&self) -> &'static str {
        match self.what {
            What::Permission(it) => it.resource.name_in(self.cloud),
            What::Duty(it) => it.holder.label(),
        }
    }

    /// The group that it is listed in: its API, and one for all that no manifest holds.
    pub fn group(&self) -> &'static str {
        match self.what {
            What::Permission(_) => self.owner(),
            What::Duty(_) => "Roles and licenses",
        }
    }

    /// Who has to have a role or license; empty for a permission, which the app has.
    pub fn holder(&self) -> &'static str {
        match self.what {
            What::Permission(_) => "",
            What::Duty(_) => self.owner(),
        }
    }

    /// The permission's value, or the duty in a few words.
    pub fn name(&self) -> &'static str {
        match self.what {
            What::Permission(it) => &it.value,
            What::Duty(it) => &it.title,
        }
    }

    /// `Application`, `Delegated`, or what sort of duty it is.
    pub const fn kind(&self) -> &'static str {
        use super::catalogue::DutyKind;
        match self.what {
            What::Permission(it) => it.kind.label(),
            What::Duty(it) => match it.what {
                DutyKind::DirectoryRole => "Directory role",
                DutyKind::ExchangeRbac => "Exchange RBAC",
                DutyKind::ExchangeRole => "Exchange role",
                DutyKind::Licence => "License",
                DutyKind::Membership => "Membership",
                DutyKind::Impossible => "Obstacle",
            },
        }
    }

    /// What it is for.
    pub fn purpose(&self) -> &'static str {
        match self.what {
            What::Permission(it) => &it.purpose,
            What::Duty(it) => &it.text,
        }
    }

    /// Why it applies: `always`, `when …` or `unless …`.
    pub const fn condition(&self) -> &'static Condition {
        &self.need.when
    }

    /// What else to know, page mistakes included.
    pub fn notes(&self) -> Vec<String> {
        match self.what {
            What::Permission(it) => {
                let page = it.page_says.iter().map(|it| format!("The product page: {it}"));
                let other = it.alternatives.iter().map(|it| format!("Instead: {}", it.how));
                it.notes.iter().cloned().chain(other).chain(page).collect()
            }
            What::Duty(it) => {
                let roles: Vec<&str> = it.any_of.iter().map(|it| it.name.as_str()).collect();
                let one_of = (!roles.is_empty()).then(|| format!("One of: {}", roles.join(", ")));
                let unseen = it.unseen_alternative.iter().map(|it| format!("Note: {it}"));
                one_of.into_iter().chain(unseen).collect()
            }
        }
    }

    /// The retirement that takes it away, if one is announced.
    pub fn retiring(&self) -> Option<&'static Retirement> {
        match self.what {
            What::Permission(it) => it.retiring.as_deref(),
            What::Duty(it) => it.retiring.as_deref(),
        }
    }
}

impl Serialize for Requirement {
    /// A permission as its [`Row`] under `permission`, a duty by its words; always with `owner`,
    /// `name`, `kind`, `purpose`, `condition` and `notes`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Requirement", 7)?;
        out.serialize_field("owner", self.owner())?;
        out.serialize_field("name", self.name())?;
        out.serialize_field("kind", self.kind())?;
        out.serialize_field("purpose", self.purpose())?;
        out.serialize_field("condition", self.condition())?;
        out.serialize_field("notes", &self.notes())?;
        out.serialize_field("permission", &self.permission().map(|it| Row::of(it, self.cloud)))?;
        out.end()
    }
}

/// One step of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Short key, stable across versions.
    pub key: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What to do.
    pub text: &'static str,
    /// The line of SPEC.md.
    pub spec: &'static str,
}

/// A warning that goes with a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Short key, stable across versions.
    pub key: &'static str,
    /// What to know.
    pub text: &'static str,
    /// What happens when, where something is being retired.
    pub dates: &'static [Milestone],
    /// What to do about the retirement.
    pub what_to_do: Option<&'static str>,
}

impl Warning {
    /// The whole warning in lines: the text, each date with how sure it is, what to do.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.text.to_owned()];
        for date in self.dates {
            lines.push(format!("{}: {} ({})", date.on, date.what, date.sure.label()));
        }
        lines.extend(self.what_to_do.map(str::to_owned));
        lines
    }
}

/// Everything a scenario needs: permissions in the order of the manifest, then duties. P1-P8.
pub fn requirements(scenario: &Scenario) -> Vec<Requirement> {
    let all: &'static Catalogue = catalogue();
    let cloud = scenario.cloud;
    let permissions = all.permissions.iter().filter_map(|it| {
        let need = it.needs.iter().find(|need| need.applies(scenario))?;
        Some(Requirement { what: What::Permission(it), need, cloud })
    });
    let duties = all.duties.iter().filter_map(|it| {
        let need = it.needs.iter().find(|need| need.applies(scenario))?;
        Some(Requirement { what: What::Duty(it), need, cloud })
    });
    permissions.chain(duties).collect()
}

/// The steps to get there, in the order in which they are done. P2, P3, P7, P8.
pub fn checklist(scenario: &Scenario) -> Vec<Step> {
    let applies = |it: &&StepRow| it.needs.iter().any(|need| need.applies(scenario));
    let steps = catalogue().steps.iter().filter(applies);
    steps
        .map(|it| Step { key: &it.key, title: &it.title, text: &it.text, spec: &it.spec })
        .collect()
}

/// What to know before relying on the manifest of a scenario.
pub fn cautions(scenario: &Scenario) -> Vec<Warning> {
    let applies = |it: &&Caution| it.needs.iter().any(|need| need.applies(scenario));
    let cautions = catalogue().cautions.iter().filter(applies);
    cautions
        .map(|it| Warning {
            key: &it.key,
            text: &it.text,
            dates: it.retiring.as_ref().map_or(&[], |retirement| retirement.dates.as_slice()),
            what_to_do: it.retiring.as_ref().map(|retirement| retirement.what_to_do.as_str()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::catalogue::{DutyKind, Sure};
    use crate::permissions::scenario::{Geo, Job, Mailbox, Method};

    fn names(scenario: &Scenario) -> Vec<&'static str> {
        requirements(scenario).iter().map(Requirement::name).collect()
    }

    fn steps(scenario: &Scenario) -> Vec<&'static str> {
        checklist(scenario).iter().map(|it| it.key).collect()
    }

    #[test]
    fn the_fly_app_alone_needs_a_role_for_a_chosen_location() {
        // P2
        let mut scenario = Scenario::new(Method::FlyApp, Job::Copy);
        scenario.planner = false;
        assert!(requirements(&scenario).is_empty());
        assert_eq!(steps(&scenario)[..2], ["role-in-aos", "fly-app-profile"]);
        scenario.geo = Geo::Chosen;
        assert_eq!(names(&scenario), ["A directory role for the Fly app"]);
        let [requirement] = requirements(&scenario)[..] else { panic!("one") };
        assert!(requirement.notes()[0].contains("SharePoint Administrator"));
        // With a service account beside it the page asks for no role.
        scenario.method = Method::ServiceAndFlyApp;
        assert!(!names(&scenario).contains(&"A directory role for the Fly app"));
    }

    #[test]
    fn a_custom_app_has_four_steps_and_the_hour() {
        // P3
        let keys = steps(&Scenario::new(Method::CustomApp, Job::Merge));
        let order = ["certificate", "custom-app", "connect-tenant", "custom-app-profile"];
        let at: Vec<_> = order.iter().map(|key| keys.iter().position(|it| it == key)).collect();
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{keys:?}");
        assert!(keys.contains(&"wait-an-hour") && keys.contains(&"exchange-app-role"));
    }

    #[test]
    fn service_accounts_need_licence_role_and_ownership() {
        // P7
        for method in
            [Method::ServiceAccount, Method::ServiceAndFlyApp, Method::ServiceAndCustomApp]
        {
            let scenario = Scenario::new(method, Job::Both);
            let kinds: Vec<_> = requirements(&scenario).iter().map(Requirement::kind).collect();
            for kind in ["License", "Exchange role", "Membership"] {
                assert!(kinds.contains(&kind), "{method:?}: {kind}");
            }
            assert!(steps(&scenario).contains(&"service-account"));
        }
    }

    #[test]
    fn a_delegated_app_asks_for_ownership_or_groups_administrator() {
        // P8
        for method in [Method::FlyDelegated, Method::CustomDelegated] {
            let mut scenario = Scenario::new(method, Job::Merge);
            assert!(steps(&scenario).contains(&"delegated-mfa"));
            assert!(steps(&scenario).contains(&"wait-an-hour"));
            assert!(names(&scenario).contains(&"Groups Administrator for the consent user"));
            scenario.group_owner = true;
            assert!(names(&scenario).contains(&"Owner and member of the Groups"));
            assert!(!names(&scenario).contains(&"Groups Administrator for the consent user"));
        }
        let mut scenario = Scenario::new(Method::CustomDelegated, Job::Merge);
        assert!(names(&scenario).contains(&"Group.ReadWrite.All"));
        scenario.group_owner = true;
        assert!(names(&scenario).contains(&"Group.Read.All"));
        assert!(!names(&scenario).contains(&"Group.ReadWrite.All"));
    }

    #[test]
    fn fly_delegated_alone_cannot_choose_a_location() {
        // G4
        let mut scenario = Scenario::new(Method::FlyDelegated, Job::Copy);
        scenario.geo = Geo::Chosen;
        let obstacle = requirements(&scenario)
            .into_iter()
            .any(|it| matches!(it.what, What::Duty(duty) if duty.what == DutyKind::Impossible));
        assert!(obstacle);
    }

    #[test]
    fn ews_is_warned_of_with_dates_and_how_sure_they_are() {
        // P6
        for scenario in Scenario::all().filter(|it| it.method.no_manifest().is_none()) {
            let cautions = cautions(&scenario);
            let ews = cautions.iter().find(|it| it.key == "ews").unwrap();
            let sure: Vec<_> = ews.dates.iter().map(|it| (it.on.as_str(), it.sure)).collect();
            assert_eq!(sure, [("2026-10-01", Sure::Reported), ("2027-04-01", Sure::Reported)]);
            assert_eq!(ews.lines().len(), 4);
            let retiring = requirements(&scenario).iter().any(|it| it.retiring().is_some());
            assert!(retiring);
        }
    }

    #[test]
    fn rbac_replaces_full_access() {
        let mut scenario = Scenario::new(Method::CustomApp, Job::Copy);
        assert!(names(&scenario).contains(&"full_access_as_app"));
        scenario.mailbox = Mailbox::Rbac;
        assert!(!names(&scenario).contains(&"full_access_as_app"));
        assert!(names(&scenario).contains(&"Application EWS.AccessAsApp in Exchange"));
        assert!(steps(&scenario).contains(&"mailbox-rbac"));
    }

    #[test]
    fn requirements_become_json() {
        let scenario = Scenario::new(Method::CustomApp, Job::Copy);
        let json = serde_json::to_value(requirements(&scenario)).unwrap();
        assert_eq!(json[0]["permission"]["value"], "Domain.Read.All");
        assert_eq!(json[0]["condition"], "always");
    }
}
