//! Changing a file of waivers: the waiver of one check of one connection; everything else stays as it is
//! written. SPEC F7

use jiff::civil::Date;
use toml_edit::{
    ArrayOfTables, Datetime, DocumentMut, InlineTable, Item, Table, TableLike, Value, value as item,
};

use super::{Waivers, connection_key, syntax};
use crate::domain::{ConnectionId, rules};
use crate::files::Problem;
use crate::text::{fold, shown};

/// What a new file begins with.
const HEAD: &str = "# Waivers of jetbridge: what may fail, why, and until when.\n";

/// A check of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOf {
    /// Id of the check.
    pub check: String,
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
}

/// Why a check may fail, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Why.
    pub reason: String,
    /// The day on which it was given.
    pub date: Date,
    /// The last day; `None`: until it is taken back.
    pub expires: Option<Date>,
}

impl Grant {
    /// One that is given today.
    ///
    /// # Errors
    /// One line: the reason is none, or the last day has passed.
    pub fn new(reason: &str, today: Date, expires: Option<Date>) -> Result<Self, String> {
        let reason = rules::printable(reason.trim(), rules::TEXT_MAX).map_err(|it| it.0)?;
        if reason.is_empty() {
            return Err("the reason is empty: say why the check does not count".to_owned());
        }
        match expires.filter(|it| *it < today) {
            Some(day) => Err(format!("the last day has passed: {day}")),
            None => Ok(Self { reason, date: today, expires }),
        }
    }
}

impl CheckOf {
    fn is_waived_by(&self, table: &dyn TableLike) -> bool {
        let text = |key| table.get(key).and_then(Item::as_str).map(str::trim);
        let key = text("connection").map(connection_key);
        text("check") == Some(&self.check)
            && key
                .is_some_and(|it| it == self.connection.to_string() || it == fold(self.name.trim()))
    }
}

/// The text with this waiver in place of those of the same check and connection.
///
/// # Errors
/// What is wrong in the text.
pub fn put(text: &str, of: &CheckOf, grant: &Grant) -> Result<String, Vec<Problem>> {
    let (mut document, _) = without(text, of)?;
    let day = |it: Date| {
        let text = it.to_string();
        text.parse::<Datetime>().map_or_else(|_| item(text), item)
    };
    let id = of.connection.to_string();
    let mut rows: Vec<(&str, Item)> = vec![
        ("check", item(of.check.as_str())),
        ("connection", item(id)),
        ("reason", item(grant.reason.as_str())),
        ("date", day(grant.date)),
    ];
    rows.extend(grant.expires.map(|it| ("expires", day(it))));
    let new = || Item::ArrayOfTables(ArrayOfTables::new());
    let head = match document.get("waiver") {
        Some(Item::ArrayOfTables(all)) if !all.is_empty() => String::new(),
        Some(Item::Value(_)) => String::new(),
        // What a file without waivers has is the text that it begins with.
        Some(_) | None => {
            let text = document.trailing().as_str().unwrap_or_default().trim_end().to_owned();
            document.set_trailing("");
            if text.is_empty() { text } else { text + "\n" }
        }
    };
    match document.entry("waiver").or_insert_with(new) {
        Item::Value(Value::Array(all)) => {
            let pairs = rows.into_iter().filter_map(|(key, it)| Some((key, it.into_value().ok()?)));
            all.push(pairs.collect::<InlineTable>());
        }
        Item::ArrayOfTables(all) => {
            let mut table = Table::new();
            table.decor_mut().set_prefix(format!("{head}\n"));
            for (key, it) in rows {
                table.insert(key, it);
            }
            // An id says nothing to whoever reads the file.
            if let Some(Item::Value(id)) = table.get_mut("connection") {
                id.decor_mut().set_suffix(format!("  # {}", shown(&of.name)));
            }
            all.push(table);
        }
        // The text was read before, so there is nothing else.
        Item::None | Item::Value(_) | Item::Table(_) => {}
    }
    Ok(document.to_string())
}

/// The text without the waivers of a check; `None`: there is none.
///
/// # Errors
/// What is wrong in the text.
pub fn remove(text: &str, of: &CheckOf) -> Result<Option<String>, Vec<Problem>> {
    let (document, any) = without(text, of)?;
    Ok(any.then(|| document.to_string()))
}

/// The file without the waivers of a check, and whether there was any.
fn without(text: &str, of: &CheckOf) -> Result<(DocumentMut, bool), Vec<Problem>> {
    let text = if text.trim().is_empty() { HEAD } else { text };
    Waivers::parse(text)?;
    let mut document: DocumentMut = text.parse().map_err(|error| vec![syntax(text, &error)])?;
    let mut any = false;
    let mut keeps = |it: &dyn TableLike| {
        let is = of.is_waived_by(it);
        any |= is;
        !is
    };
    let mut head = None;
    match document.get_mut("waiver") {
        Some(Item::ArrayOfTables(all)) => {
            let begins = all.get(0).map(|it| (keeps(it), begins_with(it)));
            all.retain(|it| keeps(it));
            head = begins.filter(|it| !it.0).map(|it| it.1).filter(|it| !it.is_empty());
            if let (Some(text), Some(next)) = (&head, all.get_mut(0)) {
                let own = next.decor().prefix().and_then(|it| it.as_str()).unwrap_or_default();
                let both = format!("{text}{own}");
                next.decor_mut().set_prefix(both);
                head = None;
            }
        }
        Some(Item::Value(Value::Array(all))) => {
            all.retain(|it| it.as_inline_table().is_none_or(|it| keeps(it)));
        }
        Some(Item::None | Item::Value(_) | Item::Table(_)) | None => {}
    }
    if let Some(text) = head {
        let rest = document.trailing().as_str().unwrap_or_default();
        let both = format!("{text}{rest}");
        document.set_trailing(both);
    }
    Ok((document, any))
}

