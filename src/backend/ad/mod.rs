//! A domain of Active Directory as a machine outside of it sees it: records of its controllers, LDAP with
//! and without an account. Reads only. preflight.md §2.
//!
//! The LDAP client is our own: it has four requests (bind, unbind, search, StartTLS), so that nothing can be
//! written. `ldap3` has a request for each write, and bytes from outside make its decoder panic.

pub(crate) mod ber;
mod certificate;
mod code;
pub mod dns;
pub mod ldap;
pub mod sid;
pub mod tls;

pub use code::{BindCode, BindRefusal};
