//! The hosts of the cloud, and this machine's clock against theirs. preflight.md §3, §6.

use super::id;
use super::signin::As;
use super::subject::{Subject, no_tenant};
use crate::checks::check::{Check, Need, Running, Seen, Skip, Stop};

const CLOCK: &str = "net.clock";

/// Seconds from which a clock is reported, and from which sign-ins fail. preflight.md §6
const OFF: i64 = 60;
const TOO_FAR: i64 = 300;

pub(super) static CHECKS: [Check<Subject>; 3] = [
    Check {
        id: id::LOGIN,
        area: "Network",
        proves: "The sign-in host of the cloud answers: names, connection, proxy, certificate.",
        needs: &[Need::Network],
        when: Subject::has_tenant,
        run: reached,
    },
    Check {
        id: CLOCK,
        area: "Network",
        proves: "The clock of this machine agrees with the one of the sign-in host.",
        needs: &[Need::Network],
        when: Subject::has_tenant,
        run: clock,
    },
    Check {
        id: id::GRAPH,
        area: "Network",
        proves: "Microsoft Graph answers: names, connection, proxy, certificate.",
        needs: &[Need::Network, Need::Secret],
        when: Subject::has_tenant,
        run: graph,
    },
];

fn reached(subject: &Subject) -> Running {
    let Some((run, login)) = at_login(subject) else { return no_tenant() };
    let host = login.host_str().unwrap_or_default().to_owned();
    Box::pin(async move {
        run.reached(&login, id::LOGIN).await?;
        Ok(Seen::ok(format!("{host} answers")))
    })
}

/// Only for a tenant that somebody can sign in to: no other is asked there.
fn graph(subject: &Subject) -> Running {
    let (run, Some(tenant)) = (subject.run.clone(), &subject.tenant) else { return no_tenant() };
    let signed_in = run.signed_in(tenant, As::Anybody);
    Box::pin(async move {
        let by = signed_in.await?;
        run.reached(by.graph.graph(), id::GRAPH).await?;
        Ok(Seen::ok(format!("{} answers", by.graph.graph().host_str().unwrap_or_default())))
    })
}

fn clock(subject: &Subject) -> Running {
    let Some((run, login)) = at_login(subject) else { return no_tenant() };
    Box::pin(async move {
        match run.reached(&login, id::LOGIN).await? {
            Some(ahead) => Ok(judged(ahead)),
            None => Err(Stop::Skip(Skip::NotReadable("the host did not send its time"))),
        }
    })
}

/// How a clock stands that the host's is so many seconds ahead of.
pub(in crate::checks) fn judged(ahead: i64) -> Seen {
    let off = ahead.abs();
    let side = if ahead > 0 { "behind" } else { "ahead of" };
    let words = format!("this machine's clock is {off} s {side} the host's");
    match off {
        ..=OFF => Seen::ok(words),
        _ if off <= TOO_FAR => Seen::warning(words, "Check time synchronization (NTP)."),
        _ => Seen::fail(words, "Set the clock right (NTP); sign-ins fail until then."),
    }
}

fn at_login(subject: &Subject) -> Option<(super::Run, url::Url)> {
    let cloud = subject.tenant.as_ref()?.cloud.unwrap_or_default();
    Some((subject.run.clone(), subject.run.login(cloud)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::check::Level;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off_either_way() {
        for (off, level) in [
            (0, Level::Ok),
            (60, Level::Ok),
            (61, Level::Warning),
            (300, Level::Warning),
            (301, Level::Fail),
            (86_400, Level::Fail),
        ] {
            assert_eq!((judged(off).level, judged(-off).level), (level, level), "{off}");
        }
        assert!(judged(90).text.contains("90 s behind"));
        assert!(judged(-90).text.contains("90 s ahead of"));
    }
}
