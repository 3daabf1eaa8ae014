//! The panel of the portal for Teams: it asks what the panel of Groups asks, whose order and labels it
//! has here. Source: the create-a-connection page of Teams.

use crate::form::runbook::portal::{DESCRIPTION, How, Place, SEARCH, noted, place};

pub(super) const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("tenant", "Tenant", How::Select, &[SEARCH]),
    noted(
        "geo",
        "Create in the following location of destination multi-geo tenant",
        How::Tick,
        &["The box shows for a multi-geo tenant only."],
    ),
    place("location", "Location of the destination multi-geo tenant", How::Select),
    noted("container", "Container for auto map", How::Select, &[SEARCH]),
    noted("app_profile", "App profile", How::Select, &[SEARCH]),
    noted(
        "impersonation_user",
        "Impersonation user",
        How::Enter,
        &["The portal fills in the user of AvePoint Online Services: what you enter here wins."],
    ),
    place("service_auth", "Service account authentication", How::Choose),
    noted("accounts", "Service account", How::SelectSeveral, &[SEARCH]),
    noted("delegated", "Microsoft delegated app profile", How::SelectSeveral, &[SEARCH]),
    place("used_as", "Used as", How::Aside("the panel asks no side: it is for planning only")),
    DESCRIPTION,
];
