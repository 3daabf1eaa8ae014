//! The store and what opens its secrets. SPEC E2, E3; RELIABILITY §4.

use crate::domain::token;

use super::{CheckResult, Folder, Inside, Key, KeyFile, Store};

const AREA: &str = "Store";

/// Bytes below which a save or an import may not fit any more.
const FEW_BYTES: u64 = 100 << 20;
/// Bytes below which the next save may fail.
const NO_BYTES: u64 = 5 << 20;
/// A write-ahead log above this was not moved into the store for long.
const LONG_LOG: u64 = 64 << 20;

pub(super) fn judge(store: Option<&Store>) -> Vec<CheckResult> {
    let Some(it) = store else {
        let found = "the home directory is not known, so there is no place for a store";
        let todo = "Set HOME, or JETBRIDGE_CONFIG_DIR, JETBRIDGE_DATA_DIR and JETBRIDGE_STATE_DIR.";
        return vec![CheckResult::fail(AREA, "file", found, todo)];
    };
    let mut out = vec![file(it)];
    if let Some(Ok(inside)) = &it.inside {
        out.extend([schema(inside), integrity(inside), trust(inside), deleted(inside)]);
    }
    out.push(file_system(it));
    out.extend(private(AREA, "permissions of the file", &it.file));
    out.extend(private(AREA, "permissions of the folder", &it.folder));
    out.push(space(it));
    if it.file.exists {
        out.push(log(it));
    }
    out
}

fn file(it: &Store) -> CheckResult {
    let (name, path) = ("file", it.file.path.display());
    match &it.inside {
        None if it.file.writable => {
            CheckResult::ok(AREA, name, format!("{path} is created when something is saved"))
        }
        None => CheckResult::fail(
            AREA,
            name,
            format!("{path} does not exist and cannot be created{}", it.file.owner()),
            it.file.to_do("Set JETBRIDGE_DATA_DIR to a folder that you can write to."),
        ),
        Some(Ok(_)) if !it.file.writable => CheckResult::fail(
            AREA,
            name,
            format!("{path} can be read and not written{}", it.file.owner()),
            it.file.to_do("Check owner and permissions of the file and its folder."),
        ),
        Some(Ok(inside)) => {
            let many = if inside.connections == 1 { "" } else { "s" };
            CheckResult::ok(AREA, name, format!("{path}, {} connection{many}", inside.connections))
        }
        Some(Err((what, todo))) => CheckResult::fail(AREA, name, what.as_str(), todo.as_str()),
    }
}

fn schema(it: &Inside) -> CheckResult {
    let (name, found) = ("schema", format!("version {}", it.schema));
    if it.schema > it.known {
        let todo = "A newer jetbridge wrote this store: update this one.";
        return CheckResult::fail(
            AREA,
            name,
            format!("{found}, this one knows {}", it.known),
            todo,
        );
    }
    if it.schema < it.known {
        let found = format!("{found}, upgraded to {} when it is next opened", it.known);
        return CheckResult::ok(AREA, name, found);
    }
    CheckResult::ok(AREA, name, found)
}

fn integrity(it: &Inside) -> CheckResult {
    let name = "integrity";
    let Some(damage) = &it.damage else {
        return CheckResult::skipped(AREA, name, "the quick check was not finished in time");
    };
    match damage.first() {
        None => CheckResult::ok(AREA, name, "SQLite's quick check found no problems"),
        Some(first) => CheckResult::fail(
            AREA,
            name,
            format!("damaged: {first} ({} in all)", damage.len()),
            "Copy the file with its -wal before anything else, then restore a backup or export what can still be read.",
        ),
    }
}

/// An older store in its place, or one whose vault is gone.
fn trust(it: &Inside) -> CheckResult {
    match &it.untrusted {
        None => CheckResult::ok(AREA, "trust", "not older than when it was last used here"),
        Some((why, todo)) => CheckResult::fail(AREA, "trust", why.clone(), todo.clone()),
    }
}

/// Deleted connections keep their secrets until they are purged.
fn deleted(it: &Inside) -> CheckResult {
    let name = "deleted";
    let (count, oldest) = it.deleted;
    let found = match (count, it.purge_days, oldest) {
        (0, ..) => "no deleted connections are kept".to_owned(),
        (_, 0, _) | (.., None) => {
            format!(
                "{count} kept with their secrets; purge_days is 0, so `jetbridge purge` ends that"
            )
        }
        (_, days, Some(since)) => {
            let due = token::days_after(since, i64::from(days));
            let day = due.map_or_else(String::new, |it| it.to_string().chars().take(10).collect());
            format!(
                "{count} kept with their secrets, each purged {days} days after its deletion: the \
                 first with the next change from {day} on"
            )
        }
    };
    CheckResult::ok(AREA, name, found)
}

fn file_system(it: &Store) -> CheckResult {
    let name = "file system";
    match &it.network_fs {
        None => CheckResult::ok(AREA, name, "on this machine, as far as the system reports"),
        Some(kind) => CheckResult::fail(
            AREA,
            name,
            format!("{kind}: a store cannot lie on a network file system"),
            "Set JETBRIDGE_DATA_DIR to a folder on a disk of this machine.",
        ),
    }
}

