//! The editor that the environment names, on a text that may hold a secret: the text lies in a
//! private folder that is emptied however this ends, by a signal too.

use std::path::PathBuf;
use std::process::Child;
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use super::session::Session;
use super::signals;
use crate::error::Failure;
use crate::files::scratch::{self, Scratch};
use crate::files::{path, program};
use crate::service::files;
use crate::text::shown;

/// How long an editor may take to end once it was asked to.
const GRACE: Duration = Duration::from_millis(500);

/// The folder of the editor that runs, and the editor.
static OPEN: Mutex<Option<(PathBuf, i32)>> = Mutex::new(None);

/// The editor that the environment names; without one, vi where there is a terminal.
pub fn of(session: &Session<'_, '_>) -> Result<Vec<String>, Failure> {
    let hint = "Use --set KEY=VALUE or -f FILE, or set EDITOR.";
    if session.no_input {
        return Err(Failure::usage("no change was given")
            .because("--no-input was given")
            .hint(hint));
    }
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|it| !it.trim().is_empty()));
    let words = words(&named.unwrap_or_default());
    if !words.is_empty() {
        return Ok(words);
    }
    if !session.terminals.input || !session.terminals.output {
        return Err(Failure::usage("no change was given")
            .because("there is no terminal for an editor, and neither VISUAL nor EDITOR is set")
            .hint(hint));
    }
    Ok(vec!["vi".to_owned()])
}

/// The program and its arguments: split as a shell would, unless all of it is the path of a file.
fn words(named: &str) -> Vec<String> {
    let whole = path::given(named.trim());
    let words = match whole.is_absolute() && whole.is_file() {
        true => vec![named.trim().to_owned()],
        false => path::words(named),
    };
    let program = |it: String| path::given(it).to_string_lossy().into_owned();
    words.into_iter().enumerate().map(|(at, it)| if at == 0 { program(it) } else { it }).collect()
}

/// Lets somebody change a text.
pub fn open(editor: &[String], text: &str) -> Result<String, Failure> {
    let hint = "Set EDITOR, or use --set or -f.";
    let Some((name, args)) = editor.split_first() else {
        return Err(Failure::usage("no editor is set").hint(hint));
    };
    let failed = |why: String, hint: &str| {
        Failure::new(format!("{} cannot be started", shown(name))).because(why).hint(hint)
    };
    let mut command = program::command(name).map_err(|why| failed(why.to_string(), why.hint()))?;
    watch();
    let scratch = Scratch::new("record.toml", text)?;
    command.args(args).arg(scratch.path());
    let child = command.spawn().map_err(|error| failed(error.to_string(), hint))?;
    let status = run(child, &scratch).map_err(|error| failed(error.to_string(), hint))?;
    if !status.success() {
        return Err(
            Failure::new(format!("{} failed ({status})", shown(name))).hint("Nothing was changed.")
        );
    }
    Ok(scratch.text(files::MAX_BYTES)?)
}

fn run(mut child: Child, scratch: &Scratch) -> std::io::Result<std::process::ExitStatus> {
    let number = i32::try_from(child.id()).unwrap_or_default();
    set(Some((scratch.folder().to_owned(), number)));
    let status = child.wait();
    set(None);
    status
}

fn set(open: Option<(PathBuf, i32)>) {
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = open;
}

/// Ends this process with a code, and before that the editor that runs, if there is one, with its
/// folder emptied.
pub fn end(code: i32) -> ! {
    // Held to the end: whoever waits for the editor must not go on with what it left.
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((folder, number)) = open.take() {
        if let Some(editor) = rustix::process::Pid::from_raw(number) {
            let _ = rustix::process::kill_process(editor, rustix::process::Signal::TERM);
            // It would write what it has to the folder while that is emptied.
            let begun = Instant::now();
            while rustix::process::test_kill_process(editor).is_ok() && begun.elapsed() < GRACE {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        scratch::empty(&folder);
    }
    std::process::exit(code)
}

/// From the first editor on: a signal that ends this process empties the folder first. Ctrl-C is the
/// editor's own while it runs.
fn watch() {
    static ONCE: Once = Once::new();
    signals::watch(&ONCE, "editor", |number| {
        let runs = OPEN.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if number != 2 || !runs {
            // What a shell shows for a process that the signal ended.
            end(128 + number);
        }
    });
}
