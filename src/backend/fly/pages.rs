//! Reads a list whole: the first page, then several at once when the total is known, else one after
//! the other. fly.md §1.
//!
//! A list can change while it is read. Then it is read once more; if it still does not add up, the
//! answer says so. A total shows it; without one each page begins with the last entry of the page
//! before it, which is another one when entries were added or taken away before it. Waiting that the service asks for is done here, once for all pages in flight.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use url::Url;

use super::call::{CallError, Caller};
use super::wire::{self, Envelope};
use crate::backend::BackendError;
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::text::{counted, thousands};

/// Rows asked for at once: what AvePoint's own module asks for (**D** FlyCommon.ps1; the most that
/// is allowed was not found).
const TOP: usize = 200;
/// Pages in flight.
const IN_FLIGHT: usize = 4;
/// Most rows that are read.
const MOST_ROWS: usize = 200_000;
/// Most pages that are read.
const MOST_PAGES: usize = 4_000;
/// Wait after a 429 that names none (**D** FAQ: 60 s).
const THROTTLED: Duration = Duration::from_secs(60);
/// How often a list is waited for.
const MOST_WAITS: usize = 3;

/// What to read.
pub(super) struct Query {
    /// Path below the API's address.
    pub(super) path: &'static str,
    /// Further parameters; of an array each value under the same key.
    pub(super) parameters: Vec<(&'static str, String)>,
}

/// What came of a list that was read whole.
pub(super) struct Whole<T> {
    pub(super) rows: Vec<T>,
    /// What to know about it, one line each.
    pub(super) remarks: Vec<String>,
}

/// How reading goes on.
pub(super) struct Step<'a, T> {
    /// Rows that came just now.
    pub(super) rows: &'a [T],
    /// How many came in all.
    pub(super) have: usize,
    /// How many there are, once known.
    pub(super) total: Option<usize>,
    /// Why it stops for a while.
    pub(super) note: Option<String>,
}

/// How the entries of a list are read.
pub(super) struct Reader<'a, K, R, T> {
    /// What distinguishes an entry from others, and the entry.
    pub(super) read: fn(&Value) -> Option<(K, R)>,
    /// What is kept of one that did not come before.
    pub(super) keep: &'a (dyn Fn(R) -> T + Send + Sync),
}

impl<K, R, T> Clone for Reader<'_, K, R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, R, T> Copy for Reader<'_, K, R, T> {}

/// Hears how reading goes on.
pub(super) type OnStep<'a, T> = &'a (dyn for<'b> Fn(Step<'b, T>) + Send + Sync);

/// Reads a list whole.
pub(super) async fn read_whole<K: Hash + Eq + Send, R, T: Send + Sync>(
    caller: &Caller,
    query: &Query,
    reader: Reader<'_, K, R, T>,
    on_step: OnStep<'_, T>,
) -> Result<Whole<T>, BackendError> {
    let mut pass = Pass::new(caller, query, reader);
    pass.run(on_step).await?;
    if !pass.adds_up() {
        let note = Some("The list changed while it was read: reading it once more.".to_owned());
        on_step(Step { rows: &[], have: 0, total: pass.total, note });
        pass = Pass::new(caller, query, reader);
        pass.run(on_step).await?;
    }
    // Keeping what was there is better than a list that is empty by mistake.
    if pass.rows.is_empty() && pass.total.is_some_and(|it| it > 0) {
        return Err(pass.failed(HttpErrorKind::NotJson));
    }
    Ok(Whole { remarks: pass.remarks(), rows: pass.rows })
}

/// One page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// From this entry on.
    Skip(usize),
    /// From this entry on, and the one before it again.
    After(usize),
    /// Where the page before said.
    Link(Url),
    /// There, and the entry before it again.
    AfterLink(Url),
}

impl Target {
    /// Whether the page begins with the last entry of the page before it.
    const fn overlaps(&self) -> bool {
        matches!(self, Self::After(_) | Self::AfterLink(_))
    }
}

