//! Rules about credentials, beyond those of the list.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// Exchange Web Services are off.
    EWS_OFF = Error "ews-off", "Exchange Web Services are off",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online has switched off for good.",
        why: "Exchange Online ends Exchange Web Services on 2027-04-01, whatever a tenant has set.",
        source: "SPEC P4, P5; message MC1227454, as reported; catalogue of permissions",
        mend: "Ask AvePoint which permissions take the place of Exchange Web Services, and consent to those.",
        with: "jetbridge permissions requirements, jetbridge permissions check";
    /// Exchange Web Services are blocked unless allowed.
    EWS_RETIRING = Warning "ews-retiring", "Exchange Web Services are retiring",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online blocks from 2026-10-01 unless the tenant allows the app.",
        why: "From that day EwsEnabled must be true and the app's id must stand in EwsAllowedAppIDs; on 2027-04-01 Exchange Web Services end.",
        source: "SPEC P4, P5; Microsoft, access to EWS; catalogue of permissions",
        mend: "Allow the app in the tenant, and ask AvePoint for its plan.",
        with: "jetbridge permissions requirements, jetbridge permissions check; P in the list";
    /// An impersonation user whose licence is not known.
    LICENCE_UNKNOWN = Advice "licence-unknown", "Licence not known",
        means: "Whether the impersonation user has an Exchange Online licence is not known here.",
        why: "Without that licence the custom app cannot act on mailboxes; the directory that jetbridge keeps holds no licences.",
        source: "SPEC G7, P7",
        mend: "Look the user up in the Microsoft 365 admin center, then waive this finding.",
        with: "Microsoft 365 admin center, Active users; jetbridge audit --waivers FILE";
    /// A certificate that has expired.
    CERTIFICATE_EXPIRED = Error "certificate-expired", "Expired certificate",
        means: "The certificate by which a context signs in has expired.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        source: "SPEC P3; AvePoint, app registrations",
        mend: "Upload a new certificate to the app and point to it here.",
        with: "App registrations; then jetbridge context edit NAME";
    /// A certificate that expires soon.
    CERTIFICATE_EXPIRING = Warning "certificate-expiring", "Certificate expires soon",
        means: "The certificate by which a context signs in expires soon.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        source: "SPEC P3; AvePoint, app registrations",
        mend: "Upload a new certificate beside the old one, then point to it here.",
        with: "App registrations; then jetbridge context edit NAME";
    /// A password below the policy; only with opened secrets.
    LOCAL_ADMIN_PASSWORD = Error "local-admin-password", "Weak local administrator password",
        means: "The password of the local administrator breaks the password rules, so the account cannot be created.",
        why: "Active Directory asks for at least 7 characters of 3 of the 4 kinds, and not the user name in it; the configuration may ask for more.",
        source: "SPEC D8; Windows, password must meet complexity requirements",
        mend: "Set another password.",
        with: "the form, step Local admin: enter on the audit screen";
    /// One password for the devices of several connections.
    LOCAL_ADMIN_SHARED = Advice "local-admin-shared", "Shared local administrator password",
        means: "Several connections create local administrators with the same password.",
        why: "Who learns the password of one device then is administrator on the devices of every such connection.",
        source: "SPEC D8, E3",
        mend: "Give each connection a password of its own.",
        with: "the form, step Local admin: enter on the audit screen";
}
