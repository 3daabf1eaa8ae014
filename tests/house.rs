//! The rules of the house: which module may use which, how a file begins, how long it may get,
//! and who may print. ARCHITECTURE.md; there are no crate walls, so this test is the wall.

#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of a file.
const LONGEST: usize = 600;

/// The lowest module, which every other may use.
const LOWEST: &str = "text";

/// Each module with those it may use. `a::b` allows only that part of `a`.
const MAY_USE: [(&str, &[&str]); 17] = [
    (LOWEST, &[]),
    ("domain", &[]),
    ("files", &["domain"]),
    // For tests only, but for macros that are nothing in the product.
    ("testing", &[]),
    ("form", &["domain"]),
    ("permissions", &["domain", "files"]),
    ("audit", &["domain", "files", "form", "permissions"]),
    // What is saved is judged by its form's rules; the Graph check speaks of the catalogue's APIs
    // and gives its evidence.
    ("backend", &["domain", "files", "form", "permissions", "log"]),
    // What is written down; everything else only says what happened.
    ("log", &["domain", "files"]),
    // Live checks ask backends; the permission check is one of their lookups.
    ("checks", &["domain", "files", "permissions", "backend"]),
    ("service", &["domain", "files", "form", "permissions", "audit", "backend", "checks"]),
    // Of the files only what a pasted path means, which opens nothing; of the checks how one came out.
    ("app", &["domain", "files::path", "form", "permissions", "audit", "backend", "checks::Level"]),
    ("view", &["app", "form", "permissions", "audit", "domain", "checks::Level"]),
    // Of the backend only the names of Fly's data centres.
    (
        "config",
        &["app::action", "app::keymap", "view::theme", "domain", "files", "backend::fly", "log"],
    ),
    (
        "runtime",
        &[
            "app", "view", "service", "config", "backend", "checks", "domain", "files", "form",
            "audit", "log",
        ],
    ),
    ("error", &["domain", "files", "backend"]),
    (
        "cli",
        &[
            "domain",
            "files",
            "form",
            "permissions",
            "audit",
            "backend",
            "checks",
            "service",
            "app",
            "view",
            "config",
            "runtime",
            "error",
            "log",
        ],
    ),
];

/// Inside a module: folders that know nothing of some others. The store decides and seals without
/// knowing where it is kept, so that another engine is another folder.
const KNOWS_NOT: [(&str, &[&str]); 4] = [
    ("src/backend/store/core/", &["rusqlite", "sqlite", "postgres", "vault", "async ", "now()"]),
    ("src/backend/store/vault/", &["rusqlite", "sqlite", "postgres", "async "]),
    // The engines know nothing of each other.
    ("src/backend/store/sqlite/", &["postgres"]),
    ("src/backend/store/postgres/", &["rusqlite", "sqlite"]),
];

/// Where standard output may be written: the printer, and the screen.
const MAY_PRINT: [&str; 2] = ["src/cli/output.rs", "src/runtime/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below these folders, with its path from the root of the project.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The module that a file of `src` is, such as `["cli", "output"]`.
fn module(file: &str) -> Vec<&str> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<&str> = path.split('/').collect();
    if matches!(parts.last(), Some(&"mod" | &"lib" | &"main")) {
        parts.pop();
    }
    parts
}

/// The text without comments and without what is compiled for tests only.
fn product_code(text: &str) -> String {
    let mut out = String::new();
    let mut for_tests = false;
    for line in text.lines() {
        let code = line.trim_start();
        if for_tests {
            for_tests = false;
            if code.contains("mod ") && code.trim_end().ends_with('{') {
                // A module of tests stands last in its file.
                return out;
            }
            continue;
        }
        if code.starts_with("#[cfg(") && code.contains("test") && !code.contains("not(test") {
            for_tests = true;
        } else if !code.starts_with("//") {
            out.push_str(code);
            out.push('\n');
        }
    }
    out
}

