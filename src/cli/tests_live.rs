//! `diff`, `runbook` and `import --from` on a plan and a live context in memory.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::args::{Args, Verb};
use super::dispatch;
use super::output::{Printer, Terminals};
use super::session::{Opened, Session};
use crate::backend::Place;
use crate::domain::context::ContextKind;
use crate::domain::key::KeyKind;
use crate::domain::{ConnectionType, Side};
use crate::error::{Exit, Failure};
use crate::service::contexts::{ContextInfo, Contexts, OpenError};
use crate::testing::contract::delete;
use crate::testing::contract::{held, new, source};
use crate::testing::fake::{Call, Fake};
use crate::testing::service::{add, block, empty, now, rows, with};

struct Ran {
    out: String,
    err: String,
    exit: Exit,
}

impl Ran {
    fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap();
        assert_eq!(value["version"], 1, "{}", self.out);
        value
    }
}

/// A plan and the services it can be held against.
struct World {
    plan: Fake,
    live: Vec<(&'static str, Fake)>,
    data: tempfile::TempDir,
}

fn world(plan: Fake, live: Fake) -> World {
    World { plan, live: vec![("contoso", live)], data: tempfile::tempdir().unwrap() }
}

fn info(name: &str, kind: ContextKind) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
        active: kind == ContextKind::Store,
    }
}

impl World {
    fn contexts(&self) -> Contexts {
        let mut all = vec![("local", ContextKind::Store, self.plan.clone())];
        all.extend(self.live.iter().map(|(name, it)| (*name, ContextKind::Fly, it.clone())));
        let infos = all.iter().map(|(name, kind, _)| info(name, *kind)).collect();
        Contexts::new(
            infos,
            Arc::new(move |name| {
                let found = all.iter().find(|it| it.0 == name).map(|it| it.2.clone());
                Box::pin(async move {
                    let found = found.ok_or_else(|| OpenError::new("nothing there", ""))?;
                    let backend = Place::from(found);
                    Ok(backend)
                })
            }),
        )
    }

    fn run_cached(&self, line: &[&str], cached: bool) -> Ran {
        let args = Args::of(std::iter::once(&"jetbridge").chain(line)).unwrap();
        let Some(Verb::Store(verb)) = args.verb else { panic!("{line:?}") };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = {
            let mut printer = Printer::new(&mut out, &mut err, None);
            let mut session = Session {
                printer: &mut printer,
                input: &mut Cursor::new(b""),
                terminals: Terminals::default(),
                no_input: false,
                yes: false,
                hide: None,
                now: now(),
                warning_days: 14,
                preflight_days: 14,
                waivers: Default::default(),
                allow_commands: false,
                demo: false,
                password: Default::default(),
                agent: &crate::config::Config::default().agent,
                network: &|| Err(Failure::new("no test of the verbs leaves this process")),
                sign_ins: &Vec::new,
                open: &|_, _| Ok(Opened { backend: self.plan.clone().into(), rows: None }),
                several: None,
                contexts: &self.contexts(),
                cached,
                ticks: Some(self.data.path()),
            };
            dispatch(verb, &mut session).unwrap_or_else(|failure| {
                session.printer.failure(&failure);
                failure.exit
            })
        };
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { out: text(out), err: text(err), exit }
    }

    fn run(&self, line: &[&str]) -> Ran {
        self.run_cached(line, false)
    }
}

fn differing() -> World {
    let world = world(with(&["alpha", "both"]), with(&["both", "gamma"]));
    add(&world.plan, "side", ConnectionType::Gmail, Side::Source, "contoso");
    add(&world.live[0].1, "side", ConnectionType::Gmail, Side::Destination, "contoso");
    world
}

