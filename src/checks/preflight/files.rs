//! The enrollment file, where its share is mounted on this machine. preflight.md §1.5, §3.

use std::path::PathBuf;

use super::ppkg;
use super::run::{Run, fault};
use super::subject::Subject;
use crate::checks::check::{Cause, Check, Outcome, Running, Seen, Skip, Sort, Stop};
use crate::checks::lookup::Answer;
use crate::domain::Timestamp;
use crate::files::read;
use crate::text::shown;

const FILE: &str = "share.file";

/// Days from which a file is reported and from which it is too old: a bulk token ends after 180.
const OLD: i64 = 150;
const TOO_OLD: i64 = 180;
/// Longest list of mounts.
const MOST_MOUNTS: u64 = 4 << 20;

pub(super) static CHECKS: [Check<Subject>; 2] = [
    Check {
        id: FILE,
        area: "Join",
        proves: "The enrollment file is on its share.",
        needs: &[],
        when: |it| it.share().is_some(),
        run: there,
    },
    Check {
        id: "ppkg.file",
        area: "Join",
        proves: "The enrollment file is a provisioning package, built less than 180 days ago.",
        needs: &[],
        when: |it| it.share().is_some(),
        run: package,
    },
];

/// A share that is mounted on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Server.
    pub server: String,
    /// Share, and where within it the mount begins.
    pub path: String,
    /// Where it is.
    pub at: PathBuf,
}

impl Mount {
    /// The shares that are mounted now. Empty where the system does not say.
    pub fn all() -> Vec<Self> {
        let bytes = read::bytes("/proc/self/mounts".as_ref(), MOST_MOUNTS).ok();
        bytes.map(|it| Self::listed(&String::from_utf8_lossy(&it))).unwrap_or_default()
    }

    /// The shares in a list of mounts as Linux writes it.
    fn listed(text: &str) -> Vec<Self> {
        let mount = |line: &str| {
            let mut words = line.split(' ');
            let (device, at, kind) = (words.next()?, words.next()?, words.next()?);
            let (server, path) = plain(device)
                .strip_prefix("//")?
                .split_once('/')
                .map(|it| (it.0.to_owned(), it.1.trim_end_matches('/').to_owned()))?;
            matches!(kind, "cifs" | "smb3").then(|| Self { server, path, at: plain(at).into() })
        };
        text.lines().filter_map(mount).collect()
    }

    /// Where a file of a share is here.
    fn file(&self, server: &str, share: &str, rest: &str) -> Option<PathBuf> {
        let path = format!("{share}/{}", rest.replace('\\', "/"));
        let within = path.get(..self.path.len())?;
        let rest = path.get(self.path.len()..)?.strip_prefix('/')?;
        let fits = self.server.eq_ignore_ascii_case(server)
            && self.path.eq_ignore_ascii_case(within)
            && rest.split('/').all(|part| part != "..");
        fits.then(|| self.at.join(rest))
    }
}

/// A word of the list without its escapes.
fn plain(word: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(word.to_owned(), |word, (code, character)| word.replace(code, character))
}

/// What the head of the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// It is no provisioning package.
    Other,
    /// It is one, built then where it says so.
    Package(Option<Timestamp>),
}

/// Reads the head of the file, once for all connections that name it.
fn head(subject: &Subject) -> Answer<Head> {
    let run: Run = subject.run.clone();
    let name = subject.enrollment_file().unwrap_or_default().to_owned();
    let here = subject.share().and_then(|(server, share, rest)| {
        run.mounts.iter().find_map(|it| it.file(server, share, rest))
    });
    let key = format!("head of {}", name.to_lowercase());
    run.lookups.learn(key, FILE, std::future::ready(Ok(())), move |()| async move {
        let why = "the share is not mounted on this machine, and reading it needs an account";
        let path = here.ok_or(Stop::Skip(Skip::of(FILE, Skip::NotKnown(why.into()))))?;
        let read = tokio::task::spawn_blocking(move || {
            let head = ppkg::head(&read::part(&path, 0, ppkg::HEAD)?);
            let Some(described) = head else { return Ok(Head::Other) };
            let text = read::part(&path, described.from, described.length)?;
            Ok(Head::Package(ppkg::built(&text)))
        });
        let read = read.await.unwrap_or(Ok(Head::Other));
        read.map_err(|error: crate::files::FileError| {
            fault(FILE, Cause::new(Sort::Failed, error.to_string(), error.hint()))
        })
    })
}

