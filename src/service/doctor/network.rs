//! Contexts, proxies, certificate authorities, the clock. SPEC E3; RELIABILITY §5.

use crate::backend::http::HttpErrorKind;

use super::{CheckResult, Clock, Context, Inside, Network, Store};

const AREA: &str = "Network";

/// Seconds that a clock may be off: tokens are valid from when they are given out, and Entra ID
/// lets five minutes pass.
const CLOCK_TOLERANCE: i64 = 300;

pub(super) fn contexts(all: &[Context]) -> Vec<CheckResult> {
    let area = "Contexts";
    let mut out = Vec::new();
    for it in all {
        let name = it.name.as_str();
        match &it.credential {
            Some(Err((what, todo))) => out.push(CheckResult::fail(area, name, what, todo)),
            Some(Ok(found)) => {
                out.push(CheckResult::ok(area, name, format!("{}, {found}", it.what)))
            }
            None => {
                let unknown = it.unknown.as_deref().unwrap_or("not checked");
                let found = format!("{}, {unknown}", it.what);
                out.push(CheckResult::skipped(area, name, found));
            }
        }
        match &it.reached {
            Some(Ok(found)) => out.push(CheckResult::ok(area, format!("{name}, reached"), found)),
            Some(Err((what, todo))) => {
                out.push(CheckResult::fail(area, format!("{name}, reached"), what, todo));
            }
            None => {}
        }
    }
    if out.is_empty() {
        out.push(CheckResult::ok(area, "contexts", "none but the local store"));
    }
    out
}

pub(super) fn judge(it: &Network) -> Vec<CheckResult> {
    let mut out = Vec::new();
    for variable in &it.proxies {
        out.push(match &variable.place {
            _ if !variable.used => {
                CheckResult::ok(AREA, variable.name, "is set, but no call uses it")
            }
            Ok(place) => CheckResult::ok(AREA, variable.name, place.to_string()),
            Err(why) => {
                let kind = HttpErrorKind::ProxySetting;
                let found = format!("{}: {why}", kind.label());
                CheckResult::fail(AREA, variable.name, found, kind.hint())
            }
        });
    }
    if !it.proxies.iter().any(|it| it.used) {
        out.push(CheckResult::ok(AREA, "proxy", "none in the environment"));
    }
    if it.no_proxy > 0 {
        let many = if it.no_proxy == 1 { "y" } else { "ies" };
        out.push(CheckResult::ok(AREA, "NO_PROXY", format!("{} entr{many}", it.no_proxy)));
    }
    for (variable, path, there) in &it.certificates {
        let path = path.display();
        out.push(if *there {
            CheckResult::ok(AREA, *variable, path.to_string())
        } else {
            CheckResult::fail(
                AREA,
                *variable,
                format!("{path} does not exist, so no server can be trusted"),
                "Set it to an existing file or folder, or unset it.",
            )
        });
    }
    let name = "certificate authorities";
    let bundle = match &it.ca_bundle {
        Some(path) => format!("the system's and those of {}", path.display()),
        None => "the system's".to_owned(),
    };
    out.push(match &it.client {
        Some(Ok(())) => CheckResult::ok(AREA, name, bundle),
        Some(Err((what, todo))) => CheckResult::fail(AREA, name, what, todo),
        None => CheckResult::skipped(AREA, name, "checked once the configuration is valid"),
    });
    out
}

pub(super) fn clock(clock: Clock, store: Option<&Store>) -> CheckResult {
    let (area, name) = ("Clock", "clock");
    let todo = "Set the clock, best from a time server (timedatectl set-ntp true).";
    if let Some(ahead) = clock.ahead
        && ahead.abs() > CLOCK_TOLERANCE
    {
        let way = if ahead > 0 { "slow" } else { "fast" };
        let found = format!("{} minutes {way} against a server: sign-ins fail", ahead.abs() / 60);
        return CheckResult::fail(area, name, found, todo);
    }
    let last = match store {
        Some(Store { inside: Some(Ok(Inside { last_change, .. })), .. }) => *last_change,
        Some(_) | None => None,
    };
    let (Some(now), last) = (clock.now, last) else {
        return CheckResult::skipped(area, name, "not known");
    };
    if let Some(last) = last
        && last.as_second() - now.as_second() > CLOCK_TOLERANCE
    {
        let found =
            format!("it is {now:.0}, and the store was changed at {last:.0}, in the future");
        return CheckResult::warning(area, name, found, todo);
    }
    let beside = match clock.ahead {
        Some(_) => "as a server's",
        None if last.is_some() => "not before the store's last change",
        None => "nothing to compare it with",
    };
    CheckResult::ok(area, name, format!("{now:.0}, {beside}"))
}