#[test]
fn diff_prints_lines_and_ends_with_three_when_something_differs() {
    let ran = differing().run(&["diff", "--plan", "local", "--live", "contoso"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines,
        [
            "--- local (plan)",
            "+++ contoso (live)",
            "- alpha  (Gmail, Source, contoso)",
            "+ gamma  (Gmail, Source, contoso)",
            "~ side  (Gmail)",
            "    side                - Source",
            "                        + Destination",
        ]
    );
    assert_eq!(ran.exit, Exit::Findings);
    assert!(
        ran.err.starts_with("1 differs, 1 only in the plan, 1 only live, 1 the same.\n"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.matches("Not compared").count(), 1);
}

#[test]
fn diff_is_quiet_and_ends_with_zero_when_all_is_the_same() {
    let world = world(with(&["a", "b"]), with(&["a", "b"]));
    let ran = world.run(&["diff"]);
    assert_eq!((ran.out.as_str(), ran.exit), ("", Exit::Ok));
    assert!(ran.err.starts_with("2 the same."), "{}", ran.err);
}

#[test]
fn diff_filters_by_standing_type_and_name() {
    let world = differing();
    let names = |line: &[&str]| -> Vec<String> {
        let json = world.run(line).json();
        let all = json["entries"].as_array().unwrap();
        all.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["diff", "--json", "--only", "plan,live"]), ["alpha", "gamma"]);
    assert_eq!(names(&["diff", "--json", "--name", "OT"]), ["both"]);
    assert_eq!(names(&["diff", "--json", "--type", "Device"]), [] as [&str; 0]);
    // What was not asked for does not count.
    assert_eq!(world.run(&["diff", "--name", "both"]).exit, Exit::Ok);
    assert_eq!(world.run(&["diff", "--only", "ambiguous"]).exit, Exit::Ok);
}

#[test]
fn diff_as_json_has_every_field() {
    let json = differing().run(&["diff", "--json"]).json();
    assert_eq!((&json["plan"], &json["live"]), (&"local".into(), &"contoso".into()));
    assert_eq!(json["differs"], true);
    assert_eq!(json["counts"]["differing"], 1);
    let side = &json["entries"].as_array().unwrap()[3];
    assert_eq!((&side["name"], &side["standing"]), (&"side".into(), &"differing".into()));
    let field = &side["fields"][0];
    assert_eq!(field["field"], "side");
    assert_eq!((&field["plan"], &field["live"]), (&"Source".into(), &"Destination".into()));
    assert!(json["not_compared"].as_array().unwrap().len() > 3);
}

#[test]
fn diff_refreshes_unless_it_is_reported_not_to_and_says_what_failed() {
    let world = differing();
    let live = &world.live[0].1;
    live.fail_next(Call::Refresh, crate::backend::BackendError::TimedOut { seconds: 30 });
    let ran = world.run(&["diff"]);
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.starts_with("error: contoso cannot be read"), "{}", ran.err);
    // What was never read is not an empty list.
    let never = world.run_cached(&["diff"], true);
    assert_eq!(never.exit, Exit::Failure);
    assert!(never.err.contains("contoso was never read here"), "{}", never.err);
    live.read_at(now());
    assert_eq!(world.run_cached(&["diff"], true).exit, Exit::Findings);
    assert_eq!(live.calls().iter().filter(|it| **it == Call::Refresh).count(), 1);
}

#[test]
fn the_contexts_must_be_clear() {
    let mut world = differing();
    let hint = |ran: Ran| {
        assert_eq!(ran.exit, Exit::Usage, "{}", ran.err);
        ran.err
    };
    assert!(hint(world.run(&["diff", "--live", "contosso"])).contains("did you mean contoso?"));
    assert!(hint(world.run(&["diff", "--live", "local"])).contains("is a store"));
    assert!(hint(world.run(&["diff", "--plan", "contoso"])).contains("not a plan"));
    world.live.push(("fabrikam", empty()));
    let reported = hint(world.run(&["diff"]));
    assert!(reported.contains("contoso, fabrikam") && reported.contains("--live"), "{reported}");
    world.live.clear();
    assert!(hint(world.run(&["diff"])).contains("context add"));
}

#[test]
fn exports_go_to_a_new_file_for_one_user() {
    let world = differing();
    let path = world.data.path().join("diff.csv");
    let line = ["diff", "-o", "csv", "--out", path.to_str().unwrap()];
    assert_eq!(world.run(&line).exit, Exit::Findings);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("name,standing,")
            && text.contains("side,differing,Gmail,side,differs,Source,Destination"),
        "{text}"
    );
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = world.run(&line);
    assert!(again.err.contains("choose another name"), "{}", again.err);
    assert!(world.run(&["diff", "-o", "markdown"]).out.contains("## Only live (1)"));
}

#[test]
fn import_from_copies_into_the_plan_and_names_what_it_leaves_out() {
    let world = world(with(&["both"]), with(&["alpha", "both", "gamma"]));
    let dry = world.run(&["import", "--from", "contoso", "--dry-run"]);
    assert_eq!(dry.out, "would copy alpha\nwould copy gamma\n");
    assert!(dry.err.contains("left out both: the plan has one of this name."), "{}", dry.err);
    assert_eq!(rows(&world.plan).len(), 1);
    let some = world.run(&["import", "--from", "contoso", "ALPHA", "nope"]);
    assert_eq!((some.out.as_str(), some.exit), ("copied alpha\n", Exit::Partial));
    assert!(some.err.contains("nope: no connection is named nope"), "{}", some.err);
    let json = world.run(&["import", "--from", "contoso", "--json"]).json();
    assert_eq!((&json["added"], &json["names"][0]), (&1.into(), &"gamma".into()));
    assert_eq!(json["left_out"].as_array().unwrap().len(), 2);
    assert_eq!(rows(&world.plan).len(), 3);
}

