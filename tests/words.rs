//! The words of the house: what a user reads is plain English in the terms of the product, and what
//! the documents name is there.
//!
//! Read as text, so that nothing can be left out: every literal of the program, the reference that is
//! generated from commands, keys and settings, the screens of the snapshots, the documents.

#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

use std::fs;
use std::path::{Path, PathBuf};

/// Words and phrases that no user reads, with what to write instead. A phrase is found in any case,
/// as whole words, across line breaks.
const BANNED: &[(&str, &str)] = &[
    // Words that nobody uses today, or uses otherwise.
    ("told", "reported, shown"),
    ("tells", "shows, reports"),
    ("tell", "show, report"),
    ("anew", "again"),
    ("shall", "must, should"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("thereof", "of it"),
    ("thereby", "so"),
    ("hereby", "(leave it out)"),
    ("wherever", "where"),
    ("such that", "so that"),
    ("lest", "so that … not"),
    ("ought", "should"),
    ("whilst", "while"),
    ("amongst", "among"),
    ("upon", "on"),
    ("remedy", "fix"),
    ("put right", "fix"),
    ("it may be that", "may"),
    ("is to be", "must be"),
    ("are to be", "must be"),
    ("all the same", "anyway"),
    ("of before", "previous, earlier"),
    // Coinages.
    ("rung", "check"),
    ("opener", "key file, passphrase or key command"),
    ("complaint", "problem"),
    ("complain about", "find"),
    ("held against", "compared with"),
    ("hold against", "compare with"),
    ("holds a plan against", "compares a plan with"),
    ("holding plan", "comparing plan"),
    ("against each other", "with each other"),
    ("it against", "it with"),
    ("takes the place of", "replaces"),
    ("take the place of", "replace"),
    ("data to look around", "sample data"),
    ("look around", "try it"),
    ("no word", "not set"),
    ("not told yet", "not set"),
    ("has no place for", "unexpected argument"),
    ("there more often", "more than once"),
    ("command-line twin", "command line"),
    ("space on or off", "toggle"),
    ("as before", "cancel, previous"),
    ("no obstacle", "allowed"),
    ("stands here", "is here"),
    ("stand here", "are here"),
    ("it stands in", "it is in"),
    ("id stands in", "id is in"),
    ("it stood in", "it was in"),
    ("never stands", "is never"),
    ("speaks of", "names, reports"),
    ("speak of", "name, report"),
    ("speaks for", "is about"),
    ("goes on with", "continues with, keeps"),
    ("go on with", "continue with"),
    ("go on editing", "continue editing"),
    ("goes by", "uses"),
    ("wins", "takes precedence, overrides"),
    ("what can be given", "what is accepted"),
    ("nobody can be asked", "cannot ask"),
    ("whoever", "anyone who"),
    ("somebody", "someone"),
    ("as far as readable", "as far as can be read"),
    ("beyond the need", "more than needed"),
    ("what is wrong", "the problem"),
    ("what was typed", "unsaved changes"),
    ("form in progress", "draft"),
    ("does no harm", "is fine"),
    ("do no harm", "are fine"),
    ("before → after", "old → new"),
    ("is no value", "invalid value"),
    ("is no path", "is not a path"),
    ("is no store", "is not a store"),
    ("is no step", "is not a step"),
    ("is no baseline", "is not a baseline"),
    ("is no address", "is not an address"),
    ("is no guid", "is not a GUID"),
    ("is no data centre", "is not a data centre"),
    ("please", "(leave it out)"),
    ("simply", "(leave it out)"),
    ("the service decides", "(say what happens)"),
    // One spelling for one thing: Microsoft's.
    ("enrolment", "enrollment"),
    ("licence", "license"),
    ("organisation", "organization"),
    ("dry fly", "pre-flight"),
    ("preflight test", "pre-flight check"),
];

/// Where a banned word is right: a part of the place, the phrase, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("assets/permissions.toml", "licence", "a key of the catalogue, never shown"),
    ("ARCHITECTURE.md", "opener", "the name of a module"),
    ("src/backend/store/sqlite/schema.rs", "anew", "a published migration never changes"),
    ("src/backend/store/postgres/schema.rs", "whoever", "a comment in SQL"),
    ("ARCHITECTURE.md", "what is wrong", "the documents of the code may be plain"),
];

/// Words that are found nowhere in the code either, comments and names included.
const OLD: [&str; 9] =
    ["told", "tells", "tell", "anew", "shall", "mend", "mends", "mended", "thereof"];

