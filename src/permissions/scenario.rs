//! The choices that decide what is needed. SPEC P1, P6.

use serde::{Deserialize, Serialize};

use crate::domain::{Cloud, ProfileKind};

/// Declares a choice once: variant, word for files and the command line, name on screen.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $slug:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$about])* #[serde(rename = $slug)] $variant),+ }

        impl $name {
            /// Every choice, in the order that a screen shows them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in files and on the command line.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),+ }
            }

            /// The name on screen.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

choice! {
    /// How the connection signs in. P1.
    Method {
        /// AvePoint's Fly app.
        FlyApp = "fly-app", "Fly app profile";
        /// The customer's own app with application permissions.
        CustomApp = "custom-app", "Custom app profile";
        /// User name and password, or a consent user behind another profile.
        ServiceAccount = "service-account", "Service account";
        /// AvePoint's Fly delegated app.
        FlyDelegated = "fly-delegated", "Fly delegated app profile";
        /// The customer's own app with delegated permissions.
        CustomDelegated = "custom-delegated", "Custom delegated app profile";
        /// Service account and Fly app together.
        ServiceAndFlyApp = "service-and-fly-app", "Service account and Fly app profile";
        /// Service account and custom app together.
        ServiceAndCustomApp = "service-and-custom-app", "Service account and custom app profile";
    }
}

impl Method {
    /// Why no manifest can be made, or `None` where the customer's own app wants one.
    pub const fn no_manifest(self) -> Option<&'static str> {
        match self {
            Self::CustomApp | Self::CustomDelegated | Self::ServiceAndCustomApp => None,
            Self::FlyApp | Self::FlyDelegated | Self::ServiceAndFlyApp => Some(
                "The app belongs to AvePoint and brings its own permissions; consent to it in AvePoint Online Services.",
            ),
            Self::ServiceAccount => Some(
                "A service account has roles and licenses, not API permissions; see the checklist.",
            ),
        }
    }

    /// The methods to check for one Groups connection, by the kind of its app profile, whether it
    /// has legacy service accounts, and the kinds of its delegated profiles. G6-G10.
    ///
    /// A delegated profile beside an app profile stands in for the service account, and has its
    /// own permissions to check: two methods then. Empty while no credential is chosen.
    pub fn for_credentials(
        app: Option<ProfileKind>,
        legacy: bool,
        delegated: &[ProfileKind],
    ) -> Vec<Self> {
        let beside = legacy || !delegated.is_empty();
        let mut out = Vec::new();
        match app {
            Some(ProfileKind::Fly) if beside => out.push(Self::ServiceAndFlyApp),
            Some(ProfileKind::Fly) => out.push(Self::FlyApp),
            Some(ProfileKind::Custom) if beside => out.push(Self::ServiceAndCustomApp),
            Some(ProfileKind::Custom) => out.push(Self::CustomApp),
            // The form does not offer others as the app profile of a Groups connection.
            Some(_) | None if legacy => out.push(Self::ServiceAccount),
            Some(_) | None => {}
        }
        if delegated.contains(&ProfileKind::FlyDelegated) {
            out.push(Self::FlyDelegated);
        }
        if delegated.contains(&ProfileKind::CustomDelegated) {
            out.push(Self::CustomDelegated);
        }
        out
    }
}

choice! {
    /// What Aviator is to do. P4, P5.
    Job {
        /// Copy Groups into the destination.
        Copy = "copy", "Copy Group";
        /// Merge Groups into existing ones.
        Merge = "merge", "Merge Group";
        /// Either of them.
        Both = "both", "Copy and merge";
    }
}

impl Job {
    /// The single jobs it stands for.
    pub const fn parts(self) -> &'static [Self] {
        match self {
            Self::Copy => &[Self::Copy],
            Self::Merge => &[Self::Merge],
            Self::Both => &[Self::Copy, Self::Merge],
        }
    }
}