/// Whether others can read what is private; nothing where the system has no such bits.
fn private(area: &'static str, name: &str, it: &Folder) -> Option<CheckResult> {
    let mode = it.mode.filter(|_| it.exists)?;
    let found = format!("{mode:04o}");
    Some(if mode & 0o077 == 0 {
        CheckResult::ok(area, name, found)
    } else {
        let path = it.path.display();
        let bits = if mode & 0o100 == 0 { "600" } else { "700" };
        if mode & 0o022 != 0 {
            return Some(CheckResult::fail(
                area,
                name,
                format!("{found}: others on this machine can change {path}"),
                format!("Check what is in it, then run chmod {bits} on that path."),
            ));
        }
        CheckResult::warning(
            area,
            name,
            format!("{found}: others on this machine may read {path}"),
            format!("Close it: chmod {bits} on that path."),
        )
    })
}

fn space(it: &Store) -> CheckResult {
    let name = "free space";
    let Some(free) = it.free else {
        return CheckResult::skipped(AREA, name, "the system does not report it");
    };
    let found = format!("{} MB", free >> 20);
    let todo = "Free some space; a save that does not fit is refused and changes nothing.";
    if free < NO_BYTES {
        CheckResult::fail(AREA, name, found, todo)
    } else if free < FEW_BYTES {
        CheckResult::warning(AREA, name, found, todo)
    } else {
        CheckResult::ok(AREA, name, found)
    }
}

fn log(it: &Store) -> CheckResult {
    let name = "write-ahead log";
    match it.wal {
        0 => CheckResult::ok(AREA, name, "empty"),
        bytes if bytes > LONG_LOG => CheckResult::warning(
            AREA,
            name,
            format!("{} MB are not in the store's file yet", bytes >> 20),
            "End other jetbridge processes, then `jetbridge list` moves it. Copy the store with its -wal.",
        ),
        bytes => {
            let kb = bytes.div_ceil(1024);
            CheckResult::ok(AREA, name, format!("{kb} KB; belongs to the store, copy it with it"))
        }
    }
}

/// What opens sealed secrets, and where it is while it is used.
pub(super) fn key(key: &Key, store: Option<&Store>) -> Vec<CheckResult> {
    let (area, name) = ("Sealed secrets", "memory");
    let memory = match key.locked {
        true => CheckResult::ok(area, name, "keys are kept out of the swap file"),
        false => CheckResult::ok(
            area,
            name,
            "keys cannot be kept out of the swap file: the system lets this process lock no memory",
        ),
    };
    opener(key, store).into_iter().chain([memory]).collect()
}

fn opener(key: &Key, store: Option<&Store>) -> Vec<CheckResult> {
    let area = "Sealed secrets";
    let sealed = matches!(store, Some(Store { inside: Some(Ok(it)), .. }) if it.sealed);
    if let Some((label, state)) = &key.other {
        return vec![match state {
            Ok(()) => CheckResult::ok(area, "key", label.as_str()),
            Err((what, todo)) => CheckResult::fail(area, "key", what.as_str(), todo.as_str()),
        }];
    }
    let Some((file, state)) = &key.file else {
        return vec![CheckResult::skipped(area, "key", "the home directory is not known")];
    };
    let (name, path) = ("key file", file.path.display());
    let check = match state {
        KeyFile::Missing if sealed => CheckResult::fail(
            area,
            name,
            format!("{path} is gone: the sealed secrets of this store cannot be opened"),
            "Restore it from a backup. Without it every secret must be entered again.",
        ),
        KeyFile::Missing => {
            CheckResult::ok(area, name, format!("{path} is created with the first secret"))
        }
        KeyFile::Fits if beside(file, store) => CheckResult::warning(
            area,
            name,
            format!(
                "{path} is next to the store: anyone who copies the folder can open its secrets"
            ),
            "Give configuration and data folders of their own, and move the key file there.",
        ),
        KeyFile::Fits => CheckResult::ok(area, name, path.to_string()),
        KeyFile::Broken => CheckResult::fail(
            area,
            name,
            format!("{path} is not a vault key, or was altered"),
            "Restore it from a backup; do not delete it, it may be recoverable.",
        ),
        KeyFile::Other => CheckResult::fail(
            area,
            name,
            format!("{path} is not the key of this store: its sealed secrets cannot be opened"),
            "Bring back the key file that belongs to it, or the store that belongs to the key.",
        ),
        KeyFile::Unreadable => CheckResult::fail(
            area,
            name,
            format!("{path} cannot be read{}", file.owner()),
            file.to_do("Make the file yours again (chown, chmod 600)."),
        ),
    };
    std::iter::once(check).chain(private(area, "permissions of the key file", file)).collect()
}

/// The key and what it opens are in one folder.
fn beside(file: &Folder, store: Option<&Store>) -> bool {
    store.is_some_and(|it| file.path.parent() == Some(&*it.folder.path))
}