/// Names that are part of answers in JSON, which scripts read.
/// The last is in a migration, which never changes once it is published.
const WIRE: [&str; 5] = [
    "length_told",
    "sealed_anew",
    "cannot-tell",
    "not-told",
    "-- For judging a tenant's connections anew",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, or the file itself, whose name has one of these endings.
fn files(start: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root().join(start)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if endings.iter().any(|it| path.to_str().unwrap().ends_with(it)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The literals of Rust code in their order, continued lines joined. Code for tests at the end of a
/// file is left out.
fn literals(code: &str) -> Vec<String> {
    let end = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    let mut found = Vec::new();
    let mut rest = &code[..end];
    while let Some(at) = rest.find(['"', '\'', '/', 'r']) {
        let from = &rest[at..];
        let before = rest[..at].chars().next_back();
        let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let skip = if from.starts_with("//") {
            from.find('\n').unwrap_or(from.len())
        } else if from.starts_with("'\"'") || from.starts_with("'\\'") {
            from[1..].find('\'').map_or(1, |it| it + 2)
        } else if let (false, Some(marks)) = (in_word, raw(from)) {
            let (start, close) = (marks + 2, format!("\"{}", "#".repeat(marks)));
            let length = from[start..].find(&close).unwrap_or(0);
            found.push(from[start..start + length].to_owned());
            start + length + close.len()
        } else if let Some(inside) = from.strip_prefix('"') {
            let (text, length) = quoted(inside);
            found.push(text);
            length + 2
        } else {
            1
        };
        rest = &from[skip.min(from.len())..];
    }
    found
}

/// How many signs of number a raw literal has, if one begins here.
fn raw(from: &str) -> Option<usize> {
    let marks = from.strip_prefix('r')?;
    let number = marks.len() - marks.trim_start_matches('#').len();
    marks[number..].starts_with('"').then_some(number)
}

/// The text up to the closing quote, and how long it is in the code.
fn quoted(from: &str) -> (String, usize) {
    let mut text = String::new();
    let mut chars = from.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, at),
            '\\' => match chars.next() {
                Some((_, '\n')) => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n' | 't' | 'r')) => text.push(' '),
                Some((_, other)) => text.push(other),
                None => {}
            },
            c => text.push(c),
        }
    }
    (text, from.len())
}

/// Everything that a user can read, with its place.
fn texts() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (file, code) in files("src", &[".rs"]) {
        let is_test =
            file.contains("/tests") || file.contains("testing") || file.contains("fuzzed");
        if !is_test {
            // A single word is a name or a key of a file; sentences have blanks.
            let prose = literals(&code).into_iter().filter(|it| it.contains(' '));
            all.extend(prose.map(|it| (file.clone(), it)));
        }
    }
    assert!(all.len() > 3_000, "the literals are not found any more: {}", all.len());
    for (file, text) in files("src", &[".snap"]).into_iter().chain(files("tests", &[".snap"])) {
        // What stands above the second rule is about the snapshot.
        let body = text.splitn(3, "---\n").nth(2).unwrap_or(&text).to_owned();
        all.push((file, body));
    }
    let snapshots = all.iter().filter(|it| it.0.ends_with(".snap")).count();
    assert!(snapshots > 200, "the snapshots are not found any more: {snapshots}");
    let endings = [".md", ".toml", ".json", ".svg"];
    for start in
        ["README.md", "CHANGELOG.md", "ARCHITECTURE.md", "docs", "assets", "config.example.toml"]
    {
        all.extend(files(start, &endings));
    }
    all
}

/// A text as words with one blank between them, so that a phrase is found across lines.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for word in text.split(|c: char| c.is_whitespace() || "│┃|`\"".contains(c)) {
        if !word.is_empty() {
            out.push_str(&word.to_lowercase());
            out.push(' ');
        }
    }
    out
}

/// Where a phrase is found as whole words, with what is around it.
fn found(text: &str, phrase: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    for (at, _) in text.match_indices(phrase) {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        // "There is no store" is plain English, "it is no store" is not.
        let is_plain = phrase.starts_with("is no ") && text[..at].ends_with("there ");
        if !is_plain && !before.is_some_and(is_part) && !after.is_some_and(is_part) {
            let start = text[..at].char_indices().rev().nth(40).map_or(0, |it| it.0);
            let rest = &text[at..];
            let end = rest.char_indices().nth(phrase.len() + 40).map_or(rest.len(), |it| it.0);
            return Some(format!("…{}…", &text[start..at + end]));
        }
    }
    None
}

