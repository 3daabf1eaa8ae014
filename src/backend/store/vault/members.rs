//! The envelope of a team: the data key, wrapped to the public key of each member by HPKE (RFC 9180) in
//! its authenticated mode, so that it shows which member wrapped it. SPEC S5.
//!
//! Each wrap is bound to store, epoch, data key, and the member that it is for. A key that follows from the
//! data key authenticates the whole of it, so that whoever lacks the data key can add, drop or change
//! nobody. Who gives one the data key must be somebody whom this machine knows: a member of the list that it
//! saw last, or one whose fingerprint was compared.
//!
//! | bytes | what |
//! |---|---|
//! | 5 | `JBTM`, 1 |
//! | 16, 4, 8 | the store, the epoch, what names the data key |
//! | 2 | how many members; then for each: |
//! | 2 and … | its name |
//! | 32, 2 and …, 8 | its public key, who added it, when (microseconds) |
//! | 32, 32, 112 | who wrapped, the encapsulated key, the wrapped data key |
//! | 2 and … | data keys of before, sealed with this one: for drafts that nobody else can seal again |
//! | 32 | HMAC of everything above |

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem as _, OpModeR, OpModeS, Serializable};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::backend::BackendError;
use crate::domain::Secret;

use super::super::core::Result;
use super::datakeys::{DataKeys, Root, broken, damage};
use super::keyfile;
use super::seal::{self, KeyBytes, Place};

type Kem = X25519HkdfSha256;

/// How the envelope of a team begins.
pub(crate) const MAGIC: [u8; 4] = *b"JBTM";
const VERSION: u8 = 1;
const INFO: &[u8] = b"jetbridge team store 1";
const SEED: &str = "jbmk1:";
/// Most members of a store.
const MOST: usize = 500;
/// Length of a wrapped root.
const WRAPPED: usize = 96 + 16;
/// Data keys of before that are kept.
const OLDER: usize = 8;

/// What people compare of a public key: the start of its SHA-256, in eight groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberPrint([u8; 16]);

impl MemberPrint {
    /// Reads one as it is shown; capitals and what stands between the groups do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let between = |it: char| it.is_whitespace() || matches!(it, '-' | ':');
        let digits: String = text.chars().filter(|it| !between(*it)).collect();
        if digits.len() != 32 || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        let mut out = [0; 16];
        for (at, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for MemberPrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pair) in self.0.chunks(2).enumerate() {
            if at > 0 {
                f.write_str("-")?;
            }
            pair.iter().try_for_each(|it| write!(f, "{it:02x}"))?;
        }
        Ok(())
    }
}

/// The public key of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberKey([u8; 32]);

impl MemberKey {
    /// The key of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Its bytes.
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What people compare of it.
    pub fn print(&self) -> MemberPrint {
        let digest =
            Sha256::new().chain_update(b"jetbridge member").chain_update(self.0).finalize();
        let mut out = [0; 16];
        out.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        MemberPrint(out)
    }

    fn hpke(&self) -> Result<<Kem as hpke::Kem>::PublicKey> {
        Deserializable::from_bytes(&self.0).map_err(|_| damage("the key of a member is not a key"))
    }
}

/// The key pair of one person for one store.
pub(crate) struct OwnKey {
    seed: KeyBytes,
    public: MemberKey,
}