#[test]
fn import_wants_one_file_or_a_context() {
    let parse = |line: &[&str]| Args::of(std::iter::once(&"jetbridge").chain(line)).map(|_| ());
    assert!(parse(&["import"]).is_err());
    assert!(parse(&["import", "--from", "contoso", "--format", "csv"]).is_err());
    let ran = differing().run(&["import", "a.csv", "b.csv"]);
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("--from CONTEXT"), "{}", ran.err);
}

/// A plan with a device source, every answer given.
fn planned() -> World {
    let world = world(empty(), empty());
    let key = block(world.plan.issue_key(KeyKind::Configuration)).unwrap();
    block(world.plan.save(new(source("laptops", held(&key, now()))))).unwrap();
    world
}

#[test]
fn the_runbook_shows_steps_and_never_a_secret() {
    let world = planned();
    for line in [
        vec!["runbook", "laptops"],
        vec!["runbook", "laptops", "-o", "markdown"],
        vec!["runbook", "laptops", "--json"],
        vec!["runbook", "laptops", "-o", "json"],
    ] {
        let ran = world.run(&line);
        assert_eq!(ran.exit, Exit::Ok, "{}", ran.err);
        assert!(!ran.out.contains("not-real-"), "{}", ran.out);
        assert!(
            ran.out.contains("AvePoint Online Services application (client) ID"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("client secret"), "{}", ran.out);
    }
    let json = world.run(&["runbook", "laptops", "--json"]).json();
    assert_eq!(json["runbook"]["steps"][0]["id"], "open");
    assert!(
        json["runbook"]["before"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| { it["text"].as_str().unwrap().contains("fly.admigration.readwrite.all") })
    );
}

#[test]
fn steps_are_ticked_by_number_or_id_and_kept() {
    let world = planned();
    let ran = world.run(&["runbook", "laptops", "--tick", "1,name"]);
    assert!(ran.out.contains("2 of "), "{}", ran.out);
    assert!(ran.out.contains("  1. [x] Settings > Connections"), "{}", ran.out);
    let json = world.run(&["runbook", "laptops", "--json", "--untick", "1"]).json();
    assert_eq!((&json["done"], &json["ticked"][0]), (&1.into(), &"name".into()));
    let wrong = world.run(&["runbook", "laptops", "--tick", "99"]);
    assert_eq!(wrong.exit, Exit::Usage);
    assert_eq!(world.run(&["runbook", "laptops", "--json", "--reset"]).json()["done"], 0);
    assert!(has_files(world.data.path()));
}

fn has_files(data: &Path) -> bool {
    std::fs::read_dir(data.join("runbooks")).unwrap().count() > 0
}

#[test]
fn the_last_step_is_ticked_by_the_live_list_only() {
    let world = planned();
    let ran = world.run(&["runbook", "laptops", "--json", "--live"]);
    assert_eq!((ran.exit, ran.json()["done"].as_u64()), (Exit::Findings, Some(0)));
    assert!(ran.err.contains("does not list it yet"), "{}", ran.err);
    let side = block(world.plan.summaries(vec![rows(&world.plan)[0].id])).unwrap()[0].side;
    add(&world.live[0].1, "Laptops", ConnectionType::Device, side, "");
    // Written in another case, it is not what was planned.
    let ran = world.run(&["runbook", "laptops", "--live", "contoso"]);
    assert_eq!(ran.exit, Exit::Findings);
    assert!(ran.err.contains("it differs in name"), "{}", ran.err);
    block(delete(&world.live[0].1, &[rows(&world.live[0].1)[0].id]));
    add(&world.live[0].1, "laptops", ConnectionType::Device, side, "");
    let ran = world.run(&["runbook", "laptops", "--live", "contoso", "--json"]);
    assert_eq!(
        (ran.exit, ran.err.as_str()),
        (Exit::Ok, "Confirmed: contoso lists it as planned.\n")
    );
    assert_eq!(ran.json()["ticked"][0], "confirm");
}

#[test]
fn what_has_no_runbook_says_why() {
    let world = world(with(&["mail"]), empty());
    add(&world.plan, "groups", ConnectionType::M365Group, Side::Any, "contoso");
    let reported = |name: &str| {
        let ran = world.run(&["runbook", name]);
        assert_eq!(ran.exit, Exit::Failure);
        ran.err
    };
    assert!(reported("mail").contains("has no form"));
    assert!(reported("groups").contains("fill in the rest of its form"));
}
