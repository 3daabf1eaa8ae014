//! Names that are the same to the eye, a typing mistake apart, or left from a copy. G1, C6.
//!
//! Every comparison goes through a table, so that 100,000 names take a fraction of a second:
//! names alike are grouped by a skeleton; a typing mistake is looked for among the words that
//! names consist of, of which there are few, and then among the names.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::{Hit, Setup, Subject};
use crate::domain::health::Level;
use crate::form::rules;
use crate::text::{fold, is_hidden, named, some_named};

rules! {
    /// Names that look the same.
    DUPLICATE_NAME {
        id: "duplicate-name",
        level: Level::Warning,
        title: "Names look the same",
        means: "Names differ only in case, separators, invisible or look-alike characters.",
        why: "AvePoint's PowerShell module takes the first name that matches, and people take the first that looks right.",
        // SPEC G1.
        source: "AvePoint, Fly.Client",
        fix: "Rename one of them so that the difference can be read, or delete it.",
        with: "the form, field Connection name: enter on the audit screen",
    }
    /// Names that are a typing mistake apart.
    SIMILAR_NAME {
        id: "similar-name",
        level: Level::Advice,
        title: "Similar names",
        means: "A name differs from another one by a single letter.",
        why: "One of them may be a typo of the other; numbered series are left out.",
        // SPEC G1.
        fix: "If it is a typo, rename one of them; otherwise waive it.",
        with: "the form, field Connection name: enter on the audit screen",
    }
    /// A copy beside its original.
    LEFTOVER_COPY {
        id: "leftover-copy",
        level: Level::Advice,
        title: "Copy next to its original",
        means: "The name is that of another connection with a word such as copy, old or (1) added.",
        why: "Copies made to try something out stay behind and get picked by mistake.",
        // SPEC C6, G1.
        fix: "Delete the copy, or give it a name that shows its purpose.",
        with: "jetbridge delete NAME; or o on the audit screen, then d",
    }
}

/// Shortest word in which a letter more or less is looked for.
const SHORTEST: usize = 4;
/// Longest word that is looked at; a longer one is no word.
const LONGEST: usize = 48;
/// Near words remembered per word, and words compared with each other at once. Beyond that names
/// are made by a machine, and a letter distinguishes them on purpose.
const MOST: usize = 16;

pub(super) fn judge(subjects: &[Arc<Subject>], setup: &Setup, hits: &mut Vec<Hit>) {
    let asks = |rule| setup.rules.asks(rule);
    if !asks(&DUPLICATE_NAME) && !asks(&SIMILAR_NAME) && !asks(&LEFTOVER_COPY) {
        return;
    }
    let alike = Alike::of(subjects);
    duplicates(&alike, hits);
    copies(subjects, &alike, hits);
    similar(subjects, hits);
}

/// Subjects by the hash of what the eye takes from their names: no second copy of a million names is
/// held. Names that only share a hash are compared once more.
struct Alike<'s> {
    subjects: &'s [Arc<Subject>],
    /// Hash and place, in order.
    hashes: Vec<(u64, u32)>,
}

impl<'s> Alike<'s> {
    fn of(subjects: &'s [Arc<Subject>]) -> Self {
        let hashed = |it: &Arc<Subject>| hash([&skeleton(&it.name), ""]);
        let mut hashes: Vec<_> = subjects.iter().map(hashed).zip(0u32..).collect();
        hashes.sort_unstable();
        Self { subjects, hashes }
    }

    fn subject(&self, at: u32) -> Option<&'s Arc<Subject>> {
        self.subjects.get(usize::try_from(at).ok()?)
    }

    /// Those that look the same, where they are several; in the order of the subjects.
    fn groups(&self) -> impl Iterator<Item = Vec<&'s Arc<Subject>>> {
        let same = self.hashes.chunk_by(|a, b| a.0 == b.0).filter(|it| it.len() > 1);
        same.flat_map(|group| {
            let mut by_name: HashMap<String, Vec<&Arc<Subject>>> = HashMap::new();
            for subject in group.iter().filter_map(|(_, at)| self.subject(*at)) {
                by_name.entry(skeleton(&subject.name)).or_default().push(subject);
            }
            by_name.into_values().filter(|it| it.len() > 1)
        })
    }

    /// The first of those that look like this.
    fn first(&self, name: &str) -> Option<&'s Arc<Subject>> {
        let wanted = skeleton(name);
        let hash = hash([&wanted, ""]);
        let from = self.hashes.partition_point(|it| it.0 < hash);
        let rest = self.hashes.get(from..).unwrap_or_default();
        let same = rest.iter().take_while(|it| it.0 == hash);
        same.filter_map(|(_, at)| self.subject(*at)).find(|it| skeleton(&it.name) == wanted)
    }
}

