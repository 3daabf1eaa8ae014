//! What happens at a panic: the terminal is given back, a report is written, one sentence is
//! said, the process ends. E5, E3.

use std::backtrace::Backtrace;
use std::fs;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::session::Event;
use super::watch::{self, Ending};
use super::{output, terminal};
use crate::files::write::{self, Existing};
use crate::text::shown;

/// Exit code of a process that panicked, as Rust itself uses.
pub const EXIT_CODE: u8 = 101;

/// A report is being written.
static REPORTING: AtomicBool = AtomicBool::new(false);
/// Where the loop of the screen that runs is reached.
static SCREEN: OnceLock<UnboundedSender<Event>> = OnceLock::new();

/// Reports that are kept.
const KEPT: usize = 10;

/// Sets the hook for as long as the process runs. A panic on any thread ends it: nothing is left to
/// stand on, and the store keeps what was saved. The report goes to the folder of the log, which is
/// asked for only then; without one the sentence stands alone.
pub fn install(folder: fn() -> Option<PathBuf>) {
    std::panic::set_hook(Box::new(move |info| {
        // A second panic, or one inside the hook, must not run it again.
        if REPORTING.swap(true, Ordering::SeqCst) {
            return;
        }
        terminal::abandon();
        output::silence();
        let text = report(info, &Backtrace::force_capture());
        let written = folder().as_deref().and_then(|folder| write(folder, &text));
        output::last_words(sentence(written.as_deref()).as_bytes());
        // What was done last is worth most.
        crate::log::flush();
        match SCREEN.get() {
            None => std::process::exit(i32::from(EXIT_CODE)),
            Some(sender) => give_time(sender),
        }
    }));
}

/// From now on a panic leaves the loop the time to keep the form in progress.
pub fn screen_begins(sender: &UnboundedSender<Event>) {
    let _ = SCREEN.set(sender.clone());
}

/// Lets the loop keep what would be lost, and ends the process when it does not. C7, E5.
///
/// Returns, so that the thread unwinds: a panic of the loop to where it is caught, one of a task to
/// the runtime, one of the store's thread to its queue. Those go on, for what is to be kept.
fn give_time(sender: &UnboundedSender<Event>) {
    let reported = sender.clone();
    let last = std::thread::Builder::new().name("fault".into());
    if last.spawn(move || watch::end(&reported, Ending::Faulted)).is_err() {
        std::process::exit(i32::from(EXIT_CODE));
    }
}

fn sentence(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!(
            "jetbridge stopped because of an internal error; what was saved is safe. Report: {}\n",
            shown(&path.display().to_string())
        ),
        None => "jetbridge stopped because of an internal error; what was saved is safe. No report could be written.\n".into(),
    }
}

fn report(info: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let location = info.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let thread = std::thread::current();
    format!(
        "jetbridge {}\nthread: {}\nplace: {location}\nmessage: {}\n\n{backtrace}\n",
        env!("CARGO_PKG_VERSION"),
        thread.name().unwrap_or("unnamed"),
        message(info),
    )
}

fn message(info: &PanicHookInfo<'_>) -> String {
    if let Some(text) = info.payload().downcast_ref::<&'static str>() {
        // Written in the source, so it holds nothing that was typed.
        return (*text).to_owned();
    }
    info.payload().downcast_ref::<String>().map_or_else(|| "not a text".into(), |it| redacted(it))
}

/// The message without what it quotes: slicing errors quote the sliced text, which may be a
/// secret. E3.
fn redacted(message: &str) -> String {
    let quote = |c: char| matches!(c, '`' | '\'' | '"');
    match (message.find(quote), message.rfind(quote)) {
        (Some(first), Some(last)) if first < last => {
            let (head, tail) = (message.get(..first), message.get(last + 1..));
            format!("{}…{}", head.unwrap_or_default(), tail.unwrap_or_default())
        }
        // An opening quote that never closes: the rest may be anything.
        (Some(first), _) => format!("{}…", message.get(..first).unwrap_or_default()),
        (None, _) => message.to_owned(),
    }
}

/// Writes the report, readable for its owner only.
fn write(folder: &Path, text: &str) -> Option<PathBuf> {
    write::folder(folder).ok()?;
    clear(folder);
    let path = folder.join(format!(
        "crash-{}-{}.txt",
        jiff::Timestamp::now().as_second(),
        std::process::id()
    ));
    write::bytes(&path, Existing::Keep, text.as_bytes()).ok()?;
    Some(path)
}

/// Takes the oldest reports away, so that a fault at every start fills no disk.
fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut reports: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|it| it.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("crash-") && name.ends_with(".txt")
        })
        .collect();
    // Their names begin with the moment.
    reports.sort();
    let old = (reports.len() + 1).saturating_sub(KEPT);
    for path in reports.iter().take(old) {
        let _ = fs::remove_file(path);
    }
}

/// For the tests of what a panic leaves; not in releases. A paste makes it happen in the loop, in a
/// task or on a thread of its own.
#[cfg(any(test, feature = "testing"))]
pub fn panic_at_paste() {
    panic_if_asked!("loop");
    drop(tokio::spawn(async { panic_if_asked!("task") }));
    drop(std::thread::spawn(|| panic_if_asked!("thread")));
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_a_message_quotes_is_left_out() {
        let table = [
            (
                "byte index 3 is not a char boundary; it is inside 'é' (bytes 2..4) of `fake-secret`",
                "byte index 3 is not a char boundary; it is inside …",
            ),
            ("called `Result::unwrap()` on an `Err` value: \"fake-secret\"", "called …"),
            ("it is inside `fake`secret`[...]", "it is inside …[...]"),
            ("unclosed \"fake-secret", "unclosed …"),
            (
                "index out of bounds: the len is 3 but the index is 5",
                "index out of bounds: the len is 3 but the index is 5",
            ),
        ];
        for (message, expected) in table {
            assert_eq!(redacted(message), expected);
            assert!(!redacted(message).contains("secret"));
        }
    }

    #[test]
    fn a_report_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(&folder.path().join("state"), "text").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let state = fs::metadata(path.parent().unwrap()).unwrap();
        assert_eq!(state.permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn only_the_last_reports_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..30 {
            fs::write(folder.path().join(format!("crash-17000000{number:02}-1.txt")), "").unwrap();
        }
        fs::write(folder.path().join("jetbridge.log"), "").unwrap();
        write(folder.path(), "text").unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), KEPT + 1);
        assert!(folder.path().join("crash-1700000029-1.txt").exists());
    }

    #[test]
    fn without_a_place_for_the_report_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(write(&file, "text"), None);
        assert!(sentence(None).contains("No report"));
    }
}
