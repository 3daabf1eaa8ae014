//! The address of the SharePoint admin center. SharePoint, OneDrive and Teams Chat ask it.

use crate::form::{Check, Condition, Field, Kind, Need, Note, Tone, Trait};

/// The pages do not say whether it may stay empty, so it is never required here.
pub(in crate::form::specs) const ADMIN_URL: Field = Field {
    notes: &[Note {
        when: Condition::Has("tenant", Trait::MultiGeo),
        tone: Tone::Note,
        text: "This tenant is multi-geo: enter the admin center URL of the location that is migrated.",
    }],
    filled_by: Some("tenant"),
    ..Field::new(
        "admin_url",
        "SharePoint admin center URL",
        "The address of the tenant's admin center, or your custom URL if it was changed. Filled in where the directory knows it. Not confirmed: whether it may stay empty.",
        Kind::Text { check: Check::Https, example: "https://contoso-admin.sharepoint.example" },
        Need::Optional,
    )
};