fn duplicates(alike: &Alike<'_>, hits: &mut Vec<Hit>) {
    for group in alike.groups() {
        // Those with one name: however many they are, each takes a look at few others.
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut spellings: Vec<Vec<&Arc<Subject>>> = Vec::new();
        for subject in &group {
            let next = spellings.len();
            let at = *places.entry(fold(subject.name.trim())).or_insert(next);
            match spellings.get_mut(at) {
                Some(same) => same.push(subject),
                None => spellings.push(vec![subject]),
            }
        }
        for (at, same) in spellings.iter().enumerate() {
            let others = spellings.iter().enumerate().filter(|(other, _)| *other != at);
            let others = others.flat_map(|(_, it)| it).map(|it| &*it.name);
            let alike = some_named(others, group.len() - same.len());
            for subject in same {
                let mut detail = String::new();
                if same.len() > 1 {
                    // Their names do not distinguish them.
                    let ids = same.iter().filter(|it| it.id != subject.id);
                    let ids = some_named(ids.map(|it| it.id.to_string()), same.len() - 1);
                    detail = format!("{} has the same name as {ids}.", subject.id);
                }
                if !alike.is_empty() {
                    let gap = if detail.is_empty() { "" } else { " " };
                    detail = format!("{detail}{gap}Looks like {alike}.");
                }
                hits.push(Hit::new(&DUPLICATE_NAME, subject, Some("name"), detail));
            }
        }
    }
}

fn copies(subjects: &[Arc<Subject>], alike: &Alike<'_>, hits: &mut Vec<Hit>) {
    for subject in subjects {
        let Some(base) = original(&subject.name) else { continue };
        let Some(other) = alike.first(&base) else { continue };
        let detail = format!("Next to {}.", other.name);
        hits.push(Hit::new(&LEFTOVER_COPY, subject, Some("name"), detail));
    }
}

/// A name as the eye takes it: case, separators and what cannot be seen left out, look-alikes of
/// other scripts as Latin letters. Digits stay apart, so that 1-1 is not 11.
fn skeleton(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars().flat_map(char::to_lowercase).filter(|c| !is_hidden(*c)) {
        let c = look_alike(c);
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        let digits = c.is_ascii_digit() && out.ends_with(|last: char| last.is_ascii_digit());
        if gap && digits {
            out.push('-');
        }
        gap = false;
        out.push(c);
    }
    out
}

/// The Latin character that another one looks like, as far as names are likely to hold it.
const fn look_alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'е' => 'e',
        'о' | 'ο' | 'σ' | '०' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' | 'γ' => 'y',
        'х' | 'χ' => 'x',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'ѕ' => 's',
        'к' | 'κ' => 'k',
        'т' | 'τ' => 't',
        'м' => 'm',
        'н' => 'h',
        'в' | 'β' => 'b',
        'ν' => 'v',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ԝ' => 'w',
        // Full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => match char::from_u32(c as u32 - 0xfee0) {
            Some(ascii) => ascii.to_ascii_lowercase(),
            None => c,
        },
        _ => c,
    }
}

/// The name that a copy was made from; `None` where nothing says that it is a copy.
fn original(name: &str) -> Option<String> {
    let folded = fold(name.trim());
    let mut rest = folded.as_str();
    for before in ["copy of ", "kopie von ", "copie de "] {
        rest = rest.strip_prefix(before).unwrap_or(rest);
    }
    // A copy of a copy.
    for _ in 0..3 {
        rest = without_mark(rest).unwrap_or(rest);
    }
    (rest.len() < folded.len() && !rest.is_empty()).then(|| rest.to_owned())
}

/// Without `(copy)`, `(2)`, `-copy`, `_old 2`, `.bak` at the end.
fn without_mark(name: &str) -> Option<&str> {
    let ends = |c: char| matches!(c, ' ' | '-' | '_' | '.');
    let numbered = |c: char| c.is_ascii_digit() || c == ' ';
    let (before, mark) = match name.strip_suffix(')') {
        Some(inner) => inner.rsplit_once('(')?,
        None => name.trim_end_matches(numbered).rsplit_once(ends)?,
    };
    let number = name.ends_with(')') && mark.chars().all(|c| c.is_ascii_digit());
    let word = mark.trim_matches(numbered);
    let copy = ["copy", "kopie", "copie", "old", "bak", "backup"].contains(&word);
    (copy || (number && (1..=2).contains(&mark.len()))).then(|| before.trim_end_matches(ends))
}

