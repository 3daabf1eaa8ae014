//! Reads a table of a configuration file key by key, and collects what is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Item, TableLike};

use crate::files::Problem;
use crate::text::{Lines, Spot, nearest};

/// Collects the mistakes of one file.
pub struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

/// One table of the file; remembers which keys were asked for.
pub struct Section<'a> {
    /// Dotted path of the table; empty for the top of the file.
    path: String,
    table: Option<&'a dyn TableLike>,
    known: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, problems: Vec::new() }
    }

    /// Every mistake in the order of the lines.
    pub fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.spot);
        self.problems
    }

    /// Line of a byte, from 1.
    pub fn line(&self, span: Option<Range<usize>>) -> Option<usize> {
        Some(Lines::new(self.text).of(span?.start))
    }

    pub fn report(&mut self, span: Option<Range<usize>>, key: String, message: impl Into<String>) {
        self.report_line(self.line(span), key, message.into());
    }

    /// Notes a mistake on a line that is known already.
    pub fn report_line(&mut self, line: Option<usize>, key: String, message: String) {
        self.problems.push(Problem { spot: line.map(Spot::line), about: key, message });
    }

    /// The table with this name; a value of another type is a mistake.
    pub fn section(&mut self, top: &mut Section<'a>, name: &'static str) -> Section<'a> {
        let mut table = None;
        if let Some((item, span)) = top.take(name) {
            table = item.as_table_like();
            if table.is_none() {
                let message = format!("must be a table: write [{name}] on a line of its own");
                self.report(span, top.key(name), message);
            }
        }
        Section { path: top.key(name), table, known: Vec::new() }
    }

    /// Every table of a table of named tables, with its name and line. Anything else in it is a
    /// mistake.
    pub fn tables(&mut self, section: &Section<'a>) -> Vec<(String, Option<usize>, Section<'a>)> {
        let mut out = Vec::new();
        for (name, item) in section.table.iter().flat_map(|it| it.iter()) {
            let span = section.span(name);
            match item.as_table_like() {
                Some(table) => {
                    let line = self.line(span);
                    let path = section.key(name);
                    out.push((
                        name.to_owned(),
                        line,
                        Section { path, table: Some(table), known: Vec::new() },
                    ));
                }
                None => {
                    let message = format!(
                        "unknown key: each entry here is a table, so write [{}.NAME] on a line of its own",
                        section.path
                    );
                    self.report(span, section.key(name), message);
                }
            }
        }
        out
    }

    /// Reports every key that was never asked for.
    pub fn leave(&mut self, section: Section<'a>) {
        let Some(table) = section.table else { return };
        for (name, item) in table.iter() {
            if section.known.contains(&name) {
                continue;
            }
            let what = if item.is_table_like() { "section" } else { "key" };
            let mut known = section.known.clone();
            known.sort_unstable();
            known.dedup();
            let meant = nearest::tail(name, section.known.iter().copied());
            let message = format!("unknown {what}; known here: {}{meant}", known.join(", "));
            self.report(section.span(name), section.key(name), message);
        }
    }

    /// A text, checked and made canonical. Empty texts reach the check too.
    pub fn text<T>(
        &mut self,
        section: &mut Section<'a>,
        name: &'static str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (item, span) = section.take(name)?;
        let key = section.key(name);
        let Some(text) = item.as_str() else {
            self.report(span, key, format!("must be a text in quotes, not {}", kind(item)));
            return None;
        };
        match check(text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.report(span, key, message);
                None
            }
        }
    }

    /// One of a few words.
    pub fn word<T: Copy>(
        &mut self,
        section: &mut Section<'a>,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let (item, span) = section.take(name)?;
        let key = section.key(name);
        let quoted: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let list = quoted.join(", ");
        let Some(text) = item.as_str() else {
            self.report(span, key, format!("must be one of {list}, not {}", kind(item)));
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let text = format!("\"{text}\"");
            let meant = nearest::tail(&text, quoted.iter().map(String::as_str));
            self.report(span, key, format!("must be one of {list}, not {text}{meant}"));
        }
        found
    }

    /// `true` or `false`.
    pub fn toggle(&mut self, section: &mut Section<'a>, name: &'static str) -> Option<bool> {
        let (item, span) = section.take(name)?;
        let value = item.as_bool();
        if value.is_none() {
            let message = format!("must be true or false without quotes, not {}", kind(item));
            self.report(span, section.key(name), message);
        }
        value
    }

    /// A whole number within limits, both included.
    pub fn number(
        &mut self,
        section: &mut Section<'a>,
        name: &'static str,
        (least, most): (i64, i64),
    ) -> Option<i64> {
        let (item, span) = section.take(name)?;
        let value = item.as_integer().filter(|number| (least..=most).contains(number));
        if value.is_none() {
            let found = item.as_integer().map_or_else(|| kind(item).to_owned(), |n| n.to_string());
            let message = format!("must be a whole number from {least} to {most}, not {found}");
            self.report(span, section.key(name), message);
        }
        value
    }

    /// A list of texts, checked.
    pub fn texts<T>(
        &mut self,
        section: &mut Section<'a>,
        name: &'static str,
        check: impl FnOnce(Vec<String>) -> Result<T, String>,
    ) -> Option<T> {
        let (item, span) = section.take(name)?;
        let key = section.key(name);
        let words: Option<Vec<String>> = item
            .as_array()
            .and_then(|array| array.iter().map(|it| it.as_str().map(str::to_owned)).collect());
        let checked = match words {
            Some(words) => check(words),
            None => {
                Err(format!("must be a list of texts such as [\"a\", \"b\"], not {}", kind(item)))
            }
        };
        checked.map_err(|message| self.report(span, key, message)).ok()
    }

    /// Every entry of a free table: lists of texts by name, with the line of each.
    pub fn lists(&mut self, section: Section<'a>) -> BTreeMap<String, (Vec<String>, usize)> {
        let mut out = BTreeMap::new();
        let Some(table) = section.table else { return out };
        for (name, item) in table.iter() {
            let list: Option<Vec<String>> = match (item.as_str(), item.as_array()) {
                (Some(text), _) => Some(vec![text.to_owned()]),
                (None, Some(array)) => {
                    array.iter().map(|entry| entry.as_str().map(str::to_owned)).collect()
                }
                (None, None) => None,
            };
            let span = section.span(name);
            match list {
                Some(list) => {
                    let line = self.line(span).unwrap_or(0);
                    out.insert(name.to_owned(), (list, line));
                }
                None => {
                    let message = "must be a list of keys such as [\"ctrl-s\", \"f2\"]";
                    self.report(span, section.key(name), message);
                }
            }
        }
        out
    }
}

