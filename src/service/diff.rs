//! The plan held against a live context: both lists are read, and the records of pairs compared.

use std::collections::HashMap;

use super::connections::all_rows;
use crate::backend::{BackendError, OnProgress, Place};
use crate::domain::compare::{Brief, Entry, Known, Report, Standing, Wanted, judge, matched};
use crate::domain::health::Directory;
use crate::domain::{Answers, Connection, ConnectionId};
use crate::form::{Spec, specs};

/// Records asked for at once: few enough that a store stays free for others in between.
const AT_ONCE: usize = 1_000;

/// Whether the live list is read again first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    /// Read again, or fail.
    Must,
    /// Read again; where that fails, what was read before counts, and the report says why.
    IfPossible,
    /// What was read before counts.
    Cached,
}

/// A place with the name of its context.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// Name of the context.
    pub name: &'a str,
    /// Its backend.
    pub backend: &'a Place,
}

/// Which of the two could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be read: {error}", crate::text::shown(.context))]
pub struct DiffError {
    /// Name of its context.
    pub context: String,
    /// It is the live one.
    pub live: bool,
    /// Why.
    pub error: BackendError,
}

/// Holds the plan against a live context. Only records that pass types and name of `wanted` are
/// read; the report holds every entry that does, however it stands.
///
/// # Errors
/// Which side could not be read, and why.
pub async fn diff(
    plan: Compared<'_>,
    live: Compared<'_>,
    fresh: Fresh,
    wanted: &Wanted,
    progress: OnProgress<'_>,
) -> Result<Report, DiffError> {
    let of = |place: Compared<'_>, is_live: bool| {
        let context = place.name.to_owned();
        move |error| DiffError { context: context.clone(), live: is_live, error }
    };
    let (of_plan, of_live) = (of(plan, false), of(live, true));
    let mut stale = None;
    if fresh != Fresh::Cached
        && let Err(error) = live.backend.refresh(progress).await
    {
        if fresh == Fresh::Must {
            return Err(of_live(error));
        }
        stale = Some(error.to_string());
    }
    let (ours, theirs) = tokio::join!(all_rows(plan.backend), all_rows(live.backend));
    let (ours, theirs) = (ours.map_err(&of_plan)?, theirs.map_err(&of_live)?);
    let briefs = |rows: Vec<_>| rows.into_iter().map(Brief::from).collect();
    let mut entries = matched(briefs(ours), briefs(theirs));
    entries.retain(|it| wanted.names(it));
    let directory = super::directory::whole(plan.backend).await.map_err(&of_plan)?;
    let (in_plan, in_live) = wanted_records(&entries);
    let (in_plan, in_live) =
        tokio::join!(records(plan.backend, in_plan), records(live.backend, in_live));
    let (in_plan, in_live) = (in_plan.map_err(&of_plan)?, in_live.map_err(&of_live)?);
    for entry in &mut entries {
        fill(entry, &in_plan, &in_live, &directory);
    }
    let (as_of, remarks) = (live.backend.as_of(), live.backend.remarks());
    let (plan, live) = (plan.name.to_owned(), live.name.to_owned());
    Ok(Report { plan, live, as_of, stale, remarks, entries })
}

/// Records to read on each side: those of pairs, and live the candidates of an ambiguous name.
fn wanted_records(entries: &[Entry]) -> (Vec<ConnectionId>, Vec<ConnectionId>) {
    let (mut plan, mut live) = (Vec::new(), Vec::new());
    for entry in entries {
        if let Some((ours, theirs)) = entry.pair() {
            plan.push(ours);
            live.push(theirs);
        }
        if entry.standing() == Standing::Ambiguous {
            live.extend(entry.live.iter().map(|it| it.id));
        }
    }
    live.sort_unstable();
    live.dedup();
    (plan, live)
}

/// The records by id. One that was deleted in the meantime is left out.
async fn records(
    backend: &Place,
    ids: Vec<ConnectionId>,
) -> Result<HashMap<ConnectionId, Connection>, BackendError> {
    let mut out = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let records = backend.connections(some.to_vec()).await?;
        out.extend(records.into_iter().map(|it| (it.id, it)));
    }
    Ok(out)
}