impl OwnKey {
    /// The key pair of a seed as the own vault keeps it.
    pub(crate) fn of(seed: &Secret) -> Result<Self> {
        let bad = || damage("what the own vault keeps as member key is none");
        let digits =
            seed.expose().strip_prefix(SEED).filter(|it| it.len() == 64).ok_or_else(bad)?;
        let mut key = KeyBytes::empty();
        for (at, byte) in key.iter_mut().enumerate() {
            let pair = digits.get(2 * at..2 * at + 2).ok_or_else(bad)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        let (_, public) = Kem::derive_keypair(&*key);
        let public = MemberKey(public.to_bytes().into());
        Ok(Self { seed: key, public })
    }

    /// The public part.
    pub(crate) const fn public(&self) -> MemberKey {
        self.public
    }

    fn wrap(&self, at: &Bound<'_>, root: &Root) -> Result<Wrap> {
        let failed = |_| damage("the data key cannot be wrapped");
        // The library draws from the same source, and would panic without it.
        seal::random::<1>().map_err(|it| broken("the data key", it))?;
        let plain = plain(root);
        let pair = Kem::derive_keypair(&*self.seed);
        let (enc, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Auth(pair),
            &at.key.hpke()?,
            INFO,
            &*plain,
            &at.bytes(),
        )
        .map_err(failed)?;
        let sealed = sealed.try_into().map_err(|_| damage("the data key cannot be wrapped"))?;
        Ok(Wrap { sender: self.public, enc: enc.to_bytes().into(), sealed })
    }

    fn unwrap(&self, at: &Bound<'_>, wrap: &Wrap) -> Result<Root> {
        let altered = |_| damage("the data key that is wrapped for this member was altered");
        let (secret, _) = Kem::derive_keypair(&*self.seed);
        let enc = Deserializable::from_bytes(&wrap.enc).map_err(altered)?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Auth(wrap.sender.hpke()?),
            &secret,
            &enc,
            INFO,
            &wrap.sealed,
            &at.bytes(),
        );
        let plain = Zeroizing::new(plain.map_err(altered)?);
        roots(&plain).pop().ok_or_else(|| damage("the wrapped data key is damaged"))
    }
}

/// A new seed, as the own vault keeps it.
///
/// # Errors
/// The system gave no random bytes.
pub fn new_member_seed() -> std::result::Result<Secret, BackendError> {
    let seed = seal::random_key().map_err(|it| broken("a member key", it))?;
    let digits = keyfile::hex(&*seed);
    let mut text = String::with_capacity(SEED.len() + 64);
    text.push_str(SEED);
    text.push_str(&digits);
    Ok(Secret::new(text))
}

/// The public key of a seed.
///
/// # Errors
/// It is no seed.
pub fn member_key(seed: &Secret) -> std::result::Result<MemberKey, BackendError> {
    OwnKey::of(seed).map(|it| it.public())
}

/// What a wrap is bound to.
struct Bound<'a> {
    store: Uuid,
    epoch: u32,
    data_id: [u8; 8],
    name: &'a str,
    key: MemberKey,
}

impl Bound<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut out = b"jetbridge team data key".to_vec();
        out.extend(self.store.as_bytes());
        out.extend(self.epoch.to_be_bytes());
        out.extend(self.data_id);
        out.extend(self.key.0);
        text(&mut out, self.name);
        out
    }
}

/// The data key for one member.
#[derive(Clone)]
pub(crate) struct Wrap {
    sender: MemberKey,
    enc: [u8; 32],
    sealed: [u8; WRAPPED],
}

/// A member.
#[derive(Clone)]
pub(crate) struct Member {
    /// The role that it signs in with.
    pub(crate) name: String,
    pub(crate) key: MemberKey,
    pub(crate) added_by: String,
    /// Microseconds since 1970.
    pub(crate) added_at: i64,
    /// `None`: it is wrapped when the envelope is made.
    pub(crate) wrap: Option<Wrap>,
}

/// Members whom this machine knows by their fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) all: Vec<(MemberPrint, String)>,
}

impl Known {
    pub(crate) fn has(&self, print: MemberPrint) -> bool {
        self.all.iter().any(|it| it.0 == print)
    }
}

/// The envelope of a team as its bytes show it; nothing is opened yet.
pub(crate) struct Team {
    pub(crate) store: Uuid,
    pub(crate) epoch: u32,
    pub(crate) data_id: [u8; 8],
    pub(crate) members: Vec<Member>,
    older: Vec<u8>,
    body: Vec<u8>,
    mac: [u8; 32],
}

fn text(out: &mut Vec<u8>, it: &str) {
    let length = u16::try_from(it.len()).unwrap_or(u16::MAX);
    out.extend(length.to_be_bytes());
    out.extend(it.as_bytes().get(..usize::from(length)).unwrap_or_default());
}

fn plain(root: &Root) -> Zeroizing<[u8; 96]> {
    let mut plain = Zeroizing::new([0; 96]);
    let all = root.data.iter().chain(root.index.iter()).chain(root.issued.iter());
    plain.iter_mut().zip(all).for_each(|(to, it)| *to = *it);
    plain
}

