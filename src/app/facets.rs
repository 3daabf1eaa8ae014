//! The filter panel: sections of values, each with the number of rows that have it. C2.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::search::Search;
use crate::domain::health::Level;
use crate::domain::query::Filter;
use crate::domain::{ConnectionType, Side};

/// What a value of the filter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Connection types.
    Type,
    /// Levels of health.
    Health,
    /// Sides.
    Side,
    /// Tenants and domains.
    Tenant,
}

impl Section {
    /// Heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Type => "Type",
            Self::Health => "Health",
            Self::Side => "Side",
            Self::Tenant => "Tenant or domain",
        }
    }
}

/// One value of the filter panel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// A connection type.
    Type(ConnectionType),
    /// A health level.
    Level(Level),
    /// A side.
    Side(Side),
    /// A tenant or domain, by name.
    Tenant(String),
}

impl Facet {
    /// The section that it stands in.
    pub const fn section(&self) -> Section {
        match self {
            Self::Type(_) => Section::Type,
            Self::Level(_) => Section::Health,
            Self::Side(_) => Section::Side,
            Self::Tenant(_) => Section::Tenant,
        }
    }

    /// The value in words.
    pub fn label(&self) -> Cow<'_, str> {
        match self {
            Self::Type(kind) => kind.label().to_string().into(),
            Self::Level(level) => level.text().into(),
            Self::Side(side) => side.label().into(),
            Self::Tenant(name) if name.is_empty() => "no tenant".into(),
            Self::Tenant(name) => name.into(),
        }
    }

    /// Whether the filter asks for it.
    pub fn is_in(&self, filter: &Filter) -> bool {
        match self {
            Self::Type(it) => filter.types.contains(it),
            Self::Level(it) => filter.levels.contains(it),
            Self::Side(it) => filter.sides.contains(it),
            Self::Tenant(it) => filter.tenants.contains(it),
        }
    }

    /// Adds it to the filter, or takes it away.
    pub fn toggle(&self, filter: &mut Filter) {
        fn flip<T: Ord + Clone>(set: &mut BTreeSet<T>, value: &T) {
            if !set.remove(value) {
                set.insert(value.clone());
            }
        }
        match self {
            Self::Type(it) => flip(&mut filter.types, it),
            Self::Level(it) => flip(&mut filter.levels, it),
            Self::Side(it) => flip(&mut filter.sides, it),
            Self::Tenant(it) => flip(&mut filter.tenants, it),
        }
    }
}

/// The panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPanel {
    /// Values with their counts, section by section.
    pub facets: Vec<(Facet, usize)>,
    /// Cursor, as an index into all values.
    pub at: usize,
    /// Narrows the values that are shown.
    pub search: Search,
    /// The filter as it was when the panel opened: Esc brings it back.
    pub before: Filter,
}

impl FilterPanel {
    /// The panel with its cursor on the first value.
    pub fn new(facets: Vec<(Facet, usize)>, before: Filter) -> Self {
        Self { facets, at: 0, search: Search::default(), before }
    }

    /// The values that the search finds by name or section, as indexes into all of them.
    pub fn shown(&self) -> Vec<usize> {
        let words = self.search.words();
        let found = |facet: &Facet| words.are_in(&[&facet.label(), facet.section().label()]);
        (0..self.facets.len())
            .filter(|at| self.facets.get(*at).is_some_and(|it| found(&it.0)))
            .collect()
    }

    /// The value under the cursor; none while the search hides it.
    pub fn current(&self) -> Option<&Facet> {
        self.shown().contains(&self.at).then(|| self.facets.get(self.at).map(|it| &it.0))?
    }

    /// Puts the cursor on a value that is shown.
    pub fn settle(&mut self) {
        let shown = self.shown();
        if !shown.contains(&self.at) {
            self.at = shown.first().copied().unwrap_or(0);
        }
    }

    /// Goes to the first value of the section after this one, or before it; around at the ends.
    pub fn turn(&mut self, back: bool) {
        let shown = self.shown();
        let section = |at: &usize| self.facets.get(*at).map(|it| it.0.section());
        let mut firsts: Vec<usize> = Vec::new();
        for at in &shown {
            if firsts.last().and_then(section) != section(at) {
                firsts.push(*at);
            }
        }
        let here = firsts.iter().position(|at| section(at) == section(&self.at)).unwrap_or(0);
        let step = if back { firsts.len().saturating_sub(1) } else { 1 };
        let next = (here + step).checked_rem(firsts.len()).and_then(|at| firsts.get(at));
        self.at = next.copied().unwrap_or(self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> FilterPanel {
        let facets = vec![
            (Facet::Type(ConnectionType::Device), 3),
            (Facet::Type(ConnectionType::M365Group), 1),
            (Facet::Level(Level::Error), 2),
            (Facet::Side(Side::Source), 4),
            (Facet::Tenant("Contoso".into()), 2),
            (Facet::Tenant(String::new()), 2),
        ];
        FilterPanel::new(facets, Filter::default())
    }

    #[test]
    fn sections_are_walked_around_both_ways() {
        let mut it = panel();
        let walk = |it: &mut FilterPanel, back| {
            (0..5)
                .map(|_| {
                    it.turn(back);
                    it.at
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(walk(&mut it, false), [2, 3, 4, 0, 2]);
        it.at = 1;
        assert_eq!(walk(&mut it, true), [4, 3, 2, 0, 4]);
        FilterPanel::new(Vec::new(), Filter::default()).turn(false);
    }

    #[test]
    fn the_search_finds_values_by_name_and_by_section() {
        let mut it = panel();
        for (typed, found) in [
            ("", vec![0, 1, 2, 3, 4, 5]),
            ("contoso", vec![4]),
            ("TENANT", vec![4, 5]),
            ("health err", vec![2]),
            ("nothing like it", vec![]),
        ] {
            it.search = typed.into();
            assert_eq!(it.shown(), found, "{typed}");
            it.at = 0;
            it.settle();
            let expected = found.first().map(|at| &it.facets[*at].0);
            assert_eq!(it.current(), expected, "{typed}");
        }
    }
}
