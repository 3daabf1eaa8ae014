//! The rows of the list and the search over their names. C3.

use std::collections::HashSet;

use crate::domain::{ConnectionId, Summary};
use crate::text::fold;

/// Most rows that room is made for before they come: a service may announce any number.
const MOST: usize = 2_000_000;

/// Rows in the order of their folded names, with all names folded in one text so that a search
/// over 100,000 of them is one pass over some megabytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    items: Vec<Summary>,
    folded: String,
    /// Where each row's name ends in `folded`, its separator included.
    ends: Vec<u32>,
}

impl Rows {
    /// Rows that come in the order of their folded names.
    pub fn append(&mut self, rows: Vec<Summary>) {
        self.items.reserve(rows.len());
        for row in rows {
            self.push(&folded(&row.name), row);
        }
    }

    /// Makes room for this many in all. A list that doubles its room whenever that is used up is in memory
    /// twice for a moment.
    pub fn expect(&mut self, total: usize) {
        let have = self.items.len();
        let more = total.min(MOST).saturating_sub(have);
        if have == 0 || more == 0 {
            return;
        }
        self.items.reserve_exact(more);
        self.ends.reserve_exact(more);
        // Names as long as those that came, and some.
        let length = self.folded.len() / have + 3;
        self.folded.reserve_exact(length * more);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The row at an index.
    pub fn get(&self, index: u32) -> Option<&Summary> {
        self.items.get(index as usize)
    }

    /// Every row, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Summary> {
        self.items.iter()
    }

    /// The row with this id.
    pub fn by_id(&self, id: ConnectionId) -> Option<&Summary> {
        self.items.iter().find(|row| row.id == id)
    }

    /// Whether another row than `except` has this name, whatever the case. G1.
    pub fn name_taken(&self, name: &str, except: Option<ConnectionId>) -> Option<&Summary> {
        let wanted = fold(name.trim());
        self.search(&wanted)
            .into_iter()
            .filter_map(|at| self.get(at))
            .find(|row| fold(&row.name) == wanted && Some(row.id) != except)
    }

    /// Folded names that several rows have, as those of AvePoint Fly may.
    pub fn shared_names(&self) -> HashSet<String> {
        // Rows of one name stand beside each other.
        let pairs = self.items.iter().zip(self.items.iter().skip(1));
        let same = pairs.map(|(a, b)| (fold(&a.name), fold(&b.name))).filter(|(a, b)| a == b);
        same.map(|(name, _)| name).collect()
    }

