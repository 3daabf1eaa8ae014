//! Rules about one record: what was answered in it.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// An answer that the form would refuse.
    INVALID_RECORD = Error "invalid-record", "Invalid answer",
        means: "The form would not take this record as it is saved.",
        why: "Records that come from files or from an older version passed other checks than the form's of today.",
        // SPEC G12, D17.
        source: "",
        fix: "Open it, correct the field and save.",
        with: "the form: enter on the audit screen, or e in the list";
    /// Not changed for a long time.
    STALE = Advice "stale", "Stale",
        means: "Nobody has changed this connection for a long time.",
        why: "Tenants, accounts and consents change; what nobody looked at may be from an earlier plan.",
        // SPEC C1, C6.
        source: "",
        fix: "Check it and save it again, or delete it; a deletion can be undone.",
        with: "jetbridge show NAME, then jetbridge delete NAME; or e and d in the list";
}
