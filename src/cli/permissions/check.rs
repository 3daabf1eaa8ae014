//! `jetbridge permissions check`. SPEC P9.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::args::CheckArgs;
use super::{input, login, markdown, scenario, warn};
use crate::backend::graph::{AppLogin, Endpoints};
use crate::backend::http::Http;
use crate::checks::app::{self, App};
use crate::checks::{Lookups, Stop};
use crate::cli::answer::whole;
use crate::cli::file_args::is_standard;
use crate::cli::network::Network;
use crate::cli::session::{Session, until_interrupt};
use crate::cli::table::{self, Column};
use crate::domain::Cloud;
use crate::error::{Exit, Failure};
use crate::permissions::gap::{Beyond, Counts, Evidence, Line, Report, Standing, Verdict, check};
use crate::permissions::{Scenario, cautions, handoff};

/// Gathers what the app has, judges it, and reports.
pub fn run(session: &mut Session<'_, '_>, args: &CheckArgs) -> Result<Exit, Failure> {
    one_reader(args)?;
    let scenario = scenario::one(session, &args.scenario)?;
    let evidence = gather(session, args, &scenario)?;
    let report = check(&scenario, &evidence);
    let exit = match report.verdict() {
        Verdict::Complete | Verdict::CompleteAsFarAsSeen => Exit::Ok,
        Verdict::Gaps => Exit::Findings,
    };
    let format = args.output.answer.format();
    if args.output.markdown {
        markdown(session, &handoff::report(&report))?;
    } else if !whole(session.printer, format, &Answer::of(&report), &FIELDS, report.lines.iter())? {
        print(session, &report, args.gaps)?;
    }
    Ok(exit)
}

/// Standard input can be read once.
fn one_reader(args: &CheckArgs) -> Result<(), Failure> {
    let files = args.manifest.iter().chain(&args.tokens);
    let files = files.chain(&args.login.certificate).chain(&args.login.key);
    let readers = files.chain(&args.login.secret_file).filter(|it| is_standard(it)).count();
    if readers + usize::from(args.login.secret_stdin) > 1 {
        return Err(Failure::usage("standard input can be read for one thing only")
            .hint("Put the others into files."));
    }
    Ok(())
}

fn gather(
    session: &mut Session<'_, '_>,
    args: &CheckArgs,
    scenario: &Scenario,
) -> Result<Evidence, Failure> {
    let mut evidence = Evidence::default();
    if let Some(path) = &args.manifest {
        evidence = evidence.and(Evidence::from_manifest(&input::manifest(session, path)?));
    }
    let mut tokens = Vec::new();
    for path in &args.tokens {
        tokens.extend(input::tokens(session, path)?);
    }
    evidence = evidence.and(Evidence::from_tokens(&tokens, session.now));
    if args.live {
        let endpoints = endpoints(scenario.cloud, args.login.dod)?;
        let network = (session.network)()?;
        let login = login::login(session, &args.login)?;
        evidence = evidence.and(live(session, network, endpoints, login, scenario)?);
    }
    Ok(evidence)
}

fn endpoints(cloud: Cloud, dod: bool) -> Result<Endpoints, Failure> {
    match (cloud, dod) {
        (Cloud::UsGov, true) => Ok(Endpoints::dod()),
        (Cloud::Commercial | Cloud::China21Vianet, true) => {
            Err(Failure::usage("--dod is for US Government").hint("Add --cloud usgov."))
        }
        (cloud, false) => Ok(Endpoints::of(cloud)),
    }
}