    /// Indexes of the rows whose folded name contains `needle`, which is folded already.
    pub fn search(&self, needle: &str) -> Vec<u32> {
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        if needle.is_empty() {
            return (0..count).collect();
        }
        let finder = memchr::memmem::Finder::new(needle.as_bytes());
        let bytes = self.folded.as_bytes();
        let (mut found, mut from, mut row) = (Vec::new(), 0usize, 0usize);
        while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            row += self
                .ends
                .get(row..)
                .map_or(0, |ends| ends.partition_point(|end| *end as usize <= at));
            let Some(end) = self.ends.get(row) else { break };
            found.push(u32::try_from(row).unwrap_or(u32::MAX));
            from = *end as usize;
        }
        found
    }

    /// Adds rows that come in no order; one whose id is there already is left out. One pass over
    /// what is there, so that a long list may come in many small pieces.
    pub fn add(&mut self, rows: Vec<Summary>) {
        let mut wanted: HashSet<ConnectionId> = rows.iter().map(|row| row.id).collect();
        for row in &self.items {
            wanted.remove(&row.id);
        }
        let mut new: Vec<(String, Summary)> = rows
            .into_iter()
            .filter(|row| wanted.remove(&row.id))
            .map(|row| (folded(&row.name), row))
            .collect();
        new.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.id.cmp(&y.id)));
        let mut new = new.into_iter().peekable();
        let old = std::mem::take(self);
        self.items.reserve(old.items.len() + new.len());
        self.folded.reserve(old.folded.len() + new.len() * 32);
        let mut from = 0usize;
        for (row, end) in old.items.into_iter().zip(&old.ends) {
            let end = *end as usize;
            let key = old.folded.get(from..end.saturating_sub(1)).unwrap_or_default();
            while let Some((name, it)) =
                new.next_if(|(name, it)| (name.as_str(), it.id) < (key, row.id))
            {
                self.push(&name, it);
            }
            self.push(key, row);
            from = end;
        }
        for (name, it) in new {
            self.push(&name, it);
        }
    }

    fn push(&mut self, folded: &str, row: Summary) {
        self.folded.push_str(folded);
        self.folded.push('\n');
        // 4 GiB of names is far beyond what is held in memory.
        self.ends.push(u32::try_from(self.folded.len()).unwrap_or(u32::MAX));
        self.items.push(row);
    }

    /// Puts these rows, which come in the order of their folded names, in place of all. A name that
    /// was here is not folded again.
    pub fn replace(&mut self, rows: Vec<Summary>) {
        let old = std::mem::take(self);
        self.items.reserve(rows.len());
        self.folded.reserve(old.folded.len());
        let mut from = 0usize;
        let mut known = old.items.iter().zip(&old.ends).map(|(row, end)| {
            let key = old.folded.get(from..(*end as usize).saturating_sub(1)).unwrap_or_default();
            from = *end as usize;
            (row, key)
        });
        let mut next = known.next();
        for row in rows {
            if let Some((_, key)) = next.filter(|(it, _)| it.name == row.name) {
                next = known.next();
                self.push(key, row);
                continue;
            }
            let key = folded(&row.name);
            while next.is_some_and(|(_, it)| it < key.as_str()) {
                next = known.next();
            }
            match next.filter(|(it, _)| it.name == row.name) {
                Some((_, same)) => {
                    next = known.next();
                    self.push(same, row);
                }
                None => self.push(&key, row),
            }
        }
    }

    /// Puts these rows in place of those with the same ids, or adds them, and takes `gone` away.
    pub fn merge(&mut self, rows: Vec<Summary>, mut gone: HashSet<ConnectionId>) {
        gone.extend(rows.iter().map(|row| row.id));
        let old = std::mem::take(self);
        self.items.reserve(old.items.len() + rows.len());
        self.folded.reserve(old.folded.len());
        let mut from = 0usize;
        for (row, end) in old.items.into_iter().zip(&old.ends) {
            let end = *end as usize;
            if !gone.contains(&row.id) {
                let key = old.folded.get(from..end.saturating_sub(1)).unwrap_or_default();
                self.push(key, row);
            }
            from = end;
        }
        self.add(rows);
    }
}