/// Modules declared for tests only: their files are tests.
fn test_modules(files: &[(String, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, text) in files {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2) {
            let is_test = pair[0].starts_with("#[cfg(") && pair[0].contains("test");
            let name = pair[1].strip_suffix(';').and_then(|it| it.split("mod ").nth(1));
            if let (true, Some(name)) = (is_test, name) {
                let mut path = module(file);
                path.push(name);
                found.insert(path.join("::"));
            }
        }
    }
    found
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What stands after a path into the root: `domain::key::Key` gives `domain::key`, a group in
/// braces gives each of its members.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        let first = identifier(rest);
        let second = rest[first.len()..].strip_prefix("::").map(identifier).unwrap_or_default();
        return vec![format!("{first}::{second}")];
    };
    let mut depth = 0;
    let mut members = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            _ => {}
        }
        if (c != ',' || depth > 0) && !c.is_whitespace() {
            members.last_mut().unwrap().push(c);
        }
    }
    members.iter().filter(|it| !it.is_empty()).flat_map(|it| heads(it)).collect()
}

/// Every use of another module of the crate, as `module::part`.
fn uses(file: &str, text: &str) -> Vec<String> {
    let code = product_code(text);
    let depth = module(file).len();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            found.extend(heads(&code[at + "crate::".len()..]));
        }
    }
    // `super` as often as the module is deep leads to the root as well.
    let climb = "super::".repeat(depth);
    for (at, _) in code.match_indices(&climb) {
        if depth > 1 && !code[..at].ends_with("super::") {
            found.extend(heads(&code[at + climb.len()..]));
        }
    }
    found
}

/// What is wrong with the edges of a file.
fn wrong_edges(file: &str, text: &str) -> Vec<String> {
    let Some(own) = module(file).first().copied() else { return Vec::new() };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == own) else {
        return vec![format!("{file}: add the module {own} to the table of tests/house.rs")];
    };
    uses(file, text)
        .into_iter()
        .filter(|used| {
            let top = identifier(used);
            // A name of the root that is no module, such as a macro, is no edge.
            let is_module = MAY_USE.iter().any(|(name, _)| *name == top);
            let part = |it: &&str| *it == top || *it == used.as_str();
            is_module && top != own && top != LOWEST && !allowed.iter().any(part)
        })
        .map(|used| format!("{file}: {own} may not use {used}"))
        .collect()
}