/// Names that are one another but for a letter in one word.
fn similar(subjects: &[Arc<Subject>], hits: &mut Vec<Hit>) {
    let all = all_words(subjects);
    let near = near_words(&all);
    if near.is_empty() {
        return;
    }
    let mut places: HashMap<String, &Arc<Subject>> = HashMap::new();
    for subject in subjects {
        let name = fold(&subject.name);
        // Only a name with such a word can be another one but for it.
        if words(&name).any(|it| name.get(it).is_some_and(|word| near.contains_key(word))) {
            places.entry(name).or_insert(subject);
        }
    }
    let mut other = String::new();
    for subject in subjects {
        let name = &fold(&subject.name);
        let mut found = Vec::new();
        for range in words(name) {
            let word = name.get(range.clone()).unwrap_or_default();
            for instead in near.get(word).into_iter().flatten() {
                other.clear();
                other.push_str(name.get(..range.start).unwrap_or_default());
                other.push_str(instead);
                other.push_str(name.get(range.end..).unwrap_or_default());
                let same = places.get(other.as_str()).map(|it| &*it.name);
                // Look-alikes are reported by another rule.
                found.extend(same.filter(|it| skeleton(it) != skeleton(name)));
            }
        }
        if !found.is_empty() {
            found.sort_unstable();
            found.dedup();
            let detail = format!("Nearly {}.", named(found.into_iter()));
            hits.push(Hit::new(&SIMILAR_NAME, subject, Some("name"), detail));
        }
    }
}

/// Where the words of a name are: letters without digits.
fn words(name: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    name.split(|c: char| !c.is_alphabetic()).filter_map(move |word| {
        // Each piece lies behind the one before and its separator.
        let start = name.get(from..)?.find(word).map(|at| from + at)?;
        from = start + word.len();
        let length = word.chars().count();
        (SHORTEST..=LONGEST).contains(&length).then_some(start..start + word.len())
    })
}

/// Every word of these names, once and in order: there are far fewer than names.
fn all_words(subjects: &[Arc<Subject>]) -> Vec<String> {
    let mut all: HashSet<String> = HashSet::new();
    for subject in subjects {
        let name = fold(&subject.name);
        for word in words(&name).filter_map(|range| name.get(range)) {
            if !all.contains(word) {
                all.insert(word.to_owned());
            }
        }
    }
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort_unstable();
    all
}

/// Those of these words that are a typing mistake apart, each with those it is near to.
fn near_words(all: &[String]) -> HashMap<&str, Vec<&str>> {
    // Two words a letter apart have a form in common that lacks one letter, or none.
    let mut forms: Vec<(u64, u32)> = Vec::new();
    for (at, word) in (0u32..).zip(all) {
        forms.push((hash([word, ""]), at));
        for (start, c) in word.char_indices() {
            let (before, after) = word.split_at(start);
            let after = after.get(c.len_utf8()..).unwrap_or_default();
            forms.push((hash([before, after]), at));
        }
    }
    forms.sort_unstable();
    forms.dedup();
    let mut near: HashMap<&str, Vec<&str>> = HashMap::new();
    for group in forms.chunk_by(|a, b| a.0 == b.0).filter(|it| (2..=MOST).contains(&it.len())) {
        for (_, a) in group {
            for (_, b) in group.iter().filter(|(_, b)| b != a) {
                let at = |at: u32| {
                    usize::try_from(at).ok().and_then(|at| all.get(at)).map(String::as_str)
                };
                let (Some(a), Some(b)) = (at(*a), at(*b)) else { continue };
                let known = near.entry(a).or_default();
                if known.len() < MOST && !known.contains(&b) && mistaken(a, b) {
                    known.push(b);
                }
            }
        }
    }
    near.retain(|_, words| !words.is_empty());
    near
}

/// A hash of a text that comes in two parts.
fn hash(parts: [&str; 2]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.into_iter().flat_map(str::bytes).for_each(|byte| byte.hash(&mut hasher));
    hasher.finish()
}

