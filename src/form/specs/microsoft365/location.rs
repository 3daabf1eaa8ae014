//! In which location of a multi-geo tenant something is created. G4.

use crate::domain::health::{Bit, Level};
use crate::form::{Condition, Field, Kind, Need, Source, Trait, When, rules};

use Condition::{All, Has, Is, On};

pub(in crate::form::specs) const MULTI_GEO: Condition = Has("tenant", Trait::MultiGeo);
/// A location is asked for. G4.
pub(in crate::form::specs) const LOCATED: Condition = All(&[MULTI_GEO, On("geo")]);

/// The box.
pub(in crate::form::specs) const GEO: Field = Field {
    when: MULTI_GEO,
    ..Field::new(
        "geo",
        "Create in a chosen location",
        "This tenant is multi-geo. Turn it on if what is migrated should be created in a specific location.",
        Kind::Toggle,
        Need::Optional,
    )
};

/// Which location.
pub(in crate::form::specs) const LOCATION: Field = Field {
    when: LOCATED,
    ..Field::new(
        "location",
        "Location",
        "Where it is created. What that takes depends on the credentials of the next step.",
        Kind::PickOne(Source::Locations { tenant: "tenant" }),
        Need::Required("pick a location, or turn the choice of a location off"),
    )
};

rules! {
    /// The chosen location is not one of the tenant's. G4.
    LOCATION_UNKNOWN {
        id: "location-unknown",
        level: Level::Warning,
        bit: Some(Bit(37)),
        since: 1,
        fields: &["location"],
        title: "Unknown location",
        word: "location",
        means: "The chosen location is not among the tenant's locations.",
        why: "New objects can be created in the locations of the destination tenant only.",
        source: "Microsoft, Microsoft 365 Multi-Geo",
        fix: "Choose another or update the tenant.",
        with: "the form, field Location: enter on the audit screen",
        when: When::Holds(Has("location", Trait::Missing), |case| {
            let tenant = Some(case.label("tenant")).filter(|it| !it.is_empty());
            format!("Location {} is not one of {}.", case.label("location"), tenant.unwrap_or("the tenant"))
        }),
    }
    /// A location is chosen for a source, which creates nothing. G4; the multi-geo page (fly.md §3)
    /// speaks of the destination alone.
    LOCATION_ON_SOURCE {
        id: "location-on-source",
        level: Level::Advice,
        bit: Some(Bit(11)),
        since: 2,
        fields: &["geo"],
        title: "Location chosen for a source",
        word: "location",
        means: "A location is chosen, but the connection is planned as a source, where it has no effect.",
        why: "AvePoint describes the choice for a destination multi-geo tenant: it sets where new objects are created.",
        source: "AvePoint, migration to a destination multi-geo tenant",
        fix: "Turn it off, or plan the connection as a destination.",
        with: "the form, field Create in a chosen location: enter on the audit screen",
        when: When::Holds(All(&[LOCATED, Is("used_as", "source")]), |case| {
            format!("Location {} is chosen for a source.", case.label("location"))
        }),
    }
}