impl<'a> Section<'a> {
    /// The top of the file.
    pub fn top(table: &'a dyn TableLike) -> Self {
        Self { path: String::new(), table: Some(table), known: Vec::new() }
    }

    /// The item of a key, with where it stands; from now on the key is known.
    pub fn take(&mut self, name: &'static str) -> Option<(&'a Item, Option<Range<usize>>)> {
        self.known.push(name);
        let item = self.table?.get(name)?;
        Some((item, self.span(name)))
    }

    /// All of it, for a section whose keys are names of their own.
    pub const fn table(&self) -> Option<&'a dyn TableLike> {
        self.table
    }

    /// Whether it has a key, whatever its value.
    pub fn has(&self, name: &str) -> bool {
        self.table.is_some_and(|it| it.contains_key(name))
    }

    /// As [`Self::take`], for a key that is not offered to anybody.
    pub fn take_unlisted(
        &mut self,
        name: &'static str,
    ) -> Option<(&'a Item, Option<Range<usize>>)> {
        if self.has(name) { self.take(name) } else { None }
    }

    pub fn span(&self, name: &str) -> Option<Range<usize>> {
        let (key, item) = self.table?.get_key_value(name)?;
        key.span().or_else(|| item.span())
    }

    /// Dotted path of one of its keys.
    pub fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// What a value is, for messages.
pub fn kind(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a text",
        "integer" => "a number",
        "float" => "a number with a fraction",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" | "array of tables" => "a list",
        _ => "a table",
    }
}
