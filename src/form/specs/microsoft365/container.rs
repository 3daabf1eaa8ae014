//! The container whose objects are offered for auto mapping. G5.

use crate::domain::health::{Bit, Level};
use crate::form::{Condition, Field, Kind, Link, Need, Source, Trait, When, rules};

use Condition::{Has, Is, Not};

/// The pick list.
pub(in crate::form::specs) const CONTAINER: Field = Field {
    link: Some(Link::AutoDiscovery),
    ..Field::new(
        "container",
        "Container for auto map",
        "Its objects are offered for auto mapping. It is listed once a scan job has found objects in it; set up a scan profile (Auto Discovery) if there is none, then refresh.",
        Kind::PickOne(Source::Containers { tenant: "tenant" }),
        Need::Optional,
    )
};

/// For types whose page asks it of a source only.
pub(in crate::form::specs) const OF_SOURCE: Field =
    Field { when: Not(&Is("used_as", "destination")), ..CONTAINER };

rules! {
    /// The container holds nothing, or was never scanned. G5.
    CONTAINER_EMPTY {
        id: "container-empty",
        level: Level::Advice,
        bit: Some(Bit(17)),
        since: 1,
        fields: &["container"],
        title: "Empty container",
        word: "empty container",
        means: "The container holds no objects.",
        why: "Auto map pairs what a scan found; without a finished scan there is nothing to pair.",
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Run a scan job in AvePoint Online Services, then refresh.",
        with: "AvePoint Online Services, Auto discovery; then jetbridge directory import FILE",
        when: When::Holds(Has("container", Trait::Empty), |case| {
            format!("{} holds no objects, or was never scanned.", case.label("container"))
        }),
    }
}
