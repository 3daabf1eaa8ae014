//! What is sealed, and what opens it. Knows no database: an engine hands over the bytes of its rows.
//!
//! | file | holds |
//! |---|---|
//! | `datakeys`, `seal` | keys by purpose, and sealing with them |
//! | `members` | the data key, wrapped to the members of a team |
//! | `envelope`, `opener` | the data key, wrapped, and what opens and remembers it |
//! | `head` | what shows that the store is an older one or was altered |
//! | `locked` | the memory of keys |
//! | `unlock`, `keyfile`, `kdf`, `command`, `keyring` | where the wrapping key comes from |

pub(crate) mod command;
pub(crate) mod datakeys;
pub(crate) mod envelope;
pub(crate) mod head;
pub(crate) mod kdf;
pub(crate) mod keyfile;
pub(crate) mod keyring;
pub(crate) mod locked;
pub(crate) mod members;
pub(crate) mod opener;
pub(crate) mod seal;
pub(crate) mod unlock;
