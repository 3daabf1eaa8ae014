//! List, save and import of connections.

use std::collections::{BTreeSet, HashSet};

use crate::backend::{BackendError, Cursor, ImportRow, Imported, PageRequest, Place, SaveRequest};
use crate::domain::health::{Findings, Horizon, Level};
use crate::domain::query::{Column, Filter, Sort};
use crate::domain::{Connection, ConnectionId, Summary, Timestamp, rules};
use crate::text;

/// Rows asked for at a time: few enough that a store stays free for others in between.
const PAGE: usize = 2_000;

/// Which connections, in which order. C2, C3, C6.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Types, tenants, sides and levels. Tenants are compared without case.
    pub filter: Filter,
    /// Keyword of the name; empty: any.
    pub search: String,
    /// Order.
    pub sort: Sort,
    /// What decides among rows that are equal by it, in the same direction.
    pub then: Vec<Column>,
    /// Most rows wanted; `None`: all.
    pub limit: Option<usize>,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
}

impl Query {
    /// Whether every row passes.
    pub fn takes_all(&self) -> bool {
        self.filter.is_empty() && self.search.trim().is_empty()
    }

    /// Whether it asks for tenants or names.
    pub fn names(&self) -> bool {
        !self.filter.tenants.is_empty() || !self.search.trim().is_empty()
    }
}

/// A row with its health at the time of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row.
    pub summary: Summary,
    /// Everything found about it.
    pub findings: Findings,
    /// Level of the worst finding.
    pub level: Level,
}

/// What a query found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Rows that pass, at most as many as the limit allows.
    pub rows: Vec<Row>,
    /// How many pass.
    pub matching: usize,
    /// How many connections there are; `None`: that was not asked.
    pub total: Option<usize>,
}

/// Every row, page by page, in the order of the names.
pub async fn all_rows(backend: &Place) -> Result<Vec<Summary>, BackendError> {
    let mut rows = Vec::new();
    each_page(backend, |page| rows.extend(page)).await?;
    Ok(rows)
}

/// Hands over page after page, in the order of the names.
pub(super) async fn each_page(
    backend: &Place,
    mut take: impl FnMut(Vec<Summary>),
) -> Result<(), BackendError> {
    let mut pages = Pages::of(backend);
    while let Some(rows) = pages.next().await? {
        take(rows);
    }
    Ok(())
}

/// The rows of a backend, page after page in the order of the names: however many they are, they need
/// not be in memory at once.
pub(super) struct Pages<'a> {
    backend: &'a Place,
    after: Option<Cursor>,
    ended: bool,
}

impl<'a> Pages<'a> {
    /// Nothing read yet.
    pub(super) const fn of(backend: &'a Place) -> Self {
        Self { backend, after: None, ended: false }
    }

    /// The next page; `None`: there is no more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Summary>>, BackendError> {
        if self.ended {
            return Ok(None);
        }
        let request = PageRequest { after: self.after.clone(), limit: PAGE };
        let page = self.backend.page(request).await?;
        // A backend that answers the same page for ever must not keep us for ever.
        if page.next.is_some() && page.next == self.after {
            return Err(BackendError::Other("the list has no end: a page came twice".into()));
        }
        self.ended = page.next.is_none();
        self.after = page.next;
        Ok(Some(page.rows))
    }
}

/// The rows that a query takes, page after page in the order of the names. Its order and limit do not
/// count.
pub struct Picked<'a> {
    pages: Pages<'a>,
    query: Query,
    now: Timestamp,
    /// Those that pass by names which only another backend knows.
    found: Option<HashSet<ConnectionId>>,
}

impl<'a> Picked<'a> {
    /// Nothing read yet, unless names are hidden.
    ///
    /// # Errors
    /// What the backend answers.
    pub async fn open(
        backend: &'a Place,
        query: &Query,
        now: Timestamp,
    ) -> Result<Self, BackendError> {
        let (mut query, mut found) = (query.clone(), None);
        if backend.behind().is_some() && query.names() {
            let rows = all_rows(backend).await?;
            let (rows, rest) = by_real_names(backend, rows, &query, now).await?;
            (query, found) = (rest, Some(rows.into_iter().map(|row| row.id).collect()));
        }
        Ok(Self { pages: Pages::of(backend), query, now, found })
    }

    /// What passes of the next page, which may be nothing; `None`: there is no more.
    ///
    /// # Errors
    /// What the backend answers.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, BackendError> {
        let Some(mut rows) = self.pages.next().await? else { return Ok(None) };
        if let Some(found) = &self.found {
            rows.retain(|row| found.contains(&row.id));
        }
        Ok(Some(pick(rows, &self.query, self.now)))
    }
}

/// The connections that a query asks for.
pub async fn list(backend: &Place, query: &Query, now: Timestamp) -> Result<Listing, BackendError> {
    let all = all_rows(backend).await?;
    let total = Some(all.len());
    let (all, query) = by_real_names(backend, all, query, now).await?;
    Ok(Listing { total, ..listed(all, &query, now) })
}