fn there(subject: &Subject) -> Running {
    let (head, name) = (head(subject), subject.enrollment_file().unwrap_or_default().to_owned());
    Box::pin(async move {
        head.await?;
        Ok(Seen::ok(format!("{} is there", shown(&name))))
    })
}

fn package(subject: &Subject) -> Running {
    let (head, now) = (head(subject), subject.run.now);
    Box::pin(async move { judged(head.await?, now) })
}

fn judged(head: Head, now: Timestamp) -> Outcome {
    let fix = "Build the package again in Windows Configuration Designer with a new bulk token.";
    match head {
        Head::Other => Ok(Seen::fail("the file is not a provisioning package", fix)),
        Head::Package(None) => {
            Err(Stop::Skip(Skip::NotReadable("the file does not contain its build time")))
        }
        Head::Package(Some(at)) => {
            let days = ppkg::days_since(at, now);
            let words = format!("built {} days ago ({})", days, at.strftime("%Y-%m-%d"));
            Ok(match days {
                ..=OLD => Seen::ok(words),
                _ if days <= TOO_OLD => Seen::warning(words, fix),
                _ => Seen::fail(format!("{words}: its bulk token has ended"), fix),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::check::Level;

    const MOUNTS: &str = "proc /proc proc rw 0 0\n\
        //files.contoso.example/fly /mnt/fly cifs rw,user=x 0 0\n\
        //nas/team/sub\\040folder/ /mnt/a\\040b smb3 ro 0 0\n\
        //nas/nfs /mnt/c nfs ro 0 0\n//broken\n\n";

    #[test]
    fn a_file_of_a_share_is_found_where_it_is_mounted() {
        let mounts = Mount::listed(MOUNTS);
        assert_eq!(mounts.len(), 2, "{mounts:?}");
        let file = |server: &str, share: &str, rest: &str| {
            mounts.iter().find_map(|it| it.file(server, share, rest))
        };
        for (server, share, rest, expected) in [
            ("FILES.contoso.example", "Fly", "join.ppkg", Some("/mnt/fly/join.ppkg")),
            ("files.contoso.example", "fly", r"a\b\join.ppkg", Some("/mnt/fly/a/b/join.ppkg")),
            ("nas", "team", r"sub folder\join.ppkg", Some("/mnt/a b/join.ppkg")),
            ("nas", "team", r"other\join.ppkg", None),
            ("nas", "nfs", "join.ppkg", None),
            ("files.contoso.example", "flyer", "join.ppkg", None),
            ("files.contoso.example", "fly", r"..\..\etc\passwd", None),
            ("files", "fly", "join.ppkg", None),
        ] {
            assert_eq!(file(server, share, rest), expected.map(PathBuf::from), "{share} {rest}");
        }
    }

    #[test]
    fn a_package_is_judged_by_its_age() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let at = |days: i64| Head::Package(crate::domain::token::days_after(now, -days));
        for (days, level) in [
            (0, Level::Ok),
            (150, Level::Ok),
            (151, Level::Warning),
            (180, Level::Warning),
            (181, Level::Fail),
        ] {
            assert_eq!(judged(at(days), now).unwrap().level, level, "{days}");
        }
        assert_eq!(judged(Head::Other, now).unwrap().level, Level::Fail);
        assert!(matches!(judged(Head::Package(None), now), Err(Stop::Skip(Skip::NotReadable(_)))));
    }
}
