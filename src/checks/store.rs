//! The checks of a context that is a store.

use std::future::Future;

use super::check::{Cause, Check, Seen, always, judged};
use super::lookup::{Answer, Lookups};
use crate::backend::{PageRequest, Place};

const FILE: &str = "file";
const FIRST_PAGE: &str = "first page";

/// A store that is checked.
#[derive(Clone)]
pub struct StoreContext {
    file: Answer<Place>,
    count: Answer<usize>,
}

/// The checks.
pub static CHECKS: [Check<StoreContext>; 2] = [
    Check {
        id: FILE,
        area: "Store",
        proves: "The store can be opened.",
        needs: &[],
        when: always,
        run: |it| judged(it.file.clone(), |_| Ok(Seen::ok("opened"))),
    },
    Check {
        id: FIRST_PAGE,
        area: "Store",
        proves: "Its first page can be read.",
        needs: &[],
        when: always,
        run: |it| judged(it.count.clone(), |count| Ok(Seen::ok(format!("{count} connections")))),
    },
];

impl StoreContext {
    /// A store that is still to be opened, by this.
    pub fn new(
        lookups: &Lookups,
        opening: impl Future<Output = Result<Place, Cause>> + Send + 'static,
    ) -> Self {
        let file = lookups.ask(FILE, FILE, std::future::ready(Ok(())), |()| opening);
        let count = |backend: Place| async move {
            backend.page(PageRequest { after: None, limit: 1 }).await?;
            Ok(backend.count().await?)
        };
        let count = lookups.ask(FIRST_PAGE, FIRST_PAGE, file.clone(), count);
        Self { file, count }
    }
}