/// Asks Microsoft Graph. Ctrl-C ends the request that is under way.
fn live(
    session: &mut Session<'_, '_>,
    network: Network,
    endpoints: Endpoints,
    login: AppLogin,
    scenario: &Scenario,
) -> Result<Evidence, Failure> {
    let endpoints = match network.stand_in {
        None => endpoints,
        Some(stand_in) => {
            session
                .printer
                .say("warning: a server on this machine plays Microsoft; for tests only");
            stand_in
        }
    };
    let (reported, mut reads) = tokio::sync::mpsc::unbounded_channel();
    let app = App {
        lookups: Lookups::new(app::patience(&network.options)),
        http: Http::new(network.options)?,
        endpoints,
        login,
        // Nobody listening any more is fine.
        progress: Arc::new(move |it| drop(reported.send(it))),
        owner: app::SIGN_IN,
    };
    let quiet = !session.terminals.error;
    let read = until_interrupt(async {
        let read = app.evidence(scenario);
        tokio::pin!(read);
        loop {
            tokio::select! {
                biased;
                done = &mut read => return done,
                Some(it) = reads.recv() => {
                    if !quiet {
                        session.printer.must_say(&it.label());
                    }
                }
            }
        }
    })?;
    read.map_err(|stop| match stop {
        Stop::Fault(fault) => fault.cause.into(),
        Stop::Skip(why) => Failure::new(why.to_string()),
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    version: u8,
    verdict: Verdict,
    summary: String,
    counts: Counts,
    #[serde(flatten)]
    report: &'a Report,
}

impl<'a> Answer<'a> {
    fn of(report: &'a Report) -> Self {
        let (verdict, summary) = (report.verdict(), report.summary());
        Self { version: 1, verdict, summary, counts: report.counts(), report }
    }
}

fn print(session: &mut Session<'_, '_>, report: &Report, gaps: bool) -> Result<(), Failure> {
    let lines: Vec<Line> = report.lines.iter().filter(|it| it.gap || !gaps).cloned().collect();
    if !lines.is_empty() {
        table::print_groups(session.printer, &COLUMNS, &lines, |row| {
            let group = row.requirement.group();
            format!("{group}: {}", report.met_of(group))
        })?;
    }
    let met = |it: &&Line| matches!(it.standing, Standing::Granted { one_user_only: false });
    to_do(session, "To do", lines.iter().filter(|it| it.gap))?;
    if !gaps {
        let rest = lines.iter().filter(|it| !it.gap && !met(it));
        to_do(session, "To know", rest)?;
        if !report.beyond.is_empty() {
            session.printer.line("\nMore than needed")?;
            table::print(session.printer, &BEYOND, &report.beyond)?;
        }
        session.printer.line("\nSources")?;
        for source in &report.sources {
            session.printer.line(&format!("  {source}"))?;
        }
    }
    session.printer.line(&format!("\n{}: {}", report.scenario.describe(), report.summary()))?;
    for warning in &report.warnings {
        session.printer.say(&format!("warning: {warning}"));
    }
    warn(session, &cautions(&report.scenario));
    Ok(())
}

/// What to do next, each thing once with everything that it is for.
fn to_do<'l>(
    session: &mut Session<'_, '_>,
    title: &str,
    lines: impl Iterator<Item = &'l Line>,
) -> Result<(), Failure> {
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        let name = line.requirement.name();
        match steps.iter_mut().find(|(step, _)| *step == line.next_step) {
            Some((_, names)) => names.push(name),
            None => steps.push((&line.next_step, vec![name])),
        }
    }
    if steps.is_empty() {
        return Ok(());
    }
    session.printer.line(&format!("\n{title}"))?;
    for (step, names) in steps {
        session.printer.line(&format!("  {}", names.join(", ")))?;
        session.printer.line(&format!("    {step}"))?;
    }
    Ok(())
}

/// Columns of CSV: a line per requirement.
const FIELDS: [&str; 7] = [
    "standing",
    "gap",
    "requirement.name",
    "requirement.kind",
    "requirement.owner",
    "requirement.permission.id",
    "next_step",
];

const COLUMNS: [Column<Line>; 4] = [
    Column { title: "STATUS", cell: |it| standing(it).into(), least: 14, rank: 0 },
    Column {
        title: "PERMISSION OR ROLE",
        cell: |it| it.requirement.name().into(),
        least: 16,
        rank: 0,
    },
    Column { title: "TYPE", cell: |it| it.requirement.kind().into(), least: 9, rank: 1 },
    Column { title: "HOLDER", cell: |it| it.requirement.holder().into(), least: 12, rank: 2 },
];

/// The word, with a mark that does not hang on colour where the app falls short.
fn standing(line: &Line) -> String {
    let mark = if line.gap { "! " } else { "" };
    format!("{mark}{}", line.standing.label())
}

const BEYOND: [Column<Beyond>; 4] = [
    Column { title: "PERMISSION", cell: |it| Cow::Borrowed(&it.value), least: 16, rank: 0 },
    Column { title: "TYPE", cell: |it| it.kind.label().into(), least: 9, rank: 1 },
    Column { title: "API", cell: |it| Cow::Borrowed(&it.resource), least: 12, rank: 3 },
    Column { title: "NOTE", cell: |it| note(it).into(), least: 12, rank: 2 },
];

fn note(it: &Beyond) -> String {
    let how: Vec<&str> = it.how.iter().map(|it| it.label()).collect();
    let mut text = how.join(", ");
    if !it.covers.is_empty() {
        text.push_str(&format!("; covers {}", it.covers.join(", ")));
    }
    if let Some(note) = it.note {
        text.push_str(&format!("; {note}"));
    }
    text
}