/// Whether one word may be the other with a typing mistake: a letter more, less or other, or two
/// swapped. Another letter counts from five letters on: `dest` and `test` are both meant.
fn mistaken(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let rest = |word: &[char], by: usize| word.get(same + by..).unwrap_or_default().to_vec();
    match long.len() - short.len() {
        0 if short.len() <= SHORTEST => false,
        0 => {
            let swapped = short.get(same) == long.get(same + 1)
                && short.get(same + 1) == long.get(same)
                && rest(short, 2) == rest(long, 2);
            rest(short, 1) == rest(long, 1) || swapped
        }
        1 => rest(short, 0) == rest(long, 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConnectionId, ConnectionType, Side};

    fn found(names: &[&str]) -> Vec<(&'static str, String, String)> {
        let subjects: Vec<Arc<Subject>> = (1u128..)
            .zip(names)
            .map(|(number, name)| {
                Arc::new(Subject {
                    id: ConnectionId(uuid::Uuid::from_u128(number)),
                    name: (*name).into(),
                    kind: ConnectionType::Exchange,
                    side: Side::Any,
                    tenant: "".into(),
                })
            })
            .collect();
        let mut hits = Vec::new();
        judge(&subjects, &super::super::tests::setup(), &mut hits);
        let mut found: Vec<_> = hits
            .into_iter()
            .map(|it| (it.rule.id, it.subject.name.to_string(), it.detail.to_string()))
            .collect();
        found.sort();
        found
    }

    fn rules(names: &[&str]) -> Vec<&'static str> {
        found(names).into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn names_that_look_the_same_are_found() {
        for pair in [
            ["contoso-groups", "Contoso_Groups"],
            ["contoso", "cоntosо"],
            ["mail 01", "mail\u{200b}-01"],
            ["Ｆabrikam", "fabrikam"],
        ] {
            assert_eq!(rules(&pair), ["duplicate-name", "duplicate-name"], "{pair:?}");
        }
        let three = found(&["a-b", "a b", "ab"]);
        assert_eq!(three[0].2, "Looks like a-b, ab.");
    }

    /// As live lists have them: only the ids show which is meant.
    #[test]
    fn equal_names_are_distinguished_by_their_ids() {
        let id = |number: u128| ConnectionId(uuid::Uuid::from_u128(number)).to_string();
        let details =
            |names: &[&str]| -> Vec<String> { found(names).into_iter().map(|it| it.2).collect() };
        let pair = details(&["same", "SAME "]);
        assert!(pair.contains(&format!("{} has the same name as {}.", id(1), id(2))), "{pair:?}");
        assert!(pair.contains(&format!("{} has the same name as {}.", id(2), id(1))), "{pair:?}");
        let three = details(&["same", "sa-me", "same"]);
        let first = format!("{} has the same name as {}. Looks like sa-me.", id(1), id(3));
        assert!(three.contains(&first), "{three:?}");
        assert!(three.contains(&"Looks like same, same.".to_owned()), "{three:?}");
        let many = details(&["same"; 9]);
        let first =
            format!("{} has the same name as {}, {}, {} and 5 more.", id(1), id(2), id(3), id(4));
        assert!(many.contains(&first), "{many:?}");
    }

    #[test]
    fn series_and_sides_are_no_duplicates() {
        let names = [
            "contoso-groups-00041-dest",
            "contoso-groups-00042-dest",
            "contoso-groups-00042-src",
            "contoso-us-mail",
            "contoso-uk-mail",
            "wave 1-1",
            "wave 11",
            "site-test",
            "site-dest",
        ];
        assert_eq!(rules(&names), [""; 0]);
    }

    #[test]
    fn a_typing_mistake_is_found_from_both_ends() {
        for pair in [
            ["contoso-groups-7", "contoso-group-7"],
            ["fabrikam mail", "fabrikma mail"],
            ["northwind.teams", "northwimd.teams"],
        ] {
            assert_eq!(rules(&pair), ["similar-name", "similar-name"], "{pair:?}");
        }
        assert_eq!(found(&["contoso-a", "contosa-a"])[0].2, "Nearly contoso-a.");
        // Two mistakes are two names.
        assert_eq!(rules(&["contoso-groups", "contosa-group"]), [""; 0]);
    }

    #[test]
    fn a_copy_is_found_only_beside_its_original() {
        let copies =
            ["Mail (copy)", "mail-copy", "mail (2)", "Copy of mail", "mail.bak", "mail_old 2"];
        for copy in copies {
            assert_eq!(rules(&["mail", copy]), ["leftover-copy"], "{copy}");
            assert_eq!(rules(&["post", copy]), [""; 0], "{copy}");
        }
        assert_eq!(
            rules(&["mail", "mail 2", "mail-07", "mail (EMEA)", "mail-backupserver"]),
            [""; 0]
        );
    }

    #[test]
    fn names_made_by_a_machine_take_no_time() {
        // Every word is near to many others: quadratic work would not end.
        let names: Vec<String> = (0..20_000u32)
            .map(|n| {
                let letter = |by: u32| char::from(b'a' + u8::try_from(n / by % 26).unwrap_or(0));
                format!("word{}{}{}{}", letter(1), letter(26), letter(676), letter(17_576))
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        found(&names);
    }

    #[test]
    fn words_are_where_they_are_said_to_be() {
        let name = "no-nordic-no2teams-é漢字漢字";
        let all: Vec<&str> = words(name).filter_map(|range| name.get(range)).collect();
        assert_eq!(all, ["nordic", "teams", "é漢字漢字"]);
    }
}
