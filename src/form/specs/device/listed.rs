//! What a list reports of a device connection. D3, D9.

use crate::domain::health::Directory;
use crate::domain::live::set;
use crate::domain::{Listed, Side};
use crate::form::{Key, Spec, Value, Values};

use crate::form::specs::common;

/// What a list reported: the tenant, and of AvePoint Fly the app profile. A source that has one reads
/// group memberships. D9.
pub(super) fn from_list(
    spec: &'static Spec,
    values: &mut Values,
    listed: &Listed,
    side: Side,
    directory: &Directory,
) {
    common::prefill_listed(spec, values, "tenant", listed, directory);
    common::prefill_listed(spec, values, "source_tenant", listed, directory);
    let Some(live) = listed.live.as_deref() else { return };
    let id = set(&live.app_profile_id);
    let mut reported = |tenant: Key, key: Key| {
        common::prefill_reported(spec, values, (tenant, key), id, directory)
    };
    match side {
        Side::Source => {
            if reported("source_tenant", "source_app_profile") {
                values.set("entra", Value::Toggle(true));
            }
        }
        // Which of the two the destination asks is not known yet.
        Side::Destination => {
            reported("tenant", "app_profile");
            reported("tenant", "join_app_profile");
        }
        Side::Any | Side::Unknown => {}
    }
}
