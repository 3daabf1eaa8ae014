//! Rules that the health column of the list shows too. Level, id, meaning and remedy are those of
//! the finding; a test holds the two together.

use crate::audit::Rule;
use crate::domain::health::{Finding, Level};

rules! {
    /// [`Finding::Expired`]
    EXPIRED = Error "expired", "Expired credential",
        means: Finding::Expired.means(),
        why: "A bulk token is valid for up to 180 days and an app registration's secret for one to three years; after that, sign-ins fail.",
        // SPEC D5, D15.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: Finding::Expired.fix(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::AccountHasMfa`]
    ACCOUNT_HAS_MFA = Error "account-has-mfa", "Legacy account with MFA",
        means: Finding::AccountHasMfa.means(),
        why: "Legacy authentication sends user name and password only, which an account with multi-factor authentication refuses.",
        // SPEC G9.
        source: "AvePoint, tenant-to-tenant migration process",
        fix: Finding::AccountHasMfa.fix(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::ProfileInvalid`]
    PROFILE_INVALID = Error "profile-invalid", "App profile is invalid",
        means: Finding::ProfileInvalid.means(),
        why: "A profile with delegated permissions turns invalid when its consent user's password is reset, the user is blocked or deleted, or licenses are removed.",
        // SPEC G6, P8.
        source: "AvePoint, app profiles for Microsoft tenants",
        fix: Finding::ProfileInvalid.fix(),
        with: "AvePoint Online Services, App management; then jetbridge directory import FILE";
    /// [`Finding::ProfileUnfit`]
    PROFILE_UNFIT = Error "profile-unfit", "App profile does not fit",
        means: Finding::ProfileUnfit.means(),
        why: "Modern authentication and a bulk token take profiles with delegated permissions, other fields those of an app; the portal does not offer the others there.",
        // SPEC G6, G10, D13, D15.
        source: "AvePoint, create a connection for Microsoft 365 Groups and for devices",
        fix: Finding::ProfileUnfit.fix(),
        with: "the form, field App profile: enter on the audit screen";
    /// [`Finding::NoImpersonationUser`]
    NO_IMPERSONATION_USER = Error "no-impersonation-user", "No impersonation user",
        means: Finding::NoImpersonationUser.means(),
        why: "With a custom app profile, the impersonation user identifies the tenant; what is set in the connection overrides AvePoint Online Services.",
        // SPEC G7.
        source: "",
        fix: Finding::NoImpersonationUser.fix(),
        with: "the form, field Impersonation user: enter on the audit screen";
    /// [`Finding::LocationNotServed`]
    LOCATION_NOT_SERVED = Error "location-not-served", "Location out of reach",
        means: Finding::LocationNotServed.means(),
        why: "AvePoint states that a connection with the Fly delegated app profile alone cannot create in a chosen location, and names a custom delegated app profile instead.",
        // SPEC G4.
        source: "AvePoint, migration to a destination multi-geo tenant",
        fix: Finding::LocationNotServed.fix(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::Incomplete`]
    INCOMPLETE = Warning "incomplete", "Incomplete record",
        means: Finding::Incomplete.means(),
        why: "A list reports name, type, side and tenant only, no credential, so nothing can be checked before the migration.",
        // SPEC C1, G12, D17.
        source: "",
        fix: Finding::Incomplete.fix(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::LocationUnknown`]
    LOCATION_UNKNOWN = Warning "location-unknown", "Unknown location",
        means: Finding::LocationUnknown.means(),
        why: "Groups can be created in the locations of the destination tenant only.",
        // SPEC G4.
        source: "Microsoft, Microsoft 365 Multi-Geo",
        fix: Finding::LocationUnknown.fix(),
        with: "the form, field Location: enter on the audit screen";
    /// [`Finding::ObjectMissing`]
    OBJECT_MISSING = Warning "object-missing", "Picked object not found",
        means: Finding::ObjectMissing.means(),
        why: "What was deleted or renamed in AvePoint Online Services cannot be used by a migration.",
        // SPEC G3, G5, G6.
        source: "",
        fix: Finding::ObjectMissing.fix(),
        with: "jetbridge directory import FILE, or the form: enter on the audit screen";
    /// [`Finding::Expiring`]
    EXPIRING = Warning "expiring", "Credential expires soon",
        means: Finding::Expiring.means(),
        why: "A migration that outlives its credential stops half way.",
        // SPEC D5, D15.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: Finding::Expiring.fix(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::ShareNotUnc`]
    SHARE_NOT_UNC = Warning "share-not-unc", "Share path is not UNC",
        means: Finding::ShareNotUnc.means(),
        why: "An agent runs as a service and does not see the drives that a user mapped; a share is reached by its UNC path from both environments.",
        // SPEC D16.
        source: "AvePoint, create a connection for devices",
        fix: Finding::ShareNotUnc.fix(),
        with: "the form, field Enrolment file path: enter on the audit screen";
    /// [`Finding::LocalAdminName`]
    LOCAL_ADMIN_NAME = Warning "local-admin-name", "Local administrator has a built-in name",
        means: Finding::LocalAdminName.means(),
        why: "An account that is there already is not created again, and the built-in Administrator is disabled on Windows clients.",
        // SPEC D8.
        source: "Windows, local accounts",
        fix: Finding::LocalAdminName.fix(),
        with: "the form, step Local admin: enter on the audit screen";
    /// [`Finding::LocalToken`]
    LOCAL_TOKEN = Warning "local-token", "Stand-in bulk token",
        means: Finding::LocalToken.means(),
        why: "A token that the local store issued is for planning; Microsoft Entra ID does not know it.",
        // SPEC D15.
        source: "",
        fix: Finding::LocalToken.fix(),
        with: "the form, field Bulk token: enter on the audit screen";
    /// [`Finding::ExpiryUnknown`]
    EXPIRY_UNKNOWN = Advice "expiry-unknown", "Expiry not known",
        means: Finding::ExpiryUnknown.means(),
        why: "A secret of an app registration lives one to three years, and AvePoint Online Services shows it only once.",
        // SPEC D5.
        source: "AvePoint, app registrations",
        fix: Finding::ExpiryUnknown.fix(),
        with: "the form, field Secret expires on: enter on the audit screen";
    /// [`Finding::ContainerEmpty`]
    CONTAINER_EMPTY = Advice "container-empty", "Empty container",
        means: Finding::ContainerEmpty.means(),
        why: "Auto map pairs what a scan found; without a finished scan there is nothing to pair.",
        // SPEC G5.
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: Finding::ContainerEmpty.fix(),
        with: "AvePoint Online Services, Auto discovery; then jetbridge directory import FILE";
    /// [`Finding::SingleCredential`]
    SINGLE_CREDENTIAL = Advice "single-credential", "One account or profile alone",
        means: Finding::SingleCredential.means(),
        why: "Microsoft 365 throttles per user; several accounts or delegated profiles of one connection share the load.",
        // SPEC G11.
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: Finding::SingleCredential.fix(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::AppProfileAlone`]
    APP_PROFILE_ALONE = Advice "app-profile-alone", "App profile alone",
        means: Finding::AppProfileAlone.means(),
        why: "An app profile is throttled less, but a few objects and settings take a user's sign-in.",
        // SPEC G11.
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: Finding::AppProfileAlone.fix(),
        with: "the form, step Credentials: enter on the audit screen";
}
