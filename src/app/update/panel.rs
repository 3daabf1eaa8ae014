//! The filter panel: types, sides, health and tenants with counts. C2.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::effect::Effect;
use super::super::facets::{Facet, FilterPanel};
use super::super::modal::Modal;
use super::super::model::List;
use super::super::{Action, Model};
use super::{list, moved};
use crate::domain::health::{Horizon, Level};
use crate::domain::query::Filter;
use crate::domain::{ConnectionType, Side, Summary};
use crate::text::fold;

/// Opens the panel.
pub(super) fn open(model: &mut Model) {
    let mut facets = facets(&model.list, model.horizon());
    // The most frequent first: later changes of the filter change the counts, and not the order.
    facets.sort_by(|(a, x), (b, y)| {
        let frequent = |facet: &Facet, count: usize| match facet {
            Facet::Type(_) => (false, Reverse(count)),
            Facet::Tenant(name) => (name.is_empty(), Reverse(count)),
            Facet::Level(_) | Facet::Side(_) => (false, Reverse(0)),
        };
        let by_section = a.section().cmp(&b.section());
        by_section.then_with(|| frequent(a, *x).cmp(&frequent(b, *y)))
    });
    let before = model.list.filter.clone();
    model.modals.push(Modal::Filter(FilterPanel::new(facets, before)));
}

/// Every value with the number of rows that would remain for it: rows that pass the search and
/// the other groups of the filter.
fn facets(list: &List, at: Horizon) -> Vec<(Facet, usize)> {
    let mut types: BTreeMap<ConnectionType, usize> = BTreeMap::new();
    let mut sides: BTreeMap<Side, usize> = BTreeMap::new();
    let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
    let mut tenants: BTreeMap<&str, usize> = BTreeMap::new();
    let filter = &list.filter;
    let without = |change: fn(&mut Filter)| {
        let mut other = filter.clone();
        change(&mut other);
        other
    };
    let by_type = without(|it| it.types.clear());
    let by_side = without(|it| it.sides.clear());
    let by_level = without(|it| it.levels.clear());
    let by_tenant = without(|it| it.tenants.clear());
    let needle = fold(list.search.value());
    let hits = list.rows.search(&needle);
    let rows: Vec<&Summary> = hits.iter().filter_map(|at| list.rows.get(*at)).collect();
    for row in &rows {
        *types.entry(row.kind).or_default() += usize::from(by_type.accepts(row, at));
        *sides.entry(row.side).or_default() += usize::from(by_side.accepts(row, at));
        *levels.entry(row.level(at)).or_default() += usize::from(by_level.accepts(row, at));
        *tenants.entry(&row.tenant).or_default() += usize::from(by_tenant.accepts(row, at));
    }
    // A chosen value that the search hides stays in the panel, so that it can be taken back.
    for kind in &filter.types {
        types.entry(*kind).or_default();
    }
    for tenant in &filter.tenants {
        tenants.entry(tenant).or_default();
    }
    let mut facets: Vec<(Facet, usize)> =
        types.into_iter().map(|(it, count)| (Facet::Type(it), count)).collect();
    facets.extend(Level::ALL.iter().filter_map(|it| Some((Facet::Level(*it), *levels.get(it)?))));
    facets.extend(Side::ALL.iter().filter_map(|it| Some((Facet::Side(*it), *sides.get(it)?))));
    facets.extend(tenants.into_iter().map(|(it, count)| (Facet::Tenant(it.to_owned()), count)));
    facets
}

/// An action in the panel. Changes apply at once; Esc brings the former filter back.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let (at, height) = (model.horizon(), model.list_height());
    let page = usize::from(model.size.1 / 2);
    let Some(Modal::Filter(panel)) = model.modals.last_mut() else { return Vec::new() };
    match action {
        Action::Toggle => {
            if let Some(facet) = panel.current() {
                facet.toggle(&mut model.list.filter);
            }
        }
        Action::OnlyErrors | Action::OnlyWarnings => {
            model.list.filter.toggle_levels(levels(action));
        }
        Action::ClearFilter => model.list.filter = Filter::default(),
        Action::Activate => {
            if !panel.search.keep() {
                model.modals.pop();
            }
            return Vec::new();
        }
        Action::Back if panel.search.end() => {
            panel.settle();
            return Vec::new();
        }
        Action::Back => {
            model.list.filter = panel.before.clone();
            list::apply(&mut model.list, at, height);
            model.modals.pop();
            return Vec::new();
        }
        Action::Search => {
            panel.search.typing = true;
            return Vec::new();
        }
        Action::NextTab | Action::PrevTab => {
            panel.turn(action == Action::PrevTab);
            return Vec::new();
        }
        movement => {
            let shown = panel.shown();
            let here = shown.iter().position(|it| *it == panel.at).unwrap_or(0);
            let to = moved(here, shown.len(), page, movement);
            panel.at = shown.get(to).copied().unwrap_or(panel.at);
            return Vec::new();
        }
    }
    list::apply(&mut model.list, at, height);
    let counted = facets(&model.list, at);
    if let Some(Modal::Filter(panel)) = model.modals.last_mut() {
        recount(panel, counted);
    }
    Vec::new()
}

/// The levels that a quick filter asks for.
pub(super) const fn levels(action: Action) -> &'static [Level] {
    match action {
        Action::OnlyErrors => &[Level::Error],
        Action::OnlyWarnings => &[Level::Error, Level::Warning],
        _ => &[],
    }
}

/// Takes new counts; the values stay in their order and the cursor on its value.
fn recount(panel: &mut FilterPanel, counted: Vec<(Facet, usize)>) {
    let under = panel.facets.get(panel.at).map(|(facet, _)| facet.clone());
    let known: BTreeMap<&Facet, usize> =
        panel.facets.iter().enumerate().map(|(at, (facet, _))| (facet, at)).collect();
    let mut facets = counted;
    facets.sort_by_cached_key(|(facet, _)| {
        (facet.section(), known.get(facet).copied().unwrap_or(usize::MAX))
    });
    panel.at = under.and_then(|it| facets.iter().position(|(facet, _)| *facet == it)).unwrap_or(0);
    panel.facets = facets;
    panel.settle();
}