fn fill(
    entry: &mut Entry,
    plan: &HashMap<ConnectionId, Connection>,
    live: &HashMap<ConnectionId, Connection>,
    directory: &Directory,
) {
    if let Some((ours, theirs)) = entry.pair()
        && let (Some(ours), Some(theirs)) = (plan.get(&ours), live.get(&theirs))
    {
        let either_end = specs::of(ours.kind).is_some_and(Spec::is_for_either_end);
        let plan = Known { either_end, ..Known::of(ours, directory) };
        entry.findings = judge(&plan, &Known::of(theirs, directory));
    }
    for row in &mut entry.live {
        let answers = live.get(&row.id).map(|it| &it.answers);
        if let Some(Answers::Listed(listed)) = answers {
            row.live_id = listed.live.as_ref().map(|it| it.id.as_str().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::backend::ImportRow;
    use crate::backend::store::Store;
    use crate::domain::compare::{Field, Verdict};
    use crate::domain::{ConnectionType, LiveOrigin, Side};
    use crate::testing::fake::{Call, Fake};
    use crate::testing::service::{add, block, empty, with};

    fn place<'a>(name: &'a str, backend: &'a Place) -> Compared<'a> {
        Compared { name, backend }
    }

    fn held(plan: &Place, live: &Place) -> Result<Report, DiffError> {
        let wanted = Wanted::default();
        let (plan, live) = (place("local", plan), place("contoso", live));
        block(diff(plan, live, Fresh::Must, &wanted, &|_| {}))
    }

    #[test]
    fn both_lists_are_matched_and_pairs_compared() {
        let (plan, live) = (with(&["a", "both"]), with(&["BOTH", "c"]));
        add(&plan, "side", ConnectionType::Gmail, Side::Source, "contoso");
        add(&live, "side", ConnectionType::Gmail, Side::Destination, "fabrikam");
        let report = held(&plan, &live).unwrap();
        let reported: Vec<_> = report.entries.iter().map(|it| (it.name(), it.standing())).collect();
        assert_eq!(
            reported,
            [
                ("a", Standing::OnlyPlan),
                ("both", Standing::Differs),
                ("c", Standing::OnlyLive),
                ("side", Standing::Differs)
            ]
        );
        let fields: Vec<Field> = report.entries[3].findings.iter().map(|it| it.field).collect();
        assert_eq!(fields, [Field::Side, Field::Tenant]);
        assert_eq!(report.entries[1].findings[0].field, Field::Name);
        assert_eq!(report.entries[1].findings[0].verdict, Verdict::Differs);
        // Only pairs are read whole.
        let opened =
            |fake: &Fake| fake.calls().iter().filter(|it| **it == Call::Connection).count();
        assert_eq!((opened(&plan), opened(&live)), (2, 2));
    }

    #[test]
    fn a_failure_names_its_side() {
        let (plan, live) = (with(&["a"]), with(&["a"]));
        live.fail_next(Call::Page, BackendError::Busy);
        let error = held(&plan, &live).unwrap_err();
        assert!(error.live && error.to_string().starts_with("contoso cannot be read"), "{error}");
        plan.fail_next(Call::Objects, BackendError::Busy);
        assert_eq!(held(&plan, &live).unwrap_err().context, "local");
    }

    #[test]
    fn a_refresh_that_fails_is_reported_or_fails_as_asked() {
        let (plan, live) = (with(&["a"]), with(&["a"]));
        let run = |fresh| {
            live.fail_next(Call::Refresh, BackendError::TimedOut { seconds: 3 });
            let wanted = Wanted::default();
            let (plan, live) = (place("local", &plan), place("contoso", &live));
            block(diff(plan, live, fresh, &wanted, &|_| {}))
        };
        assert!(run(Fresh::Must).unwrap_err().live);
        assert!(run(Fresh::IfPossible).unwrap().stale.is_some());
        assert_eq!(run(Fresh::Cached).unwrap().stale, None);
        assert_eq!(live.calls().iter().filter(|it| **it == Call::Refresh).count(), 2);
    }

    #[test]
    fn a_filter_keeps_other_records_unread() {
        let (plan, live) = (with(&["a", "b"]), with(&["a", "b"]));
        let wanted = Wanted { name: "B".into(), ..Wanted::default() };
        let (ours, theirs) = (place("local", &plan), place("contoso", &live));
        let report = block(diff(ours, theirs, Fresh::Must, &wanted, &|_| {})).unwrap();
        assert_eq!(report.entries.len(), 1);
        assert_eq!(plan.calls().iter().filter(|it| **it == Call::Connection).count(), 1);
    }

    fn many(count: usize, live: bool) -> Vec<ImportRow> {
        let row = |at: usize| ImportRow {
            line: 1,
            id: None,
            name: format!("connection {at:05}"),
            description: String::new(),
            kind: ConnectionType::Gmail,
            side: Side::Source,
            tenant: "contoso".into(),
            live: live.then(|| {
                Box::new(LiveOrigin {
                    context: "contoso".into(),
                    id: format!("fly-{at}"),
                    ..LiveOrigin::default()
                })
            }),
            modified_at: None,
            modified_by: String::new(),
        };
        (0..count).map(row).collect()
    }

    /// 10,000 × 10,000 on two real stores. `--ignored --nocapture` reports the time.
    #[test]
    #[ignore = "a measurement"]
    fn ten_thousand_against_ten_thousand() {
        let (plan, live) = (Store::in_memory("a").unwrap(), Store::in_memory("b").unwrap());
        block(plan.import(many(10_000, false))).unwrap();
        block(live.import(many(10_000, true))).unwrap();
        let start = Instant::now();
        let report = held(&plan, &live).unwrap();
        let took = start.elapsed();
        assert_eq!(report.count(Standing::Same), 10_000);
        assert!(took.as_secs() < 60, "{took:?}");
    }

    #[test]
    fn nothing_on_either_side_is_no_difference() {
        assert!(!held(&empty(), &empty()).unwrap().differs());
    }
}