choice! {
    /// Where destination Groups are created. G4.
    Geo {
        /// The tenant has one location.
        Single = "single", "Not multi-geo";
        /// Multi-geo; the location is not chosen.
        Multi = "multi-geo", "Multi-geo, location left open";
        /// Multi-geo; Groups are created in a chosen location. `--multi-geo` means this.
        Chosen = "chosen-location", "Multi-geo, in a chosen location";
    }
}

choice! {
    /// How an app reaches mailboxes.
    Mailbox {
        /// `full_access_as_app`: all mailboxes.
        Ews = "ews", "All mailboxes (EWS)";
        /// An Exchange RBAC assignment: chosen mailboxes.
        Rbac = "rbac", "Chosen mailboxes (Exchange RBAC)";
    }
}

choice! {
    /// What is done with managed metadata.
    TermStore {
        /// Terms are migrated.
        Write = "write", "Read and write";
        /// The destination already has the same terms.
        Read = "read", "Read only";
    }
}

choice! {
    /// Something that holds for a scenario or not; conditions speak of these.
    Fact {
        /// [`Geo::Multi`] or [`Geo::Chosen`].
        MultiGeo = "multi-geo", "the destination tenant is multi-geo";
        /// [`Geo::Chosen`].
        ChosenLocation = "chosen-location", "Groups are created in a chosen location of a multi-geo tenant";
        /// Sensitivity labels are managed.
        Labels = "labels", "sensitivity labels are managed";
        /// Tenant discovery runs.
        Discovery = "discovery", "tenant discovery is used";
        /// Planners are migrated.
        Planner = "planner", "planners are migrated";
        /// [`Mailbox::Ews`].
        MailboxEws = "mailbox-ews", "the app reaches mailboxes without Exchange RBAC";
        /// [`Mailbox::Rbac`].
        MailboxRbac = "mailbox-rbac", "the app reaches mailboxes by Exchange RBAC";
        /// [`TermStore::Write`].
        TermStoreWrite = "term-store-write", "terms are migrated";
        /// [`TermStore::Read`].
        TermStoreRead = "term-store-read", "the destination already has the same terms";
        /// The consent user owns the Groups.
        GroupOwner = "group-owner", "the consent user already owns the Groups";
    }
}

/// One way of running the migration: everything that decides what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Scenario {
    /// How the connection signs in.
    pub method: Method,
    /// What it is for.
    pub job: Job,
    /// Cloud of the destination tenant.
    pub cloud: Cloud,
    /// Where Groups are created.
    pub geo: Geo,
    /// Whether sensitivity labels are managed.
    pub labels: bool,
    /// Whether tenant discovery runs.
    pub discovery: bool,
    /// Whether planners are migrated.
    pub planner: bool,
    /// How an app reaches mailboxes.
    pub mailbox: Mailbox,
    /// What is done with managed metadata.
    pub term_store: TermStore,
    /// Whether the consent user already owns the Groups; only a delegated app asks.
    pub group_owner: bool,
}

impl Scenario {
    /// The plain case: commercial cloud, one location, no labels, no discovery, planners migrated
    /// (the page asks for them always), EWS, terms written, consent user not an owner.
    pub const fn new(method: Method, job: Job) -> Self {
        Self {
            method,
            job,
            cloud: Cloud::Commercial,
            geo: Geo::Single,
            labels: false,
            discovery: false,
            planner: true,
            mailbox: Mailbox::Ews,
            term_store: TermStore::Write,
            group_owner: false,
        }
    }

    /// Whether a fact holds here.
    pub const fn holds(&self, fact: Fact) -> bool {
        match fact {
            Fact::MultiGeo => !matches!(self.geo, Geo::Single),
            Fact::ChosenLocation => matches!(self.geo, Geo::Chosen),
            Fact::Labels => self.labels,
            Fact::Discovery => self.discovery,
            Fact::Planner => self.planner,
            Fact::MailboxEws => matches!(self.mailbox, Mailbox::Ews),
            Fact::MailboxRbac => matches!(self.mailbox, Mailbox::Rbac),
            Fact::TermStoreWrite => matches!(self.term_store, TermStore::Write),
            Fact::TermStoreRead => matches!(self.term_store, TermStore::Read),
            Fact::GroupOwner => self.group_owner,
        }
    }

