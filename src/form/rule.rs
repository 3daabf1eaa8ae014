//! What a rule is: it judges, has an id, and stands once, in a row beside the fields that it is
//! about. The form, the list, the audit and `audit explain` read the same row.

use std::borrow::Cow;

use super::{Condition, Field, Key, Picked, Spec, Values};
use crate::domain::Timestamp;
use crate::domain::health::{Bit, Findings, Level};
use crate::text::clause;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name in files and on the command line; never changes.
    pub id: &'static str,
    /// How bad it is; never [`Level::Good`].
    pub level: Level,
    /// Its place in the rows of the list, where it shows there. It decides the order too.
    pub bit: Option<Bit>,
    /// Version of the rules that brought it or changed what it finds: the highest of all, plus one.
    pub since: u16,
    /// Whether the form refuses what it finds, at its first field, so that it needs no advice beside it.
    pub refuses: bool,
    /// Fields that it is about; the first is where the audit leads to.
    pub fields: &'static [Key],
    /// What was found, in a few words.
    pub title: &'static str,
    /// A word or two for the health column; empty where it has no bit.
    pub word: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it is a rule: the fact behind it.
    pub why: &'static str,
    /// Pages on which the fact was read, by title; empty where it follows from the form itself.
    pub source: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// The screen or command that does.
    pub with: &'static str,
    /// What finds it.
    pub when: When,
}

/// What finds a problem.
#[derive(Debug)]
pub enum When {
    /// A condition over the answers; what exactly was found, where somebody wants to know.
    Holds(Condition, fn(&Case<'_>) -> String),
    /// Code over the answers.
    Finds(fn(&Case<'_>, &mut Sink)),
    /// Credentials that end. The row keeps the first moment, and its age is judged on reading.
    Ends(fn(&Case<'_>) -> Vec<End>),
    /// Code in the same file, over records, rows and what lies beside them.
    Together,
    /// From elsewhere, and reported only where somebody looked: the service, files, opened secrets.
    Given,
}

/// The answers that a rule judges: those of a record with names and traits of the directory, or
/// those of a form that is being filled in.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The form.
    pub spec: &'static Spec,
    /// Its values.
    pub values: &'a Values,
}

/// A credential with its last moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Field that renews it.
    pub field: Key,
    /// What it is, at the start of a sentence.
    pub what: String,
    /// The moment.
    pub at: Timestamp,
}

/// Takes what a rule finds.
#[derive(Debug)]
pub struct Sink {
    wants_details: bool,
    found: Vec<(Key, String)>,
}

impl Sink {
    /// Notes a finding at a field, with what exactly was found in one sentence.
    pub fn found(&mut self, field: Key, detail: impl FnOnce() -> String) {
        let detail = if self.wants_details { detail() } else { String::new() };
        self.found.push((field, detail));
    }
}

/// Something shown beside a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// How bad it is.
    pub level: Level,
    /// What it says, one or two sentences.
    pub text: Cow<'static, str>,
    /// The rule that it comes from; `None`: a note.
    pub rule: Option<&'static Rule>,
}

/// Two rules are equal when they have the same name.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Rule {
    /// What a row starts from.
    pub(crate) const ROW: Self = Self {
        id: "",
        level: Level::Advice,
        bit: None,
        since: 0,
        refuses: false,
        fields: &[],
        title: "",
        word: "",
        means: "",
        why: "",
        source: "",
        fix: "",
        with: "",
        when: When::Together,
    };

    /// What it means and what to do.
    pub fn advice(&self) -> String {
        format!("{} {}", self.means, self.fix)
    }

    /// Whether it is one of these findings.
    pub fn is_among(&self, findings: Findings) -> bool {
        self.bit.is_some_and(|bit| findings.contains(bit))
    }

    /// Adds it to findings.
    pub const fn add_to(&self, findings: &mut Findings) {
        if let Some(bit) = self.bit {
            findings.insert(bit);
        }
    }

    /// Whether it finds something in the answers, whatever the time.
    pub fn holds(&self, case: &Case<'_>) -> bool {
        !self.look(case, false).is_empty()
    }

    /// What it finds in the answers, field by field.
    pub fn found(&self, case: &Case<'_>) -> Vec<(Key, String)> {
        self.look(case, true)
    }

    fn look(&self, case: &Case<'_>, wants_details: bool) -> Vec<(Key, String)> {
        let mut sink = Sink { wants_details, found: Vec::new() };
        match &self.when {
            When::Holds(condition, detail) => {
                if condition.holds(case.values) {
                    sink.found(self.fields.first().copied().unwrap_or_default(), || detail(case));
                }
            }
            When::Finds(find) => find(case, &mut sink),
            When::Ends(_) | When::Together | When::Given => {}
        }
        sink.found
    }

    /// Fields beside which a form shows it for these answers.
    fn beside(&self, case: &Case<'_>) -> Vec<Key> {
        match &self.when {
            _ if self.refuses => Vec::new(),
            When::Holds(condition, _) if condition.holds(case.values) => self.fields.to_vec(),
            When::Finds(_) => self.look(case, false).into_iter().map(|it| it.0).collect(),
            When::Holds(..) | When::Ends(_) | When::Together | When::Given => Vec::new(),
        }
    }

    /// Why a pick list refuses an object, as an error; `None`: it does not.
    pub(super) fn refusal(&self, field: &Field, picked: &Picked) -> Option<String> {
        let When::Holds(Condition::Has(key, with), _) = &self.when else { return None };
        let refused = self.refuses && *key == field.key && picked.traits.has(*with);
        refused.then(|| self.refused())
    }

    /// What the form says where it refuses what this rule finds.
    pub fn refused(&self) -> String {
        format!("{}: {}", clause(self.means), clause(self.fix))
    }
}

impl<'a> Case<'a> {
    /// Name of the first pick of a field; empty when there is none.
    pub fn label(&self, key: &str) -> &'a str {
        self.values.picks(key).first().map_or("", |it| it.label.as_str())
    }

    /// Every pick of a directory object, in the order of the form.
    pub fn picks(&self) -> impl Iterator<Item = (&'static Field, &'a Picked)> {
        let values = self.values;
        let objects = self
            .spec
            .fields()
            .filter(|field| field.kind.source().is_some_and(|it| it.object().is_some()));
        objects.flat_map(move |field| values.picks(field.key).iter().map(move |it| (field, it)))
    }
}

impl Spec {
    /// Every rule about its answers.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().flat_map(|rows| rows.iter().copied())
    }

