//! Details for tests of what shows them.

use crate::backend::Details;
use crate::domain::Connection;
use crate::domain::health::Findings;

/// What is known of a connection when nothing is but its record.
pub fn details(connection: Connection) -> Details {
    Details {
        connection,
        tenant: String::new(),
        credentials: String::new(),
        answers: Vec::new(),
        findings: Findings::unchecked(),
        expires_at: None,
        history: None,
    }
}