/// With pseudonyms, tenants and search are meant as people know them. Gives the rows that pass by
/// the real names or by the pseudonyms, and what is left to ask.
async fn by_real_names(
    backend: &Place,
    mut rows: Vec<Summary>,
    query: &Query,
    now: Timestamp,
) -> Result<(Vec<Summary>, Query), BackendError> {
    let Some(behind) = backend.behind().filter(|_| query.names()) else {
        return Ok((rows, query.clone()));
    };
    let real = pick(all_rows(behind.real).await?, query, now).into_iter();
    let mut found: HashSet<_> = real.map(|row| behind.hide.id(row.summary.id)).collect();
    found.extend(pick(rows.clone(), query, now).into_iter().map(|row| row.summary.id));
    rows.retain(|row| found.contains(&row.id));
    let filter = Filter { tenants: BTreeSet::new(), ..query.filter.clone() };
    Ok((rows, Query { filter, search: String::new(), ..query.clone() }))
}

/// What a query asks for of rows that are here, in the order of their names. How many there are
/// besides is not known.
pub fn listed(rows: Vec<Summary>, query: &Query, now: Timestamp) -> Listing {
    let mut rows = pick(rows, query, now);
    let matching = rows.len();
    arranged(&mut rows, |it| it, query, now);
    Listing { rows, matching, total: None }
}

/// Puts rows of several lists in the order of one, and leaves as many as the limit allows.
pub fn merged<T>(rows: &mut Vec<T>, row: fn(&T) -> &Row, query: &Query, now: Timestamp) {
    rows.sort_by_cached_key(|it| text::fold(row(it).summary.name.trim()));
    arranged(rows, row, query, now);
}

/// Puts rows that come in the order of their names in that of the query.
fn arranged<T>(rows: &mut Vec<T>, row: fn(&T) -> &Row, query: &Query, now: Timestamp) {
    let at = Horizon { now, warning_days: query.warning_days };
    // Each sort keeps the order of the one before where it does not decide.
    for column in query.then.iter().rev() {
        order(rows, row, Sort { column: *column, ..query.sort }, at);
    }
    order(rows, row, query.sort, at);
    rows.truncate(query.limit.unwrap_or(usize::MAX));
}

pub(super) fn pick(all: Vec<Summary>, query: &Query, now: Timestamp) -> Vec<Row> {
    let wanted: HashSet<String> = query.filter.tenants.iter().map(|it| text::fold(it)).collect();
    let at = Horizon { now, warning_days: query.warning_days };
    let filter = Filter { tenants: BTreeSet::new(), ..query.filter.clone() };
    let search = text::fold(query.search.trim());
    let finder = memchr::memmem::Finder::new(search.as_bytes());
    all.into_iter()
        .filter(|row| filter.accepts(row, at))
        .filter(|row| wanted.is_empty() || wanted.contains(&text::fold(&row.tenant)))
        .filter(|row| search.is_empty() || finder.find(text::fold(&row.name).as_bytes()).is_some())
        .map(|summary| {
            let findings = summary.findings_at(at);
            Row { level: findings.level(), findings, summary }
        })
        .collect()
}

/// Rows come in the order of their names and keep it where the column does not decide.
fn order<T>(rows: &mut [T], row: fn(&T) -> &Row, sort: Sort, at: Horizon) {
    match sort.column {
        Column::Name if sort.descending => rows.reverse(),
        Column::Name => {}
        Column::Health => rows.sort_by(|a, b| {
            let order = row(b).level.cmp(&row(a).level);
            if sort.descending { order.reverse() } else { order }
        }),
        Column::Type
        | Column::Side
        | Column::Tenant
        | Column::Credentials
        | Column::Expires
        | Column::Modified
        | Column::ModifiedBy => {
            rows.sort_by(|a, b| sort.compare(&row(a).summary, &row(b).summary, at))
        }
    }
}

/// Saves a connection, its name checked once more. G1, G12.
pub async fn save(backend: &Place, mut request: SaveRequest) -> Result<Connection, BackendError> {
    if !backend.capabilities().write {
        return Err(backend.refusal("saving connections"));
    }
    request.draft.name = rules::name(&request.draft.name)
        .map_err(|problem| BackendError::Invalid(format!("name: {problem}")))?;
    backend.save(request).await
}

/// Adds connections read from a file, all or none; names that are there already are left alone.
pub async fn import_connections(
    backend: &Place,
    rows: Vec<ImportRow>,
) -> Result<Imported, BackendError> {
    if !backend.capabilities().write {
        return Err(backend.refusal("importing connections"));
    }
    backend.import(rows).await
}

/// What [`import_connections`] would do.
pub async fn plan_import(backend: &Place, rows: &[ImportRow]) -> Result<Imported, BackendError> {
    let taken: HashSet<String> =
        all_rows(backend).await?.iter().map(|row| text::fold(&row.name)).collect();
    let skipped = rows.iter().filter(|row| taken.contains(&text::fold(&row.name))).count();
    Ok(Imported { added: rows.len() - skipped, skipped })
}