/// The roots in bytes that hold some; none where these are something else.
fn roots(plain: &[u8]) -> Vec<Root> {
    let (all, rest) = plain.as_chunks::<96>();
    if !rest.is_empty() {
        return Vec::new();
    }
    let root = |it: &[u8; 96]| {
        let (keys, _) = it.as_chunks::<32>();
        let [data, index, issued] = keys else { return None };
        Some(Root {
            data: KeyBytes::copy(data),
            index: KeyBytes::copy(index),
            issued: KeyBytes::copy(issued),
        })
    };
    all.iter().filter_map(root).collect()
}

/// Reads parts off bytes.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*part)
    }

    fn long(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(u16::from_be_bytes(self.take()?));
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }

    fn text(&mut self) -> Option<String> {
        Some(std::str::from_utf8(self.long()?).ok()?.to_owned())
    }
}

impl Team {
    /// Reads the bytes.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let rest = bytes.strip_prefix(&MAGIC).and_then(<[u8]>::split_first);
        if rest.is_some_and(|it| *it.0 > VERSION) {
            return Err(damage(
                "the data key is wrapped in a way that this jetbridge does not know: update jetbridge",
            ));
        }
        Self::parts(bytes).ok_or_else(|| damage("the list of members is damaged"))
    }

    fn parts(bytes: &[u8]) -> Option<Self> {
        let (body, mac) = bytes.split_last_chunk::<32>()?;
        let mut parts = Parts(body);
        (parts.take::<4>()? == MAGIC && parts.take::<1>()? == [VERSION]).then_some(())?;
        let store = Uuid::from_bytes(parts.take()?);
        let epoch = u32::from_be_bytes(parts.take()?);
        let data_id = parts.take()?;
        let count = usize::from(u16::from_be_bytes(parts.take()?));
        let mut members = Vec::new();
        for _ in 0..Some(count).filter(|it| *it <= MOST)? {
            members.push(Member {
                name: parts.text()?,
                key: MemberKey(parts.take()?),
                added_by: parts.text()?,
                added_at: i64::from_be_bytes(parts.take()?),
                wrap: Some(Wrap {
                    sender: MemberKey(parts.take()?),
                    enc: parts.take()?,
                    sealed: parts.take()?,
                }),
            });
        }
        let older = parts.long()?.to_vec();
        let (body, mac) = (body.to_vec(), *mac);
        parts.0.is_empty().then_some(Self { store, epoch, data_id, members, older, body, mac })
    }

    /// The members by their fingerprints.
    pub(crate) fn known(&self) -> Known {
        Known { all: self.members.iter().map(|it| (it.key.print(), it.name.clone())).collect() }
    }

    /// The data key, and those of before, for a member: from somebody whom this machine knows.
    pub(crate) fn open(
        &self,
        store: Uuid,
        own: &OwnKey,
        known: &Known,
    ) -> Result<(Root, Vec<Root>)> {
        let untrusted = |detail: &str| Err(BackendError::Untrusted { detail: detail.to_owned() });
        if self.store != store {
            return untrusted("the list of members is of another store");
        }
        let Some((member, wrap)) = self.members.iter().find_map(|it| {
            let wrap = it.wrap.as_ref().filter(|_| it.key == own.public)?;
            Some((it, wrap))
        }) else {
            return Err(match known.has(own.public.print()) {
                true => BackendError::Membership {
                    detail: "you are not among the members of this store any more".to_owned(),
                    hint: "Ask a member who removed you, and when; `jetbridge team members` lists them."
                        .to_owned(),
                },
                false => not_yet(own.public.print()),
            });
        };
        let sender = wrap.sender.print();
        if wrap.sender != own.public && !known.has(sender) {
            return Err(self.stranger(wrap.sender));
        }
        let root = own.unwrap(&self.bound(member), wrap)?;
        if root.id() != self.data_id {
            return untrusted("the data key was exchanged");
        }
        let keys = DataKeys::derive(store, root.clone());
        if keys.members_mac(&self.body) != self.mac {
            return untrusted("the list of members was altered: it is not as a member wrote it");
        }
        let older = match self.older.is_empty() {
            true => Vec::new(),
            false => {
                let place = older(store, self.epoch, &self.data_id);
                let plain =
                    seal::open(&root.data, Place::DataKey { store, header: &place }, &self.older);
                roots(&plain.map_err(|it| broken("the earlier data keys", it))?)
            }
        };
        Ok((root, older))
    }

    /// Who gives the data key to this member: its name, where it is a member, and its fingerprint.
    pub(crate) fn giver(&self, own: MemberKey) -> Option<(Option<String>, MemberPrint)> {
        let wrap = self.members.iter().find(|it| it.key == own)?.wrap.as_ref()?;
        let name = self.members.iter().find(|it| it.key == wrap.sender);
        Some((name.map(|it| it.name.clone()), wrap.sender.print()))
    }

    fn stranger(&self, sender: MemberKey) -> BackendError {
        let name = self.members.iter().find(|it| it.key == sender).map(|it| it.name.as_str());
        let name = crate::text::shown(name.unwrap_or("someone who is not a member")).into_owned();
        BackendError::Membership {
            detail: format!(
                "the data key comes from {name} with the fingerprint {}, whom this machine does not know",
                sender.print()
            ),
            hint: "Ask that person for the fingerprint by another way than the database; if it is the same, \
                   `jetbridge team join` takes it. If it is not, someone planted a key."
                .to_owned(),
        }
    }

    fn bound<'a>(&self, member: &'a Member) -> Bound<'a> {
        let Self { store, epoch, data_id, .. } = *self;
        Bound { store, epoch, data_id, name: &member.name, key: member.key }
    }
}

