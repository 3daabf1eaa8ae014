//! Rules about Exchange Web Services, which are going away. They stand before all others of their
//! level: what they find stops mailboxes from being migrated today.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// Exchange Web Services are off.
    EWS_OFF = Error "ews-off", "Exchange Web Services are off",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online has switched off for good.",
        why: "Exchange Online ends Exchange Web Services on 2027-04-01, whatever a tenant has set.",
        // SPEC P4, P5.
        source: "message MC1227454, as reported; catalogue of permissions",
        fix: "Ask AvePoint which permissions take the place of Exchange Web Services, and consent to those.",
        with: "jetbridge permissions requirements, jetbridge permissions check";
    /// Exchange Web Services are blocked unless allowed.
    EWS_RETIRING = Warning "ews-retiring", "Exchange Web Services are retiring",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online blocks, tenant by tenant from 2026-10-01, unless the tenant allows the app.",
        why: "From that day EwsEnabled must be true and the app's ID in EwsAllowedAppIDs; on 2027-04-01 Exchange Web Services end. Connections without a custom app are not listed: which API reaches their mailboxes is not known, so follow the step on Exchange Web Services of their checklist.",
        // SPEC P4, P5.
        source: "message MC1227454, as reported; Microsoft, Set-OrganizationConfig; catalogue of permissions",
        fix: "Check EwsEnabled and EwsAllowedAppIDs, allow the app in the tenant, and ask AvePoint for its plan.",
        with: "jetbridge permissions requirements, jetbridge permissions check; P in the list";
}