    /// Everything to be said about these values, with the field that it is beside.
    pub fn advice_by_field(&'static self, values: &Values) -> Vec<(&'static Field, Advice)> {
        let case = Case { spec: self, values };
        let found: Vec<_> = self
            .rules()
            .map(|rule| (rule, rule.beside(&case)))
            .filter(|it| !it.1.is_empty())
            .collect();
        let mut out = Vec::new();
        for field in self.visible_fields(values) {
            for (rule, fields) in &found {
                if fields.contains(&field.key) {
                    let (level, text) = (rule.level, Cow::Owned(rule.advice()));
                    out.push((field, Advice { level, text, rule: Some(rule) }));
                }
            }
            for note in field.notes.iter().filter(|it| it.when.holds(values)) {
                let (level, text) = (note.tone.level(), Cow::Borrowed(note.text));
                out.push((field, Advice { level, text, rule: None }));
            }
        }
        out
    }

    /// As [`Self::advice_by_field`], each text once. For the review.
    pub fn advice(&'static self, values: &Values) -> Vec<(&'static Field, Advice)> {
        let mut out: Vec<(&'static Field, Advice)> = Vec::new();
        for (field, advice) in self.advice_by_field(values) {
            if out.iter().all(|(_, known)| known.text != advice.text) {
                out.push((field, advice));
            }
        }
        out
    }

    /// What must not hold across fields: the rules by which the form refuses answers, each with its
    /// condition.
    pub fn demands(&self) -> impl Iterator<Item = (&'static Rule, &'static Condition)> {
        self.rules().filter(|it| it.refuses).filter_map(|rule| match &rule.when {
            When::Holds(condition, _) => Some((rule, condition)),
            When::Finds(_) | When::Ends(_) | When::Together | When::Given => None,
        })
    }

    /// Why these answers are refused at a field though it is sound by itself.
    pub(super) fn demanded(&self, field: &Field, values: &Values) -> Option<String> {
        let mut demands = self.demands().filter(|it| it.0.fields.first() == Some(&field.key));
        demands.find(|(_, when)| when.holds(values)).map(|(rule, _)| rule.refused())
    }

    /// Why an object of the pick list cannot be picked in a field; `None`: it can. G9, D15.
    pub fn refusal(&self, field: &Field, picked: &Picked) -> Option<String> {
        self.rules().find_map(|rule| rule.refusal(field, picked)).or_else(|| field.unfit(picked))
    }
}

/// Declares rules, a row each, and the list of them.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident { $($part:ident: $value:expr),+ $(,)? })+) => {
        $($(#[$doc])* pub static $name: $crate::form::Rule = {
            let mut row = $crate::form::Rule::ROW;
            $(row.$part = $value;)+
            row
        };)+

        /// Every rule of this file.
        pub static RULES: &[&$crate::form::Rule] = &[$(&$name),+];
    };
}
pub(crate) use rules;
