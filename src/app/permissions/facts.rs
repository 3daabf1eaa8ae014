//! What there is to show about the entry under the cursor, as labelled sentences.

use super::{Screen, Tab};
use crate::permissions::Requirement;
use crate::permissions::catalogue::{Milestone, Retirement};
use crate::permissions::gap::{Beyond, Line};

/// One labelled sentence. The text is safe to be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// A word or two.
    pub label: &'static str,
    /// The sentence.
    pub text: String,
}

impl Fact {
    fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: text.into() }
    }
}

/// Something that the check shows, by its place in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// How a requirement stands.
    Line(usize),
    /// A permission beyond the need.
    Beyond(usize),
    /// A place where was looked.
    Source(usize),
    /// Something to know about the result.
    Warning(usize),
}

impl Screen {
    /// What of the check is shown, in order.
    pub fn entries(&self) -> Vec<Entry> {
        let Some(report) = &self.report else { return Vec::new() };
        let lines = report.lines.iter().enumerate().filter(|(_, it)| !self.only_gaps || it.gap);
        let mut entries: Vec<Entry> = lines.map(|(at, _)| Entry::Line(at)).collect();
        if !self.only_gaps {
            entries.extend((0..report.beyond.len()).map(Entry::Beyond));
            entries.extend((0..report.sources.len()).map(Entry::Source));
            entries.extend((0..report.warnings.len()).map(Entry::Warning));
        }
        entries
    }

    /// Name and facts of the entry under the cursor; `None` where there is nothing more to show.
    pub fn facts(&self) -> Option<(String, Vec<Fact>)> {
        match self.tab {
            Tab::Needs => {
                let needs = self.needs();
                let it = needs.get(self.at)?;
                Some((it.name().to_owned(), of_requirement(it)))
            }
            Tab::Manifest => {
                let warnings = self.built().warnings;
                let facts = warnings.iter().flat_map(|it| it.lines());
                let facts: Vec<Fact> = facts.map(|it| Fact::new("Note", it)).collect();
                (!facts.is_empty()).then(|| ("Before you rely on it".to_owned(), facts))
            }
            Tab::Steps => {
                let steps = self.steps();
                let it = steps.get(self.at)?;
                Some((it.title.to_owned(), vec![Fact::new("Do", it.text)]))
            }
            Tab::Check => self.of_check(),
        }
    }

    fn of_check(&self) -> Option<(String, Vec<Fact>)> {
        let report = self.report.as_ref()?;
        match *self.entries().get(self.at)? {
            Entry::Line(at) => {
                let line = report.lines.get(at)?;
                Some((line.requirement.name().to_owned(), of_line(line)))
            }
            Entry::Beyond(at) => {
                let it = report.beyond.get(at)?;
                Some(("More than needed".to_owned(), of_beyond(it)))
            }
            Entry::Source(at) => {
                let it = report.sources.get(at)?;
                Some(("Source".to_owned(), vec![Fact::new("Source", it.to_string())]))
            }
            Entry::Warning(at) => {
                let it = report.warnings.get(at)?;
                Some(("To know".to_owned(), vec![Fact::new("Note", it.clone())]))
            }
        }
    }
}

/// Purpose, condition, dates and notes of a requirement. P4, P5, P6.
fn of_requirement(it: &Requirement) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("Purpose", it.purpose()),
        Fact::new("Needed", it.condition().to_string()),
        Fact::new("For", format!("{}, {}", it.owner(), it.kind())),
    ];
    let beside = it.permission().map(|it| it.roles_beside.as_slice()).unwrap_or_default();
    if !beside.is_empty() {
        let names: Vec<&str> = beside.iter().map(|it| it.name.as_str()).collect();
        facts.push(Fact::new("Requires", format!("directory role {}", names.join(" or "))));
    }
    if let Some(retirement) = it.retiring() {
        facts.extend(of_retirement(retirement));
    }
    facts.extend(it.notes().into_iter().map(|note| Fact::new("Note", note)));
    facts
}

/// The dates with how sure they are.
fn of_retirement(it: &Retirement) -> Vec<Fact> {
    let date = |it: &Milestone| {
        Fact::new("Retires", format!("{}: {} ({})", it.on, it.what, it.sure.label()))
    };
    let mut facts: Vec<Fact> = it.dates.iter().map(date).collect();
    facts.push(Fact::new("Do", it.what_to_do.clone()));
    facts
}

fn of_line(it: &Line) -> Vec<Fact> {
    let mut facts =
        vec![Fact::new("Next", it.next_step.clone()), Fact::new("Standing", it.standing.label())];
    facts.extend(of_requirement(&it.requirement));
    facts
}

fn of_beyond(it: &Beyond) -> Vec<Fact> {
    let how: Vec<&str> = it.how.iter().map(|it| it.label()).collect();
    let mut facts = vec![
        Fact::new("Has", it.value.clone()),
        Fact::new("Known as", how.join(", ")),
        Fact::new("For", format!("{}, {}", it.resource, it.kind.label())),
    ];
    if !it.covers.is_empty() {
        let text = format!("{}; take it away only after adding those", it.covers.join(", "));
        facts.push(Fact::new("Covers", text));
    }
    facts.extend(it.note.map(|note| Fact::new("Note", note)));
    facts
}
