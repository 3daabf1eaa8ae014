//! Ctrl-C in the middle of a pre-flight. SPEC F1.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::home::Home;
use crate::tenant::{Reply, Tenant};

/// Longest that anything is waited for: a test that hangs says so.
const STUCK: Duration = Duration::from_secs(30);

#[test]
fn ctrl_c_ends_what_is_under_way_and_reports_what_is_known() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    // The host answers; what is asked of the tenant is never answered.
    let tenant = Tenant::new(|seen| match seen.line.contains("openid-configuration") {
        true => Some(Reply::Silence),
        false => Some(Reply::json(404, &json!({}))),
    });
    let args = ["preflight", "contoso-groups-eur-dest", "--only", "net,tenant"];
    let mut command = home.command(args);
    command.env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut out: Vec<String> = Vec::new();
    while !out.iter().any(|it| it.contains("net.login")) {
        out.push(lines.next().unwrap());
    }
    while !tenant.seen().iter().any(|it| it.line.contains("openid-configuration")) {
        tenant.came.recv_timeout(STUCK).unwrap();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    out.extend(lines);
    assert_eq!(child.wait().unwrap().code(), Some(130), "{out:#?}");
    let has = |text: &str| out.iter().any(|it| it.contains(text));
    assert!(has("ok       contoso-groups-eur-dest: net.login"), "{out:#?}");
    assert!(has("tenant.exists: cancelled"), "{out:#?}");
    assert!(out.last().unwrap().starts_with("Pre-flight not finished."), "{out:#?}");
    // One that was ended says nothing about the connection.
    let kept = home.run(&["preflight", "results", "--json"]).succeeds();
    assert!(!kept.out.contains("unfinished"), "{kept:#?}");
}
