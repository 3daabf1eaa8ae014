//! `jetbridge --version --verbose`: which program this is, for a report or an inventory.

use std::fmt::Write as _;

use crate::backend::store;
use crate::permissions::catalogue;

/// How the program was built; `.ci/package` sets it, `cargo build` leaves it empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Build {
    /// Commit that it was built from; ends with `+dirty` where something was not committed.
    pub commit: Option<&'static str>,
    /// Day of that commit.
    pub date: Option<&'static str>,
    /// Platform that it was built for.
    pub target: Option<&'static str>,
    /// Oldest glibc that it runs with.
    pub glibc: Option<&'static str>,
    /// Compiler.
    pub rustc: Option<&'static str>,
}

/// What is printed.
pub fn text(build: &Build) -> String {
    let here = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let source = "not recorded, built from source";
    let mut out = format!("jetbridge {}\n", env!("CARGO_PKG_VERSION"));
    let lines = [
        ("commit", build.commit.unwrap_or(source)),
        ("date", build.date.unwrap_or("not recorded")),
        ("target", build.target.unwrap_or(&here)),
        ("glibc", build.glibc.unwrap_or("that of the builder, or later")),
        ("rustc", build.rustc.unwrap_or("not recorded")),
        ("SQLite", store::sqlite_version()),
        ("reference data", catalogue().newest()),
    ];
    for (what, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{what}: {value}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_a_report_needs_and_says_what_was_not_recorded() {
        let plain = text(&Build::default());
        assert!(plain.starts_with(&format!("jetbridge {}\n", env!("CARGO_PKG_VERSION"))));
        assert!(plain.contains("commit: not recorded"), "{plain}");
        let day = plain.lines().last().unwrap().strip_prefix("reference data: ").unwrap();
        assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");
        let build = Build {
            commit: Some("0123456789ab"),
            date: Some("2026-11-30"),
            target: Some("x86_64-unknown-linux-gnu"),
            glibc: Some("2.17"),
            rustc: Some("1.95.0"),
        };
        let built = text(&build);
        for line in
            ["commit: 0123456789ab\n", "glibc: 2.17\n", "target: x86_64-unknown-linux-gnu\n"]
        {
            assert!(built.contains(line), "{built}");
        }
        assert!(built.contains("\nSQLite: 3."), "{built}");
    }
}