/// A name as the search reads it. A line break separates names, so it may not stand inside one.
fn folded(name: &str) -> String {
    work!("row folded");
    fold(name).replace('\n', " ")
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::health::Findings;
    use crate::domain::{ConnectionType, Side};
    use proptest::prelude::*;
    use uuid::Uuid;

    /// A row with this name; the id follows from the number.
    pub fn row(number: u128, name: &str) -> Summary {
        Summary {
            id: ConnectionId(Uuid::from_u128(number)),
            name: name.into(),
            kind: ConnectionType::M365Group,
            side: Side::Any,
            tenant: "Contoso".into(),
            credentials: "Fly app".into(),
            modified_at: Some(crate::domain::Second::new(1_750_000_000)),
            modified_by: "anna".into(),
            findings: Findings::default(),
            expires_at: None,
            revision: 1,
        }
    }

    fn rows(names: &[&str]) -> Rows {
        let mut rows = Rows::default();
        rows.append(names.iter().zip(1..).map(|(name, number)| row(number, name)).collect());
        rows
    }

    #[test]
    fn room_for_all_rows_is_made_once_whatever_is_announced() {
        let mut rows = rows(&["alpha"]);
        rows.expect(3_000);
        let room = |it: &Rows| (it.items.capacity(), it.ends.capacity(), it.folded.capacity());
        let before = room(&rows);
        rows.append((2..=3_000).map(|number| row(number, "alphabet")).collect());
        assert_eq!((rows.len(), room(&rows)), (3_000, before));
        // A number that nobody can mean is no reason to ask for so much memory.
        rows.expect(usize::MAX);
        assert!(rows.items.capacity() <= MOST);
    }

    #[test]
    fn search_ignores_case_and_finds_each_row_once() {
        let rows = rows(&["Alpha-Groups", "beta", "gamma-groups-GROUPS"]);
        assert_eq!(rows.search("groups"), [0, 2]);
        assert_eq!(rows.search(""), [0, 1, 2]);
        assert_eq!(rows.search("nothing"), Vec::<u32>::new());
        // A match never runs over the end of a name.
        assert_eq!(rows.search("sbeta"), Vec::<u32>::new());
    }

    #[test]
    fn a_taken_name_is_found_whatever_the_case() {
        let rows = rows(&["Alpha", "Alphabet"]);
        assert_eq!(&*rows.name_taken(" ALPHA ", None).unwrap().name, "Alpha");
        assert_eq!(rows.name_taken("alpha", Some(rows.get(0).unwrap().id)), None);
    }

    #[test]
    fn merging_keeps_the_order_of_names() {
        let mut all = rows(&["alpha", "beta", "gamma"]);
        all.merge(vec![row(2, "Zeta"), row(9, "aardvark")], [row(1, "").id].into());
        let names: Vec<&str> = all.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["aardvark", "gamma", "Zeta"]);
        assert_eq!(all.search("zeta"), [2]);
    }

    #[test]
    fn pieces_in_no_order_make_the_list_that_comes_in_order() {
        let mut all = Rows::default();
        all.add(vec![row(3, "gamma"), row(1, "Alpha")]);
        all.add(vec![row(2, "beta"), row(3, "gamma again"), row(4, "beta"), row(2, "twice")]);
        all.add(Vec::new());
        assert_eq!(all, rows(&["Alpha", "beta"]).then(vec![row(4, "beta"), row(3, "gamma")]));
        assert_eq!(all.search("gam"), [3]);
    }

    impl Rows {
        fn then(mut self, rows: Vec<Summary>) -> Self {
            self.append(rows);
            self
        }
    }

    proptest! {
        #[test]
        fn pieces_make_the_same_as_the_whole(
            names in prop::collection::vec("[a-cA-C]{0,3}", 0..20), cut in 0usize..20,
        ) {
            let all: Vec<Summary> = names.iter().zip(1..).map(|(name, at)| row(at, name)).collect();
            let (first, second) = all.split_at(cut.min(all.len()));
            let mut pieces = Rows::default();
            pieces.add(second.to_vec());
            pieces.add(first.to_vec());
            let mut whole = Rows::default();
            whole.merge(all.clone(), HashSet::new());
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn replacing_makes_the_list_of_the_new_rows(
            old in prop::collection::vec("[a-cA-C\n]{0,3}", 0..20),
            new in prop::collection::vec("[a-cA-C\n]{0,3}", 0..20),
        ) {
            let of = |names: &[String]| -> Vec<Summary> {
                let mut all = Rows::default();
                all.merge(names.iter().zip(1..).map(|(it, at)| row(at, it)).collect(), HashSet::new());
                all.iter().cloned().collect()
            };
            let (mut rows, mut fresh) = (Rows::default(), Rows::default());
            rows.append(of(&old));
            rows.replace(of(&new));
            fresh.append(of(&new));
            prop_assert_eq!(&rows, &fresh);
            let same = of(&new);
            let before = crate::testing::work::times("row folded");
            rows.replace(same);
            prop_assert_eq!(crate::testing::work::times("row folded"), before, "nothing is folded again");
            prop_assert_eq!(rows, fresh);
        }

        #[test]
        fn search_equals_a_plain_scan(names in prop::collection::vec("[a-cA-C\n]{0,5}", 0..20), needle in "[a-c]{1,2}") {
            let texts: Vec<&str> = names.iter().map(String::as_str).collect();
            let rows = rows(&texts);
            let plain: Vec<u32> = (0u32..).zip(&names)
                .filter(|(_, name)| fold(name).replace('\n', " ").contains(&needle))
                .map(|(at, _)| at).collect();
            prop_assert_eq!(rows.search(&needle), plain);
        }
    }
}
