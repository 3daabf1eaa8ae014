//! Bulk tokens. SPEC D15.
//!
//! No documented API mints a Microsoft Entra bulk token (graph.md §6), so the store makes a local
//! stand-in, `JBT1-` and 130 random bits in Crockford's base 32, five characters a group, by
//! which nobody takes it for a real one. The real one can be pasted. Both are kept when the
//! connection is saved with them.

use uuid::Uuid;

use crate::backend::{BackendError, TokenRequest};
use crate::domain::rules::{TEXT_MAX, printable};
use crate::domain::token::{BulkToken, TokenOrigin, check_expiry};
use crate::domain::{Held, Secret, Timestamp};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes that a stand-in is made of, five bits of each.
pub(crate) const ENTROPY: usize = 26;

/// Makes a token of a request. Used by every backend that keeps tokens itself.
pub(crate) fn issue(
    request: TokenRequest,
    id: Uuid,
    now: Timestamp,
    entropy: &[u8; ENTROPY],
) -> Result<BulkToken, BackendError> {
    let refuse = |text: String| Err(BackendError::Invalid(text));
    let display_name = match printable(&request.display_name, TEXT_MAX) {
        Ok(name) if name.is_empty() => return refuse("enter a display name for the token".into()),
        Ok(name) => name,
        Err(problem) => return refuse(format!("display name: {problem}")),
    };
    if let Err(error) = check_expiry(now, request.expires_at) {
        return refuse(error.to_string());
    }
    let (origin, value) = match request.pasted {
        None => (TokenOrigin::Local, stand_in(entropy)),
        Some(pasted) => {
            let text = pasted.expose().trim();
            if text.is_empty() {
                return refuse("paste the token, or create a local stand-in".into());
            }
            (TokenOrigin::Pasted, Secret::new(text))
        }
    };
    Ok(BulkToken {
        id: id.simple().to_string(),
        display_name,
        issued_at: now,
        expires_at: request.expires_at,
        origin,
        value: Held::New(value),
    })
}

fn stand_in(entropy: &[u8; ENTROPY]) -> Secret {
    let mut text = String::from("JBT1");
    for (at, byte) in entropy.iter().enumerate() {
        if at % 5 == 0 {
            text.push('-');
        }
        let symbol = ALPHABET.get(usize::from(byte & 31)).copied();
        text.push(char::from(symbol.unwrap_or(b'0')));
    }
    Secret::new(text)
}
