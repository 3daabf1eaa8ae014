//! Rules about credentials, beyond those of the list.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// Impersonation users whose license is not known.
    LICENCE_UNKNOWN = Advice "licence-unknown", "License not known",
        means: "Whether the impersonation users of a tenant have an Exchange Online license is not known here.",
        why: "AvePoint asks for an impersonation user with that license. Shown once per tenant, until the tenant's licensed users are imported.",
        // SPEC G7, P7.
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Look the users up in the Microsoft 365 admin center, and import those with the license as licensed_users of the tenant.",
        with: "jetbridge directory import FILE; its --help shows the column licensed_users";
    /// A certificate that has expired.
    CERTIFICATE_EXPIRED = Error "certificate-expired", "Expired certificate",
        means: "The certificate by which a context signs in has expired.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        // SPEC P3.
        source: "AvePoint, app registrations",
        fix: "Upload a new certificate to the app and point to it here.",
        with: "App registrations; then jetbridge context edit NAME";
    /// A certificate that expires soon.
    CERTIFICATE_EXPIRING = Warning "certificate-expiring", "Certificate expires soon",
        means: "The certificate by which a context signs in expires soon.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        // SPEC P3.
        source: "AvePoint, app registrations",
        fix: "Upload a new certificate beside the old one, then point to it here.",
        with: "App registrations; then jetbridge context edit NAME";
    /// A password below the policy; only with opened secrets.
    LOCAL_ADMIN_PASSWORD = Error "local-admin-password", "Weak local administrator password",
        means: "The password of the local administrator breaks the password rules, so the account cannot be created.",
        why: "Active Directory asks for at least 7 characters of 3 of the 4 kinds, and not the user name in it; the configuration may ask for more.",
        // SPEC D8.
        source: "Windows, password must meet complexity requirements",
        fix: "Set another password.",
        with: "the form, step Local admin: enter on the audit screen";
    /// One password for the devices of several connections.
    LOCAL_ADMIN_SHARED = Warning "local-admin-shared", "Shared local administrator password",
        means: "Several connections create local administrators with the same password.",
        why: "Who learns the password of one device then is administrator on the devices of every such connection.",
        // SPEC D8, E3.
        source: "",
        fix: "Give each connection a password of its own.",
        with: "the form, step Local admin: enter on the audit screen";
}