#[test]
fn no_text_has_a_banned_word() {
    let mut wrong = Vec::new();
    for (place, text) in texts() {
        let text = words(&text);
        for (phrase, instead) in BANNED {
            let is_right = ALLOWED.iter().any(|it| place.starts_with(it.0) && *phrase == it.1);
            if let (false, Some(around)) = (is_right, found(&text, phrase)) {
                wrong.push(format!("{place}: {phrase:?}, write {instead}: {around}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_word_comes_twice() {
    let mut wrong = Vec::new();
    for (place, text) in texts() {
        // Screens have the same word in neighbouring columns, and configuration keys repeat.
        if [".snap", ".svg", ".json", ".toml"].iter().any(|it| place.ends_with(it)) {
            continue;
        }
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let is_word = |it: &str| it.len() > 1 && it.chars().all(|c| c.is_ascii_lowercase());
            if words.windows(2).any(|it| it[0] == it[1] && is_word(it[0])) {
                wrong.push(format!("{place}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A letter with a number, as the paragraphs of a specification have.
fn is_paragraph(word: &str) -> bool {
    let in_brackets = word.starts_with('(');
    let word = word.trim_matches(|c: char| "()[].,;:".contains(c));
    let Some(number) = word.strip_prefix(|c: char| matches!(c, 'A'..='H' | 'P' | 'T' | 'U')) else {
        return false;
    };
    // Licenses of Microsoft Entra ID are called P1 and P2, keys F1 to F12.
    let is_name = matches!(word, "P1" | "P2") || word.starts_with('F') && !in_brackets;
    !is_name && (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn no_text_cites_a_specification() {
    let mut wrong = Vec::new();
    for (place, text) in texts() {
        // ARCHITECTURE.md is for who changes the program.
        if place == "ARCHITECTURE.md" || place.ends_with(".svg") {
            continue;
        }
        for line in text.lines() {
            let cites = ["SPEC ", "SPEC.md", "fly.md", "UX.md", "RELIABILITY", "§"];
            let comment = line.trim_start().starts_with('#') && place == "assets/permissions.toml";
            if !comment
                && (cites.iter().any(|it| line.contains(it)) || line.split(' ').any(is_paragraph))
            {
                wrong.push(format!("{place}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "name the page of the vendor instead:\n{}", wrong.join("\n"));
    assert!(!is_paragraph("F3"), "a key of the keyboard");
    for cited in ["G12", "(D15)", "E4.", "(F8)"] {
        assert!(is_paragraph(cited), "{cited}");
    }
}

#[test]
fn code_has_no_old_word_either() {
    let mut wrong = Vec::new();
    for start in ["src", "tests", "benches", "fuzz", "build.rs"] {
        if !root().join(start).exists() {
            continue;
        }
        for (file, text) in files(start, &[".rs"]) {
            if file == "tests/words.rs" || file.starts_with("fuzz/target") {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let clean = WIRE.iter().fold(line.to_owned(), |line, it| line.replace(it, ""));
                let is_old = |word: &str| OLD.contains(&&*word.to_lowercase());
                if clean.split(|c: char| !c.is_alphabetic()).any(is_old) {
                    wrong.push(format!("{file}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Paths of the repository that a document names in backticks or links to.
fn named_paths(file: &str, text: &str) -> Vec<String> {
    let folders = ["src/", "tests/", "docs/", "assets/", "benches/", "fuzz/", "examples/"];
    let mut paths = Vec::new();
    for word in text.split('`').skip(1).step_by(2) {
        let path = word.split([' ', ':']).next().unwrap();
        // Capitals stand for a name of one's own, braces and stars for several.
        let is_path = folders.iter().any(|it| path.starts_with(it));
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap();
        let is_pattern =
            path.contains(['*', '{', '<']) || path.contains("NAME") || path.contains("VERB");
        if is_path && !is_pattern && !last.is_empty() {
            paths.push(path.to_owned());
        }
    }
    for link in text.split("](").skip(1) {
        let link = link.split(')').next().unwrap().split('#').next().unwrap();
        if !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:") {
            let folder = Path::new(file).parent().unwrap();
            paths.push(folder.join(link).to_str().unwrap().to_owned());
        }
    }
    paths
}

#[test]
fn documents_name_only_what_is_there() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for start in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs", "tests", "fuzz/README.md"]
    {
        if !root().join(start).exists() {
            continue;
        }
        for (file, text) in files(start, &[".md"]) {
            for path in named_paths(&file, &text) {
                seen += 1;
                if !root().join(&path).exists() {
                    wrong.push(format!("{file}: {path}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not there:\n{}", wrong.join("\n"));
    assert!(seen > 50, "only {seen} paths are named");
}

/// A wall that never fell proves nothing.
#[test]
fn what_is_wrong_is_found() {
    let code = "fn f() { // \"a comment told\"\n  x(\"one \\\n     two\", 'c', '\"', r#\"raw \"tell\" it\"#); }";
    assert_eq!(literals(code), ["one two", "raw \"tell\" it"]);
    assert!(found(&words("Nothing is\n  │ told here"), "told").is_some());
    assert!(found(&words("Compare it\nagainst"), "it against").is_some());
    for right in ["untold", "tell-tale", "toldness"] {
        assert_eq!(found(&words(right), "told"), None, "{right}");
        assert_eq!(found(&words(right), "tell"), None, "{right}");
    }
    assert_eq!(
        named_paths("docs/x.md", "see `src/a.rs:3`, `src/NAME/b.rs`, [y](z.md#part)").len(),
        2
    );
}