fn older(store: Uuid, epoch: u32, data_id: &[u8; 8]) -> Vec<u8> {
    let mut out = b"jetbridge older data keys".to_vec();
    out.extend(store.as_bytes());
    out.extend(epoch.to_be_bytes());
    out.extend(data_id);
    out
}

/// The own key is not in the list, and never was.
fn not_yet(print: MemberPrint) -> BackendError {
    BackendError::Membership {
        detail: "you are not a member yet: nobody has wrapped the data key for you".to_owned(),
        hint: format!(
            "`jetbridge team join` asks for it; then a member runs `jetbridge team invite` with your \
             fingerprint {print}."
        ),
    }
}

/// No key pair on this machine.
pub(crate) fn no_key() -> BackendError {
    BackendError::Membership {
        detail: "this machine has no member key for this store".to_owned(),
        hint: "`jetbridge team join` creates one and asks a member to invite you.".to_owned(),
    }
}

/// The bytes of the envelope of these members. Who has no wrap gets one from `own`.
pub(crate) fn made(
    own: &OwnKey,
    store: Uuid,
    epoch: u32,
    (root, before): (&Root, &[Root]),
    members: &[Member],
) -> Result<Vec<u8>> {
    if members.len() > MOST {
        return Err(BackendError::Invalid(format!("a store has at most {MOST} members")));
    }
    let data_id = root.id();
    let mut out = MAGIC.to_vec();
    out.push(VERSION);
    out.extend(store.as_bytes());
    out.extend(epoch.to_be_bytes());
    out.extend(data_id);
    out.extend(u16::try_from(members.len()).unwrap_or(u16::MAX).to_be_bytes());
    for member in members {
        let bound = Bound { store, epoch, data_id, name: &member.name, key: member.key };
        let wrap = match &member.wrap {
            Some(wrap) => wrap.clone(),
            None => own.wrap(&bound, root)?,
        };
        text(&mut out, &member.name);
        out.extend(member.key.0);
        text(&mut out, &member.added_by);
        out.extend(member.added_at.to_be_bytes());
        out.extend(wrap.sender.0);
        out.extend(wrap.enc);
        out.extend(wrap.sealed);
    }
    let before = before.get(..before.len().min(OLDER)).unwrap_or_default();
    let mut sealed = Vec::new();
    if !before.is_empty() {
        let mut all = Zeroizing::new(Vec::with_capacity(96 * before.len()));
        before.iter().for_each(|it| all.extend(*plain(it)));
        let place = older(store, epoch, &data_id);
        sealed = seal::seal(&root.data, Place::DataKey { store, header: &place }, &all)
            .map_err(|it| broken("the earlier data keys", it))?;
    }
    out.extend(u16::try_from(sealed.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(sealed);
    let mac = DataKeys::derive(store, root.clone()).members_mac(&out);
    out.extend(mac);
    Ok(out)
}

#[cfg(test)]
mod tests;
