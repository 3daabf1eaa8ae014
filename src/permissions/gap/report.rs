//! The outcome of a check, ready to be shown.

use serde::Serialize;

use super::evidence::{How, Source};
use crate::permissions::catalogue::Kind;
use crate::permissions::requirement::{Requirement, What};
use crate::permissions::scenario::Scenario;

/// Why something cannot be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Why {
    /// Exchange keeps it to itself: no token and no call of Graph shows it.
    Exchange,
    /// It belongs to an account or user, not to the app.
    Person,
    /// Nothing that was given speaks of it.
    NotAsked,
    /// Reading it was refused.
    Refused {
        /// The permission that it takes.
        needs: &'static str,
    },
    /// Reading it failed.
    Failed,
    /// Only a token that has ended had it.
    ExpiredToken,
    /// There are ids that the catalogue does not know, and 21Vianet may use its own.
    UnknownIds,
    /// Something else would do as well and cannot be seen.
    Unseen {
        /// What that is.
        alternative: &'static str,
    },
}

/// How a requirement stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing")]
pub enum Standing {
    /// Microsoft Graph lists the consent, or the role.
    Granted {
        /// The consent holds for a single user.
        one_user_only: bool,
    },
    /// A bigger permission includes it.
    CoveredBy {
        /// Value of the bigger one.
        bigger: String,
        /// How that one is known.
        how: How,
    },
    /// A token has it.
    SeenInToken {
        /// Microsoft Graph does not list the consent: it was withdrawn since.
        contradicted: bool,
    },
    /// The registration asks for it; nothing was given that shows consent.
    Declared,
    /// The registration asks for it, and it was not consented to.
    DeclaredNotConsented,
    /// It is there as the other kind.
    WrongKind {
        /// The kind that is there.
        has: Kind,
        /// How that is known.
        how: How,
    },
    /// It is not there.
    Missing,
    /// It cannot be known here.
    NotVerifiable(Why),
}

impl Standing {
    /// A word or two for a table.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "granted",
            Self::CoveredBy { .. } => "covered",
            Self::SeenInToken { contradicted: false } => "seen in token",
            Self::SeenInToken { contradicted: true } => "withdrawn",
            Self::Declared => "declared",
            Self::DeclaredNotConsented => "not consented",
            Self::WrongKind { .. } => "wrong kind",
            Self::Missing => "missing",
            Self::NotVerifiable(_) => "not verifiable",
        }
    }
}

/// One requirement with how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is needed.
    pub requirement: Requirement,
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// Whether the app falls short here.
    ///
    /// A permission that could not be established counts. A role, license or membership that
    /// nobody can see from here does not, or no check could ever end well; it is listed.
    pub gap: bool,
    /// What to do next, in a sentence or two.
    pub next_step: String,
}

impl Line {
    /// Whether the app has it, as far as consents and tokens show.
    pub fn is_met(&self) -> bool {
        match &self.standing {
            Standing::Granted { .. } | Standing::SeenInToken { contradicted: false } => true,
            Standing::CoveredBy { how, .. } => *how != How::Declared,
            Standing::SeenInToken { contradicted: true }
            | Standing::Declared
            | Standing::DeclaredNotConsented
            | Standing::WrongKind { .. }
            | Standing::Missing
            | Standing::NotVerifiable(_) => false,
        }
    }
}

/// A permission that the app has and the scenario does not need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// The API's name or id, cleaned.
    pub resource: String,
    /// The value or id, cleaned.
    pub value: String,
    /// Application or delegated.
    pub kind: Kind,
    /// Every way in which it is known.
    pub how: Vec<How>,
    /// Needed permissions that it covers: take it away only after adding those.
    pub covers: Vec<&'static str>,
    /// What to know about it.
    pub note: Option<&'static str>,
}

/// The result in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is there.
    Complete,
    /// Everything that can be seen from here is there.
    CompleteAsFarAsSeen,
    /// Something is missing or could not be established.
    Gaps,
}

