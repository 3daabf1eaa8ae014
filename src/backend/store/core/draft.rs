//! A form in progress as it is sealed: 1 and 16 bytes of the connection's id, or 0; length of the title
//! in 4 bytes; the title; the content.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::backend::FormDraft;
use crate::domain::ConnectionId;

/// The bytes to seal, in a buffer that never grows: growing would leave a copy behind.
pub(crate) fn pack(draft: &FormDraft) -> Zeroizing<Vec<u8>> {
    let (title, content) = (draft.title.as_bytes(), draft.content.expose().as_bytes());
    let mut out = Zeroizing::new(Vec::with_capacity(1 + 16 + 4 + title.len() + content.len()));
    match draft.connection {
        None => out.push(0),
        Some(id) => {
            out.push(1);
            out.extend(id.0.as_bytes());
        }
    }
    out.extend(u32::try_from(title.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(title);
    out.extend(content);
    out
}

/// Connection, title and content of an opened one.
pub(crate) fn unpack(plain: &[u8]) -> Option<(Option<ConnectionId>, &[u8], &[u8])> {
    let (connection, rest) = match plain.split_first()? {
        (0, rest) => (None, rest),
        (1, rest) => {
            let (id, rest) = rest.split_first_chunk::<16>()?;
            (Some(ConnectionId(Uuid::from_bytes(*id))), rest)
        }
        _ => return None,
    };
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (title, content) =
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((connection, title, content))
}

/// Puts a text of the same length in the place of another, without a copy.
pub(crate) fn rename(plain: &mut [u8], before: &str, after: &str) {
    let found: Vec<usize> = memchr::memmem::find_iter(plain, before.as_bytes()).collect();
    for at in found {
        if let Some(part) =
            plain.get_mut(at..at + after.len()).filter(|_| before.len() == after.len())
        {
            part.copy_from_slice(after.as_bytes());
        }
    }
}