/// What stands before the first waiver and is not about it: there is an empty line between.
fn begins_with(first: &Table) -> String {
    let text = first.decor().prefix().and_then(|it| it.as_str()).unwrap_or_default();
    text.rfind("\n\n").and_then(|at| text.get(..=at)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const OTHER: &str = "# ours\n[[waiver]]\nrule = 'stale' # kept\nconnection = 'a'\n\
                         reason = 'r'\nexpires = 2026-12-31\n";

    fn of(check: &str) -> CheckOf {
        let connection = ConnectionId(Uuid::from_u128(7));
        CheckOf { check: check.into(), connection, name: "Contoso\u{202e}\nGroups".into() }
    }

    fn grant(reason: &str, expires: Option<&str>) -> Grant {
        let day = |it: &str| it.parse().unwrap();
        Grant { reason: reason.into(), date: day("2026-11-30"), expires: expires.map(day) }
    }

    /// Whatever the file is, the waiver is read back as it was given, once, and goes without a trace.
    #[test]
    fn a_waiver_comes_and_goes_and_leaves_the_rest_as_it_was() {
        let inline =
            "waiver = [{ rule = 'stale', connection = 'a', reason = 'b', expires = 2027-01-01 }]\n";
        for before in ["", OTHER, inline, "# nothing yet"] {
            let others = Waivers::parse(before).unwrap();
            let mut text = before.to_owned();
            for (reason, expires) in
                [("first", None), ("\"quoted\" # no\\ comment", Some("2026-12-31"))]
            {
                text = put(&text, &of("acct.mfa"), &grant(reason, expires)).unwrap();
                let read = Waivers::parse(&text).unwrap();
                assert_eq!(read.0.len(), others.0.len(), "{text}");
                assert_eq!(read.1.len(), 1, "{text}");
                let it = &read.1[0];
                assert!(it.is_about(of("").connection, ""), "{text}");
                assert_eq!((&*it.check, &*it.reason), ("acct.mfa", reason), "{text}");
                let days = (it.date.to_string(), it.expires.map(|it| it.to_string()));
                assert_eq!(days, ("2026-11-30".into(), expires.map(str::to_owned)), "{text}");
            }
            let two = put(&text, &of("acct.role"), &grant("other", None)).unwrap();
            assert_eq!(remove(&two, &of("net.login")).unwrap(), None);
            let one = remove(&two, &of("acct.mfa")).unwrap().unwrap();
            assert_eq!(Waivers::parse(&one).unwrap().1[0].check, "acct.role");
            let none = remove(&one, &of("acct.role")).unwrap().unwrap();
            assert_eq!(Waivers::parse(&none).unwrap().1, []);
            assert!(none.contains(before.trim()), "{none}");
            // E4
            assert!(!two.chars().any(|it| it != '\n' && crate::text::is_hidden(it)), "{two:?}");
        }
    }

    /// What a file begins with stays at its beginning, whichever waivers come and go.
    #[test]
    fn the_head_of_a_file_stays_at_its_beginning() {
        for head in ["", "# ours\n# and theirs\n"] {
            let first = if head.is_empty() { HEAD } else { head };
            let mut text = head.to_owned();
            for _ in 0..2 {
                text = put(&text, &of("acct.mfa"), &grant("a", None)).unwrap();
                text = put(&text, &of("acct.mfa"), &grant("b", None)).unwrap();
                text = put(&text, &of("acct.role"), &grant("c", None)).unwrap();
                assert!(text.starts_with(&format!("{first}\n[[waiver]]\n")), "{text}");
                assert_eq!(text.matches(first).count(), 1, "{text}");
                text = remove(&text, &of("acct.mfa")).unwrap().unwrap();
                assert!(text.starts_with(&format!("{first}\n[[waiver]]\n")), "{text}");
                text = remove(&text, &of("acct.role")).unwrap().unwrap();
                assert_eq!(text, first);
            }
        }
    }

    #[test]
    fn a_waiver_has_a_reason_and_ends_today_or_later() {
        let day = |it: &str| it.parse::<Date>().unwrap();
        let today = day("2026-11-30");
        for (reason, until, right) in [
            (" ticket 4711 ", None, true),
            ("r", Some("2026-11-30"), true),
            ("r", Some("2026-11-29"), false),
            ("  ", None, false),
            ("a\nb", None, false),
        ] {
            let made = Grant::new(reason, today, until.map(day));
            assert_eq!(made.is_ok(), right, "{reason:?} {until:?}");
            assert!(made.is_err() || made.unwrap().reason == reason.trim());
        }
    }

    #[test]
    fn one_that_names_the_connection_is_replaced_and_a_broken_file_is_left_alone() {
        let named = "[[waiver]]\ncheck = 'acct.mfa'\nconnection = ' alpha '\nreason = 'r'\ndate = 2026-01-01\n";
        let alpha = CheckOf { name: "Alpha".into(), ..of("acct.mfa") };
        let text = put(named, &alpha, &grant("new", None)).unwrap();
        let all = Waivers::parse(&text).unwrap().1;
        assert_eq!(all.iter().map(|it| &*it.reason).collect::<Vec<_>>(), ["new"], "{text}");
        for broken in ["[[waiver]]\nrule = ", "[[waiver]]\nrule = 'stale'", "waiver = 3"] {
            assert!(put(broken, &alpha, &grant("new", None)).is_err(), "{broken}");
            assert!(remove(broken, &alpha).is_err(), "{broken}");
        }
    }
}