/// The files of `src` that are part of the product.
fn product() -> Vec<(String, String)> {
    let files = sources(&["src"]);
    let tests = test_modules(&files);
    let is_test = |file: &str| {
        let path = module(file);
        (1..=path.len()).any(|end| tests.contains(&path[..end].join("::")))
    };
    files.into_iter().filter(|(file, _)| !is_test(file)).collect()
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let files = product();
    let wrong: Vec<String> =
        files.iter().flat_map(|(file, text)| wrong_edges(file, text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What of a file the folder that it lies in knows nothing of.
fn known(file: &str, text: &str) -> Vec<String> {
    let code = product_code(text);
    let of = KNOWS_NOT.iter().filter(|(folder, _)| file.starts_with(folder));
    let words = of.flat_map(|(_, words)| *words).filter(|it| code.contains(**it));
    words.map(|it| format!("{file}: {it}")).collect()
}

#[test]
fn core_and_vault_of_the_store_know_no_database() {
    let files = product();
    for (folder, _) in KNOWS_NOT {
        assert!(files.iter().any(|(file, _)| file.starts_with(folder)), "{folder} is empty");
    }
    let wrong: Vec<String> = files.iter().flat_map(|(file, text)| known(file, text)).collect();
    assert!(wrong.is_empty(), "an engine loads and writes, these only decide: {wrong:#?}");
    let code = "use rusqlite::Transaction;\n// of sqlite\n";
    assert_eq!(known("src/backend/store/core/save.rs", code).len(), 2);
    assert_eq!(known("src/backend/store/vault/seal.rs", code).len(), 2);
    assert_eq!(known("src/backend/store/sqlite/db.rs", code), Vec::<String>::new());
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let silent: Vec<String> = sources(&["src", "tests", "benches"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(file, _)| file)
        .collect();
    assert!(silent.is_empty(), "these files must start with //!: {silent:#?}");
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = sources(&["src", "tests", "benches"])
        .into_iter()
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split these files: {long:#?}");
}

#[test]
fn only_the_printer_prints() {
    let prints = ["println!", "print!(", "eprintln!", "eprint!(", "io::stdout()", "io::stderr()"];
    let wrong: Vec<String> = product()
        .into_iter()
        .filter(|(file, _)| !MAY_PRINT.iter().any(|allowed| file.starts_with(allowed)))
        .filter(|(_, text)| prints.iter().any(|print| product_code(text).contains(print)))
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "let cli/output.rs print: {wrong:#?}");
}

/// What only tests need is behind the feature `testing`, switches in the environment most of all.
#[test]
fn nothing_of_the_tests_is_in_the_product() {
    let switches = ["JETBRIDGE_TEST", "JETBRIDGE_LOOPBACK", "debug_assertions"];
    let wrong: Vec<String> = product()
        .into_iter()
        .filter(|(file, _)| file != "src/testing/mod.rs")
        .filter(|(_, text)| switches.iter().any(|it| product_code(text).contains(it)))
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "put these behind the feature `testing`: {wrong:#?}");
    let shipped: Vec<String> = product().into_iter().map(|(file, _)| file).collect();
    let testing: Vec<&String> = shipped.iter().filter(|it| it.contains("testing")).collect();
    assert_eq!(testing, ["src/testing/mod.rs"]);
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("\ndefault = "), "no feature is on by default");
}

/// What of a file's texts looks like the name of a key. Keys can be bound again, so that a text asks
/// the keymap for the key, or names the action.
fn named_keys(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in product_code(text).lines() {
        // Every other part between quotes is a text.
        for text in line.replace("\\\"", "").split('"').skip(1).step_by(2) {
            let words =
                text.split(' ').map(|it| it.trim_matches(|c: char| ".,;:()?!`".contains(c)));
            let words: Vec<&str> = words.collect();
            let letter = |it: &str| it.len() == 1 && it.chars().all(char::is_alphabetic);
            let key = |it: &&&str| {
                letter(it) && !matches!(**it, "a" | "A" | "I")
                    || matches!(**it, "esc" | "space" | "backspace" | "pgup" | "pgdn")
                    || ["ctrl-", "alt-", "shift-"].iter().any(|start| it.starts_with(start))
            };
            // Last and after a value, as in `{days} d`, a letter is the unit of the value.
            let last = match words[..] {
                [.., value, unit] if value.ends_with('}') && letter(unit) => words.len() - 1,
                _ => words.len(),
            };
            if words.len() > 1 && words[..last].iter().any(|it| key(&it)) {
                found.push(text.to_owned());
            }
        }
    }
    found
}

#[test]
fn no_text_of_the_screen_names_a_key() {
    let of_screen = |file: &str| {
        (file.starts_with("src/app/") || file.starts_with("src/view/"))
            && !file.starts_with("src/app/key")
    };
    let files = product().into_iter().filter(|(file, _)| of_screen(file));
    let wrong: Vec<_> = files
        .map(|(file, text)| (file, named_keys(&text)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(wrong.is_empty(), "ask the keymap, or name the action: {wrong:#?}");
    for text in ["\"press u to undo\"", "\"esc closes it\"", "\"try ctrl-r again\""] {
        assert_eq!(named_keys(text).len(), 1, "{text}");
    }
    for text in ["\"a key or a word\" + \"q\"", "\"{days} d\""] {
        assert!(named_keys(text).is_empty(), "{text}");
    }
}

/// A wall that never fell proves nothing: each way to cross it is caught.
#[test]
fn a_wrong_edge_is_found_however_it_is_written() {
    for text in [
        "use crate::backend::Backend;",
        "use crate::{domain::Side, backend::{self, Backend}};",
        "fn f() { crate::backend::store::open() }",
        "use super::super::backend::Backend;",
        "pub(crate) use crate::backend;",
    ] {
        let wrong = wrong_edges("src/form/field.rs", text);
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert!(wrong[0].contains("form may not use backend"), "{wrong:?}");
    }
    assert_eq!(wrong_edges("src/config/raw.rs", "use crate::app::model::Model;").len(), 1);
    assert_eq!(wrong_edges("src/weather/mod.rs", "").len(), 1);
}

#[test]
fn right_edges_comments_and_tests_are_left_alone() {
    for (file, text) in [
        ("src/form/field.rs", "use crate::domain::Side;\nuse super::super::domain::Side;"),
        ("src/form/field.rs", "// use crate::backend::Backend;\n//! crate::cli"),
        ("src/form/field.rs", "#[cfg(test)]\nmod tests {\n use crate::backend::Backend;\n}"),
        ("src/form/field.rs", "#[cfg(test)]\nuse crate::backend::Backend;\n"),
        ("src/config/raw.rs", "use crate::app::keymap::Keymap;"),
        ("src/main.rs", "use crate::cli;"),
    ] {
        assert_eq!(wrong_edges(file, text), Vec::<String>::new(), "{text}");
    }
}
