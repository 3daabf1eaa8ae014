//! A temporary home, and the binary run in it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A home of its own: no test sees the user's files or another test's.
pub struct Home {
    folder: tempfile::TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with these listed connections.
    pub fn with(names: &[&str]) -> Self {
        let home = Self::new();
        let rows: String =
            names.iter().map(|name| format!("{name},Gmail,source,contoso\n")).collect();
        home.run_with(&["import", "-"], format!("name,type,side,tenant\n{rows}")).succeeds();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn store(&self) -> PathBuf {
        self.path(".local/share/jetbridge/connections.db")
    }

    pub fn config(&self, text: &str) {
        let folder = self.path(".config/jetbridge");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file that only its owner can read, as one with a secret must be.
    pub fn write_secret(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(name, text);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    /// The binary with this home and nothing else in its environment.
    pub fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jetbridge"));
        command.args(args).env_clear().env("HOME", self.folder.path()).env("USER", "tester");
        // What an edit keeps goes with the rest.
        command.env("TMPDIR", self.folder.path());
        command.current_dir(self.folder.path());
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.run_with(args, "")
    }

    /// Runs with a text on standard input.
    pub fn run_with<S: AsRef<OsStr>>(&self, args: &[S], input: impl AsRef<[u8]>) -> Ran {
        run(&mut self.command(args), input.as_ref())
    }
}

pub fn run(command: &mut Command, input: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it, which is no fault of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output: Output = child.wait_with_output().unwrap();
    let ran = Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    };
    // E4 holds for every run of every test.
    for text in [&ran.out, &ran.err] {
        let acts =
            |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.chars().any(acts), "{text:?}");
    }
    ran.reads_well();
    ran
}

/// Words with a capital that may begin an error: names of others.
const NAMES: [&str; 6] = ["AvePoint", "Microsoft", "Fly", "Windows", "SQLite", "Wave"];

impl Ran {
    /// Every failure of every test has the form of an error: `error:`, a small letter and no full
    /// stop, then what to do.
    #[track_caller]
    fn reads_well(&self) {
        let said = self.said();
        let lines = || said.lines();
        for error in lines().filter_map(|it| it.strip_prefix("error: ")) {
            let word = error.split([' ', ':']).next().unwrap_or_default();
            let mut letters = word.chars();
            let is_sentence = letters.next().is_some_and(|c| c.is_ascii_uppercase())
                && letters.all(|c| c.is_ascii_lowercase());
            assert!(!is_sentence || NAMES.contains(&word), "a capital: {self:#?}");
            assert!(!error.ends_with('.') || error.ends_with(".."), "a full stop: {self:#?}");
        }
        for hint in lines().filter_map(|it| it.strip_prefix("hint: ")) {
            assert!(hint.len() > 5, "a hint that says nothing: {self:#?}");
        }
        // What was found, or done in part, is in the answer.
        if self.code != 0 && !matches!(self.code, 3 | 5 | 101) && self.out.is_empty() {
            let has = |start: &str| lines().any(|it| it.starts_with(start));
            assert!(has("error: ") && has("hint: "), "no error, or nothing to do: {self:#?}");
        }
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Ends with this code, nothing on standard output, a failure with a hint on standard error.
    #[track_caller]
    pub fn fails(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert_eq!(self.out, "", "{self:#?}");
        let said = self.said();
        assert!(said.starts_with("error: "), "{self:#?}");
        assert!(said.contains("\nhint: "), "what to do is missing: {self:#?}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {self:#?}");
        }
        self
    }

    /// Standard error as people read it: beside an answer in JSON it is one object per line.
    pub fn said(&self) -> String {
        let lines = self.err.lines().map(|line| {
            let Ok(reported) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
            let text = |it: &Value| it.as_str().unwrap().to_owned();
            let all = |key: &str, lead: &str| -> Vec<String> {
                let all = reported["error"][key].as_array().unwrap();
                let line = |it: &Value| match lead {
                    "hint: " => format!("{lead}{}", jetbridge::text::clause(&text(it))),
                    _ => format!("{lead}{}", text(it)),
                };
                all.iter().map(line).collect()
            };
            if reported["error"].is_object() {
                let what = vec![format!("error: {}", text(&reported["error"]["message"]))];
                return [what, all("causes", "  "), all("hints", "hint: ")].concat().join("\n");
            }
            match text(&reported["message"]["level"]).as_str() {
                "info" => text(&reported["message"]["text"]),
                "hint" => {
                    format!(
                        "hint: {}",
                        jetbridge::text::clause(&text(&reported["message"]["text"]))
                    )
                }
                level => format!("{level}: {}", text(&reported["message"]["text"])),
            }
        });
        lines.map(|it| it + "\n").collect()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:#?}"));
        let version = if value["command"] == "show" { 2 } else { 1 };
        assert_eq!(value["version"], version, "{self:#?}");
        value
    }

    /// Names in the order of `list --json`.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        let json = self.json();
        let rows = json["connections"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// Whether a folder and everything in it is for its owner only. E2.
pub fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let inside = match path.is_dir() {
        true => std::fs::read_dir(path).unwrap().all(|entry| is_private(&entry.unwrap().path())),
        false => true,
    };
    mode == 0 && inside
}

/// Says what of a test is left out here: it goes on without it, and whoever reads its output sees
/// that.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
