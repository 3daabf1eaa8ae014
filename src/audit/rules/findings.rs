//! Rules that the health column of the list shows too. Level, id, meaning and remedy are those of
//! the finding; a test holds the two together.

use crate::audit::Rule;
use crate::domain::health::{Finding, Level};

rules! {
    /// [`Finding::Expired`]
    EXPIRED = Error "expired", "Expired credential",
        means: Finding::Expired.means(),
        why: "A bulk token lives at most 180 days and an app registration's secret one to three years; after that nothing signs in with it.",
        source: "SPEC D5, D15; Microsoft, bulk enrolment for Windows; AvePoint, app registrations",
        mend: Finding::Expired.mend(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::AccountHasMfa`]
    ACCOUNT_HAS_MFA = Error "account-has-mfa", "Legacy account with MFA",
        means: Finding::AccountHasMfa.means(),
        why: "Legacy authentication sends user name and password only, which an account with multi-factor authentication refuses.",
        source: "SPEC G9; AvePoint, tenant-to-tenant migration process",
        mend: Finding::AccountHasMfa.mend(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::ProfileInvalid`]
    PROFILE_INVALID = Error "profile-invalid", "App profile is invalid",
        means: Finding::ProfileInvalid.means(),
        why: "A profile with delegated permissions turns invalid when its consent user's password is reset, the user is blocked or deleted, or licences are removed.",
        source: "SPEC G6, P8; AvePoint, app profiles for Microsoft tenants",
        mend: Finding::ProfileInvalid.mend(),
        with: "AvePoint Online Services, App management; then jetbridge directory import FILE";
    /// [`Finding::ProfileUnfit`]
    PROFILE_UNFIT = Error "profile-unfit", "App profile does not fit",
        means: Finding::ProfileUnfit.means(),
        why: "Modern authentication and a bulk token take profiles with delegated permissions, other fields those of an app; the portal does not offer the others there.",
        source: "SPEC G6, G10, D13, D15; AvePoint, create a connection for Microsoft 365 Groups and for devices",
        mend: Finding::ProfileUnfit.mend(),
        with: "the form, field App profile: enter on the audit screen";
    /// [`Finding::NoImpersonationUser`]
    NO_IMPERSONATION_USER = Error "no-impersonation-user", "No impersonation user",
        means: Finding::NoImpersonationUser.means(),
        why: "With a custom app profile, the impersonation user identifies the tenant; what is set in the connection overrides AvePoint Online Services.",
        source: "SPEC G7",
        mend: Finding::NoImpersonationUser.mend(),
        with: "the form, field Impersonation user: enter on the audit screen";
    /// [`Finding::LocationNotServed`]
    LOCATION_NOT_SERVED = Error "location-not-served", "Location out of reach",
        means: Finding::LocationNotServed.means(),
        why: "AvePoint states that a connection with the Fly delegated app profile alone cannot create in a chosen location, and names a custom delegated app profile instead.",
        source: "SPEC G4; AvePoint, migration to a destination multi-geo tenant",
        mend: Finding::LocationNotServed.mend(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::Incomplete`]
    INCOMPLETE = Warning "incomplete", "Incomplete record",
        means: Finding::Incomplete.means(),
        why: "What a list tells is name, type, side and tenant: no credential, so nothing can be checked before the migration.",
        source: "SPEC C1, G12, D17",
        mend: Finding::Incomplete.mend(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::LocationUnknown`]
    LOCATION_UNKNOWN = Warning "location-unknown", "Unknown location",
        means: Finding::LocationUnknown.means(),
        why: "Groups can be created in the locations of the destination tenant only.",
        source: "SPEC G4; Microsoft, Microsoft 365 Multi-Geo",
        mend: Finding::LocationUnknown.mend(),
        with: "the form, field Location: enter on the audit screen";
    /// [`Finding::ObjectMissing`]
    OBJECT_MISSING = Warning "object-missing", "Picked object not found",
        means: Finding::ObjectMissing.means(),
        why: "What was deleted or renamed in AvePoint Online Services cannot be used by a migration.",
        source: "SPEC G3, G5, G6",
        mend: Finding::ObjectMissing.mend(),
        with: "jetbridge directory import FILE, or the form: enter on the audit screen";
    /// [`Finding::Expiring`]
    EXPIRING = Warning "expiring", "Credential expires soon",
        means: Finding::Expiring.means(),
        why: "A migration that outlives its credential stops half way.",
        source: "SPEC D5, D15; Microsoft, bulk enrolment for Windows; AvePoint, app registrations",
        mend: Finding::Expiring.mend(),
        with: "the form: enter on the audit screen, or e in the list";
    /// [`Finding::ShareNotUnc`]
    SHARE_NOT_UNC = Warning "share-not-unc", "Share path is not UNC",
        means: Finding::ShareNotUnc.means(),
        why: "An agent runs as a service and does not see the drives that a user mapped; a share is reached by its UNC path from both environments.",
        source: "SPEC D16; AvePoint, create a connection for devices",
        mend: Finding::ShareNotUnc.mend(),
        with: "the form, field Enrolment file path: enter on the audit screen";
    /// [`Finding::LocalAdminName`]
    LOCAL_ADMIN_NAME = Warning "local-admin-name", "Local administrator has a built-in name",
        means: Finding::LocalAdminName.means(),
        why: "An account that is there already is not created again, and the built-in Administrator is disabled on Windows clients.",
        source: "SPEC D8; Windows, local accounts",
        mend: Finding::LocalAdminName.mend(),
        with: "the form, step Local admin: enter on the audit screen";
    /// [`Finding::LocalToken`]
    LOCAL_TOKEN = Warning "local-token", "Stand-in bulk token",
        means: Finding::LocalToken.means(),
        why: "A token that the local store issued is for planning; Microsoft Entra ID does not know it.",
        source: "SPEC D15",
        mend: Finding::LocalToken.mend(),
        with: "the form, field Bulk token: enter on the audit screen";
    /// [`Finding::ExpiryUnknown`]
    EXPIRY_UNKNOWN = Advice "expiry-unknown", "Expiry not known",
        means: Finding::ExpiryUnknown.means(),
        why: "A secret of an app registration lives one to three years, and AvePoint Online Services shows it only once.",
        source: "SPEC D5; AvePoint, app registrations",
        mend: Finding::ExpiryUnknown.mend(),
        with: "the form, field Secret expires on: enter on the audit screen";
    /// [`Finding::ContainerEmpty`]
    CONTAINER_EMPTY = Advice "container-empty", "Empty container",
        means: Finding::ContainerEmpty.means(),
        why: "Auto map pairs what a scan found; without a finished scan there is nothing to pair.",
        source: "SPEC G5; AvePoint, create a connection for Microsoft 365 Groups",
        mend: Finding::ContainerEmpty.mend(),
        with: "AvePoint Online Services, Auto discovery; then jetbridge directory import FILE";
    /// [`Finding::SingleCredential`]
    SINGLE_CREDENTIAL = Advice "single-credential", "One account or profile alone",
        means: Finding::SingleCredential.means(),
        why: "Microsoft 365 throttles per user; several accounts or delegated profiles of one connection share the load.",
        source: "SPEC G11; AvePoint, create a connection for Microsoft 365 Groups",
        mend: Finding::SingleCredential.mend(),
        with: "the form, step Credentials: enter on the audit screen";
    /// [`Finding::AppProfileAlone`]
    APP_PROFILE_ALONE = Advice "app-profile-alone", "App profile alone",
        means: Finding::AppProfileAlone.means(),
        why: "An app profile is throttled less, but a few objects and settings take a user's sign-in.",
        source: "SPEC G11; AvePoint, create a connection for Microsoft 365 Groups",
        mend: Finding::AppProfileAlone.mend(),
        with: "the form, step Credentials: enter on the audit screen";
}