    /// Every combination there is, in a fixed order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::count()).map(|at| {
            let mut digits = Digits(at);
            Self {
                method: digits.pick(Method::ALL, Method::FlyApp),
                job: digits.pick(Job::ALL, Job::Both),
                cloud: digits.pick(&Cloud::ALL, Cloud::Commercial),
                geo: digits.pick(Geo::ALL, Geo::Single),
                labels: digits.pick(&[false, true], false),
                discovery: digits.pick(&[false, true], false),
                planner: digits.pick(&[false, true], false),
                mailbox: digits.pick(Mailbox::ALL, Mailbox::Ews),
                term_store: digits.pick(TermStore::ALL, TermStore::Write),
                group_owner: digits.pick(&[false, true], false),
            }
        })
    }

    /// How many combinations there are.
    pub const fn count() -> usize {
        Method::ALL.len()
            * Job::ALL.len()
            * Cloud::ALL.len()
            * Geo::ALL.len()
            * Mailbox::ALL.len()
            * TermStore::ALL.len()
            * 2usize.pow(4)
    }

    /// The scenario in one line, for titles and hand-offs.
    pub fn describe(&self) -> String {
        let mut parts = vec![
            self.method.label().to_owned(),
            self.job.label().to_owned(),
            self.cloud.label().to_owned(),
        ];
        match self.geo {
            Geo::Single => {}
            Geo::Multi | Geo::Chosen => parts.push(self.geo.label().to_owned()),
        }
        for (on, name) in [
            (self.labels, "labels"),
            (self.discovery, "discovery"),
            (!self.planner, "no planners"),
            (matches!(self.mailbox, Mailbox::Rbac), "mailboxes by RBAC"),
            (matches!(self.term_store, TermStore::Read), "terms read only"),
            (self.group_owner, "consent user owns the Groups"),
        ] {
            if on {
                parts.push(name.to_owned());
            }
        }
        parts.join(", ")
    }
}

/// A number read digit by digit, each in the base of its choice.
struct Digits(usize);

impl Digits {
    fn pick<T: Copy>(&mut self, from: &[T], otherwise: T) -> T {
        let base = from.len().max(1);
        let at = self.0 % base;
        self.0 /= base;
        from.get(at).copied().unwrap_or(otherwise)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_scenarios_are_different_and_as_many_as_counted() {
        let all: HashSet<Scenario> = Scenario::all().collect();
        assert_eq!(all.len(), Scenario::count());
        assert_eq!(Scenario::count(), 12_096);
    }

    #[test]
    fn every_fact_holds_somewhere_and_not_everywhere() {
        for fact in Fact::ALL {
            assert!(Scenario::all().any(|it| it.holds(*fact)), "{fact:?}");
            assert!(Scenario::all().any(|it| !it.holds(*fact)), "{fact:?}");
        }
    }

    #[test]
    fn credentials_of_a_connection_give_the_methods_to_check() {
        use ProfileKind::{Custom, CustomDelegated, Fly, FlyDelegated};
        let methods = Method::for_credentials;
        assert_eq!(methods(Some(Custom), false, &[]), [Method::CustomApp]);
        assert_eq!(methods(Some(Custom), true, &[]), [Method::ServiceAndCustomApp]);
        assert_eq!(methods(Some(Fly), true, &[]), [Method::ServiceAndFlyApp]);
        assert_eq!(methods(None, true, &[]), [Method::ServiceAccount]);
        assert_eq!(methods(None, false, &[FlyDelegated]), [Method::FlyDelegated]);
        assert_eq!(
            methods(Some(Custom), false, &[CustomDelegated]),
            [Method::ServiceAndCustomApp, Method::CustomDelegated]
        );
        assert!(methods(None, false, &[]).is_empty());
    }
}
