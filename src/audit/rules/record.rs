//! Rules about one record: what was answered in it.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// An answer that the form would refuse.
    INVALID_RECORD = Error "invalid-record", "Invalid answer",
        means: "The form would not take this record as it is saved.",
        why: "Records that come from files or from an older version passed other checks than the form's of today.",
        source: "SPEC G12, D17",
        mend: "Open it, correct the field and save.",
        with: "the form: enter on the audit screen, or e in the list";
    /// A path that other machines do not see.
    SHARE_NOT_UNC = Warning "share-not-unc", "Share path is not UNC",
        means: "The path of the enrolment file is on a drive letter that may be a mapped share, or is written in a way that Windows does not take.",
        why: "An agent runs as a service and does not see the drives that a user mapped; a share is reached by its UNC path from both environments.",
        source: "SPEC D16; AvePoint, create a connection for devices",
        mend: "Write the share as \\\\server\\share\\file.ppkg, or copy the file to C: of each device.",
        with: "the form, field Enrolment file path: enter on the audit screen";
    /// Notes that put the Active Directory agent on a domain controller.
    AGENT_ON_CONTROLLER = Warning "agent-on-controller", "Agent on a domain controller",
        means: "The description says that the Active Directory agent runs on a domain controller.",
        why: "The Active Directory agent belongs on a member server of the destination domain, not on a domain controller.",
        source: "SPEC D12; AvePoint, create a connection for devices",
        mend: "Install the agent on a member server with the connection key, then correct the description.",
        with: "the form, field Description: enter on the audit screen";
    /// A local administrator with the name of a built-in account.
    LOCAL_ADMIN_NAME = Warning "local-admin-name", "Local administrator has a built-in name",
        means: "The local administrator to create has the name of an account that Windows brings itself.",
        why: "An account that is there already is not created again, and the built-in Administrator is disabled on Windows clients.",
        source: "SPEC D8; Windows, local accounts",
        mend: "Choose another user name for the local administrator.",
        with: "the form, step Local admin: enter on the audit screen";
    /// Not changed for a long time.
    STALE = Advice "stale", "Stale",
        means: "Nobody has changed this connection for a long time.",
        why: "Tenants, accounts and consents change; what nobody looked at may be from an earlier plan.",
        source: "SPEC C1, C6",
        mend: "Check it and save it again, or delete it; a deletion can be undone.",
        with: "jetbridge show NAME, then jetbridge delete NAME; or e and d in the list";
}