/// How many requirements stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Granted.
    pub granted: usize,
    /// Covered by a bigger one.
    pub covered: usize,
    /// Seen in a token only.
    pub seen_in_token: usize,
    /// Declared; consent was not checked.
    pub declared: usize,
    /// Declared and not consented.
    pub not_consented: usize,
    /// There as the other kind.
    pub wrong_kind: usize,
    /// Missing.
    pub missing: usize,
    /// Not verifiable here.
    pub not_verifiable: usize,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was checked against.
    pub scenario: Scenario,
    /// One line per requirement, permissions first, in the order of the manifest.
    pub lines: Vec<Line>,
    /// What the app has beyond the need.
    pub beyond: Vec<Beyond>,
    /// Where was looked, and what was refused.
    pub sources: Vec<Source>,
    /// What to know about the result, one sentence or two each.
    pub warnings: Vec<String>,
}

impl Report {
    /// How many requirements of a group are met, of how many, in words. Where none could be looked at,
    /// that is what it says: nothing is missing as far as anybody knows.
    pub fn met_of(&self, group: &str) -> String {
        let all = self.lines.iter().filter(|it| it.requirement.group() == group);
        let met = all.clone().filter(|it| it.is_met()).count();
        let unknown = |it: &Line| matches!(it.standing, Standing::NotVerifiable(_));
        match all.clone().all(unknown) {
            true => format!("{} not verified", all.count()),
            false => format!("{met} of {}", all.count()),
        }
    }

    /// The lines where the app falls short.
    pub fn gaps(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|it| it.gap)
    }

    /// The result in one word.
    pub fn verdict(&self) -> Verdict {
        let unseen = |it: &Line| match it.standing {
            Standing::NotVerifiable(_) | Standing::Declared => true,
            Standing::CoveredBy { how, .. } => how == How::Declared,
            Standing::Granted { .. }
            | Standing::SeenInToken { .. }
            | Standing::DeclaredNotConsented
            | Standing::WrongKind { .. }
            | Standing::Missing => false,
        };
        if self.lines.iter().any(|it| it.gap) {
            Verdict::Gaps
        } else if self.lines.iter().any(unseen) {
            Verdict::CompleteAsFarAsSeen
        } else {
            Verdict::Complete
        }
    }

    /// How many requirements stand how.
    pub fn counts(&self) -> Counts {
        let mut out = Counts::default();
        for line in &self.lines {
            let slot = match line.standing {
                Standing::Granted { .. } => &mut out.granted,
                Standing::CoveredBy { .. } => &mut out.covered,
                Standing::SeenInToken { .. } => &mut out.seen_in_token,
                Standing::Declared => &mut out.declared,
                Standing::DeclaredNotConsented => &mut out.not_consented,
                Standing::WrongKind { .. } => &mut out.wrong_kind,
                Standing::Missing => &mut out.missing,
                Standing::NotVerifiable(_) => &mut out.not_verifiable,
            };
            *slot += 1;
        }
        out
    }

    /// The result in one line.
    pub fn summary(&self) -> String {
        let permissions = |it: &&Line| matches!(it.requirement.what, What::Permission(_));
        let needed = self.lines.iter().filter(permissions).count();
        let gaps = self.gaps().count();
        let unseen = self.counts().not_verifiable;
        let declared = self.counts().declared;
        let mut out = match self.verdict() {
            Verdict::Gaps => format!("{gaps} of {} requirements not met", self.lines.len()),
            Verdict::Complete | Verdict::CompleteAsFarAsSeen => {
                format!("all {needed} permissions are there")
            }
        };
        if declared > 0 {
            out.push_str(&format!("; {declared} declared only: consent was not checked"));
        }
        if unseen > 0 {
            out.push_str(&format!("; {unseen} cannot be verified from here"));
        }
        if !self.beyond.is_empty() {
            out.push_str(&format!("; {} more than needed", self.beyond.len()));
        }
        out
    }
}