/// Reading a list once.
struct Pass<'a, K, R, T> {
    caller: &'a Caller,
    query: &'a Query,
    reader: Reader<'a, K, R, T>,
    rows: Vec<T>,
    keys: HashSet<K>,
    /// What the pages held, to know one that comes again.
    pages: HashSet<u64>,
    links: HashSet<Url>,
    queue: VecDeque<Target>,
    asked: usize,
    /// Whether the totals mean something.
    counts: bool,
    /// The total as it was reported last.
    total: Option<usize>,
    /// Entries of a page, as the first one shows; known only when several are asked for at once.
    step: Option<usize>,
    /// Where the next page that is not asked for yet begins.
    next_skip: usize,
    /// Furthest page and where it said that the list goes on.
    last: (usize, Option<Url>),
    /// The last entry of the page before, where pages come one after the other.
    edge: Option<u64>,
    /// Entries that came before.
    doubles: usize,
    /// Entries that are none.
    strange: usize,
    /// A total or a page's length changed on the way.
    moved: bool,
}

impl<'a, K: Hash + Eq, R, T> Pass<'a, K, R, T> {
    fn new(caller: &'a Caller, query: &'a Query, reader: Reader<'a, K, R, T>) -> Self {
        Self {
            caller,
            query,
            reader,
            rows: Vec::new(),
            keys: HashSet::new(),
            pages: HashSet::new(),
            links: HashSet::new(),
            queue: VecDeque::from([Target::Skip(0)]),
            asked: 0,
            counts: false,
            total: None,
            step: None,
            next_skip: 0,
            last: (0, None),
            edge: None,
            doubles: 0,
            strange: 0,
            moved: false,
        }
    }

