//! What an app has, read from what an admin can export: a manifest or access tokens. SPEC P9.
//!
//! Text in, values out. Everything is bounded in size, and no error holds any of the text: it may
//! be a secret.

mod app;
mod found;
#[cfg(test)]
mod tests;
mod token;

use crate::files::encoding::NotText;
use crate::text::Spot;

pub use app::{AppManifest, ManifestForm, manifest};
pub(crate) use token::token;
pub use token::{TokenClaims, tokens};

/// Longest manifest that is read, in bytes. A real one has a few kilobytes.
pub const MAX_MANIFEST: usize = 1 << 20;
/// Longest input with tokens that is read, in bytes.
pub const MAX_TOKENS_TEXT: usize = 512 << 10;
/// Longest single token, in bytes. Entra's stay below 16 KiB.
pub const MAX_TOKEN: usize = 64 << 10;
/// Most tokens in one input: one per API is five.
pub const MAX_TOKENS: usize = 32;

/// What PowerShell has made of a token.
const PROTECTED: &str =
    "it is a SecureString: convert it with ConvertFrom-SecureString -AsPlainText";

/// Why an input was refused. One line each: what is wrong and what to do; never any of its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing in it.
    #[error("the input is empty: give an exported manifest or an access token")]
    Empty,
    /// Too long.
    #[error("the input is longer than {limit} bytes: this is not what a {what} looks like")]
    TooLong {
        /// `manifest` or `token`.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not text.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// A token where a manifest is expected.
    #[error("this is an access token, not a manifest: give it to the token check")]
    TokenNotManifest,
    /// A manifest where a token is expected.
    #[error(
        "this is a manifest or other JSON without an access token: give it to the manifest check"
    )]
    ManifestNotToken,
    /// A key or certificate where something else is expected.
    #[error(
        "this is a PEM key or certificate, which is not needed here: give a manifest or a token"
    )]
    Pem,
    /// Not JSON.
    #[error(
        "the manifest is not valid JSON at line {line}, column {column}: export it again, or check what was pasted"
    )]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A list that PowerShell has shown.
    #[error("{}", crate::files::table::PRINTED)]
    Printed,
    /// JSON, but no `requiredResourceAccess`.
    #[error("there is no requiredResourceAccess in it: export the manifest of an app registration")]
    NoAccessList,
    /// PowerShell left out what was deeper than it was asked to go.
    #[error("{}", crate::files::json::CUT)]
    Cut,
    /// More than one app in it.
    #[error("it holds {0} apps: export a single one")]
    SeveralApps(usize),
    /// An entry that is not as it should be.
    #[error("entry {at} of requiredResourceAccess: {what}")]
    Entry {
        /// Which API, from 1.
        at: usize,
        /// What is wrong, without any of the text.
        what: &'static str,
    },
    /// A token that cannot be read.
    #[error("token {at}: {what}")]
    Token {
        /// Which token, from 1.
        at: usize,
        /// What is wrong, without any of the text.
        what: &'static str,
    },
    /// The JSON around a token is broken.
    #[error(
        "token {at}: the JSON around it is broken at {spot}: pipe in the whole output, or the bare token"
    )]
    TokenJson {
        /// Which token, from 1.
        at: usize,
        /// Where.
        spot: Spot,
    },
    /// PowerShell protects the token in memory.
    #[error("token 1: {PROTECTED}")]
    Protected,
    /// A cache with tokens of several apps, named by their ids.
    #[error("the cache holds tokens of {0}: give the token of one, bare")]
    SeveralTokens(String),
    /// A cache with this many tokens, of which none is for an API that is checked.
    #[error(
        "the cache holds {0} access tokens, none of them for an API that is checked: sign in for Microsoft Graph first"
    )]
    NoneOfCache(usize),
    /// Too many tokens.
    #[error("more than {MAX_TOKENS} tokens: one per API is enough")]
    TooManyTokens,
}