    async fn run(&mut self, on_step: OnStep<'_, T>) -> Result<(), BackendError> {
        let caller = self.caller;
        let mut flight = FuturesUnordered::new();
        let mut hold: Option<HttpError> = None;
        let mut waits = 0;
        loop {
            while hold.is_none() && flight.len() < IN_FLIGHT {
                let Some(target) = self.queue.pop_front() else { break };
                let url = self.address(&target)?;
                flight.push(async move { (target, fetch(caller, &url).await, url) });
            }
            let Some((target, answer, url)) = flight.next().await else {
                let Some(error) = hold.take() else {
                    // Should the total have been too small, the furthest page says so.
                    let Some(link) = self.last.1.take() else { return Ok(()) };
                    self.queue.push_back(Target::Link(link));
                    continue;
                };
                waits += 1;
                self.hold(&error, waits, on_step).await?;
                continue;
            };
            match answer {
                Ok(page) => {
                    let before = self.rows.len();
                    self.take(&target, &url, page)?;
                    let rows = self.rows.get(before..).unwrap_or_default();
                    on_step(Step { rows, have: self.rows.len(), total: self.total, note: None });
                }
                Err(CallError::Http(error)) if asks_to_wait(&error) => {
                    self.queue.push_front(target);
                    let longest = hold.filter(|it| it.retry_after >= error.retry_after);
                    hold = Some(longest.unwrap_or(*error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits as the service asks, if that is not too long or too often.
    async fn hold(
        &self,
        error: &HttpError,
        waits: usize,
        on_step: OnStep<'_, T>,
    ) -> Result<(), BackendError> {
        let delay = error.retry_after.map_or(THROTTLED, Duration::from_secs);
        if waits > MOST_WAITS || delay > self.caller.http.options().max_wait {
            return Err(super::explain::read_failed(error));
        }
        let (seconds, status) = (delay.as_secs(), error.status.unwrap_or(429));
        let note = match error.retry_after {
            Some(_) => format!("AvePoint Fly asks to wait {seconds} s ({status})."),
            None => format!("Too many requests ({status}): waiting {seconds} s."),
        };
        on_step(Step { rows: &[], have: self.rows.len(), total: self.total, note: Some(note) });
        self.caller.http.wait(delay).await;
        Ok(())
    }

    fn address(&mut self, target: &Target) -> Result<Url, BackendError> {
        self.asked += 1;
        // Waiting asks for a page again, so a few more than the pages themselves.
        if self.asked > MOST_PAGES {
            return Err(self.failed(HttpErrorKind::TooManyPages));
        }
        let skip = match target {
            Target::Link(url) | Target::AfterLink(url) => return Ok(url.clone()),
            Target::Skip(skip) => *skip,
            Target::After(skip) => skip.saturating_sub(1),
        };
        let mut url = self.caller.at(self.query.path);
        let mut pairs = url.query_pairs_mut();
        for (key, value) in &self.query.parameters {
            pairs.append_pair(key, value);
        }
        pairs.append_pair("top", &TOP.to_string()).append_pair("skip", &skip.to_string());
        drop(pairs);
        Ok(url)
    }

    /// Takes a page in, and sees what else to ask for.
    fn take(&mut self, target: &Target, url: &Url, page: Envelope) -> Result<(), BackendError> {
        let count = page.items.len();
        let mut content = DefaultHasher::new();
        let again = target.overlaps() && self.is_edge(page.items.first());
        // Without the entry that came last, entries before it came or went meanwhile.
        self.moved |= target.overlaps() && !again;
        for item in page.items.iter().skip(usize::from(again)) {
            let Some((key, row)) = (self.reader.read)(item) else {
                self.strange += 1;
                continue;
            };
            key.hash(&mut content);
            if self.keys.insert(key) {
                self.rows.push((self.reader.keep)(row));
            } else {
                self.doubles += 1;
            }
        }
        self.edge = page.items.last().and_then(|it| self.hashed(it)).or(self.edge);
        // The same entries in the same order: the service does not go on, however often it is asked.
        if count > usize::from(again) && !self.pages.insert(content.finish()) {
            return Err(self.failed(HttpErrorKind::RepeatedLink));
        }
        if self.rows.len() > MOST_ROWS || page.total.is_some_and(|it| it > MOST_ROWS) {
            return Err(self.failed(HttpErrorKind::TooManyPages));
        }
        // A total below what came already is a field that the service does not fill.
        if *target == Target::Skip(0) {
            self.counts = page.total.is_some_and(|it| it >= count);
        }
        let reported = page.total.filter(|_| self.counts);
        self.moved |= self.total.is_some() && reported.is_some() && reported != self.total;
        self.total = reported.or(self.total);
        let next = page.next.as_deref().map(|link| self.link(url, link));
        let Target::Skip(skip) = *target else { return self.go_on(url, target, &page, next) };
        match (self.step, self.total) {
            (Some(_), _) => self.measure(skip, count),
            (None, Some(total)) if count > 0 && total > count => {
                self.step = Some(count);
                self.next_skip = count;
            }
            (None, _) => return self.go_on(url, target, &page, next),
        }
        if skip >= self.last.0 {
            self.last = (skip, next.and_then(Result::ok));
        }
        self.plan();
        Ok(())
    }

    /// Sees whether one of several pages is as long as it should be.
    fn measure(&mut self, skip: usize, count: usize) {
        let left = self.total.unwrap_or_default().saturating_sub(skip);
        self.moved |= count != left.min(self.step.unwrap_or(TOP));
    }

    /// Asks for what the total says there is.
    fn plan(&mut self) {
        let (Some(step), Some(total)) = (self.step, self.total) else { return };
        while self.next_skip < total {
            self.queue.push_back(Target::Skip(self.next_skip));
            self.next_skip += step;
        }
    }

    /// One after the other: where the link leads, or else as long as pages come full.
    fn go_on(
        &mut self,
        url: &Url,
        target: &Target,
        page: &Envelope,
        next: Option<Result<Url, BackendError>>,
    ) -> Result<(), BackendError> {
        // No list ends later than with a page that holds nothing.
        if page.items.is_empty() {
            return Ok(());
        }
        if let Some(next) = next {
            let next = next?;
            if !self.links.insert(next.clone()) {
                return Err(self.failed(HttpErrorKind::RepeatedLink));
            }
            let target = match self.total {
                None => with_edge(url, &next, page.items.len()),
                Some(_) => None,
            };
            self.queue.push_back(target.unwrap_or(Target::Link(next)));
            return Ok(());
        }
        // A link that is null is the end; only where none is spoken of does the length decide.
        let start = match target {
            Target::Skip(skip) => *skip,
            Target::After(skip) => skip.saturating_sub(1),
            Target::Link(_) | Target::AfterLink(_) => return Ok(()),
        };
        if !page.shows_next && self.total.is_none() && page.items.len() >= TOP {
            self.queue.push_back(Target::After(start + page.items.len()));
        }
        Ok(())
    }

    /// Whether an entry is the last of the page before.
    fn is_edge(&self, item: Option<&Value>) -> bool {
        self.edge.is_some() && item.and_then(|it| self.hashed(it)) == self.edge
    }

    /// What distinguishes an entry from others, as a number.
    fn hashed(&self, item: &Value) -> Option<u64> {
        let (key, _) = (self.reader.read)(item)?;
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Some(hasher.finish())
    }

    /// Where a link leads: absolute here (**O**), relative in sibling APIs (**D**). To another host
    /// nothing is sent, the token least of all.
    fn link(&self, from: &Url, link: &str) -> Result<Url, BackendError> {
        let below = link.trim_start_matches('/');
        let whole = if below.starts_with(self.query.path) {
            // Relative to the API's address, not to the host or the page.
            let base = self.caller.at("");
            base.join(below)
        } else {
            from.join(link)
        };
        let foreign = || self.failed(HttpErrorKind::ForeignLink);
        let whole = whole.map_err(|_| foreign())?;
        let own = whole.origin() == self.caller.settings.api.origin()
            && whole.username().is_empty()
            && whole.password().is_none();
        if own { Ok(whole) } else { Err(foreign()) }
    }

    fn adds_up(&self) -> bool {
        let came = self.rows.len() + self.strange;
        !self.moved && self.doubles == 0 && self.total.is_none_or(|it| it == came)
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let came = self.rows.len() + self.strange;
        if self.doubles > 0 {
            remarks.push(format!(
                "{} came twice and are listed once; as many may be missing. Refresh again.",
                counted(self.doubles, "row")
            ));
        } else if let Some(total) = self.total.filter(|it| *it != came) {
            remarks.push(format!(
                "{} received, but AvePoint Fly reports {}. Refresh again.",
                counted(came, "row"),
                thousands(total)
            ));
        } else if self.moved {
            remarks.push(
                "The list changed while it was read, twice. Refresh again to be sure.".to_owned(),
            );
        }
        if self.strange > 0 {
            remarks
                .push(format!("{} of the list could not be read.", counted(self.strange, "entry")));
        }
        remarks
    }

    fn failed(&self, kind: HttpErrorKind) -> BackendError {
        let host = self.caller.settings.api.host_str().unwrap_or_default();
        super::explain::read_failed(&HttpError::new(kind, host))
    }
}

/// The next page with the entry before it, where its link says by `skip` that it begins right behind
/// the entries of this page; a link that goes on by other means is followed as it is.
fn with_edge(from: &Url, next: &Url, count: usize) -> Option<Target> {
    let skip = |url: &Url| {
        let mut pairs = url.query_pairs();
        pairs.find(|it| it.0 == "skip").map_or(Some(0), |it| it.1.parse::<usize>().ok())
    };
    let begins = skip(next).filter(|it| *it > 0 && Some(*it) == skip(from).map(|it| it + count))?;
    let mut url = next.clone();
    let pairs: Vec<(String, String)> = next.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (key, value) in pairs {
        let value = if key == "skip" { (begins - 1).to_string() } else { value };
        query.append_pair(&key, &value);
    }
    drop(query);
    Some(Target::AfterLink(url))
}

/// Whether the service wants to be asked later: too many requests, or out of order for a while.
fn asks_to_wait(error: &HttpError) -> bool {
    error.kind == HttpErrorKind::Throttled
        || error.kind == HttpErrorKind::Server && error.retry_after.is_some()
}

/// One page.
async fn fetch(caller: &Caller, url: &Url) -> Result<Envelope, CallError> {
    let answer = caller.get(url).await?;
    let broken = |error| CallError::Http(Box::new(error));
    wire::envelope(answer.json().map_err(broken)?).ok_or_else(|| {
        broken(HttpError {
            status: Some(answer.status),
            request_id: answer.request_id.clone(),
            ..HttpError::new(HttpErrorKind::NotJson, url.host_str().unwrap_or_default())
        })
    })
}
