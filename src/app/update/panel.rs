//! The filter panel: types, sides, health and tenants with counts. C2.

use std::collections::BTreeMap;

use super::super::effect::Effect;
use super::super::modal::{Facet, FilterPanel, Modal};
use super::super::model::List;
use super::super::{Action, Model};
use super::{list, moved};
use crate::domain::health::{Horizon, Level};
use crate::domain::query::Filter;
use crate::domain::{ConnectionType, Side, Summary};
use crate::text::fold;

/// Opens the panel.
pub(super) fn open(model: &mut Model) {
    let facets = facets(&model.list, model.horizon());
    let before = model.list.filter.clone();
    model.modals.push(Modal::Filter(FilterPanel { facets, at: 0, before }));
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
    facets.extend(Side::ALL.iter().filter_map(|it| Some((Facet::Side(*it), *sides.get(it)?))));
    facets.extend(Level::ALL.iter().filter_map(|it| Some((Facet::Level(*it), *levels.get(it)?))));
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
            if let Some((facet, _)) = panel.facets.get(panel.at) {
                toggle(&mut model.list.filter, facet);
            }
        }
        Action::ClearFilter => model.list.filter = Filter::default(),
        Action::Activate => {
            model.modals.pop();
            return Vec::new();
        }
        Action::Back => {
            model.list.filter = panel.before.clone();
            list::apply(&mut model.list, at, height);
            model.modals.pop();
            return Vec::new();
        }
        movement => {
            panel.at = moved(panel.at, panel.facets.len(), page, movement);
            return Vec::new();
        }
    }
    list::apply(&mut model.list, at, height);
    let facets = facets(&model.list, at);
    if let Some(Modal::Filter(panel)) = model.modals.last_mut() {
        let under = panel.facets.get(panel.at).map(|(facet, _)| facet.clone());
        let place = under.and_then(|it| facets.iter().position(|(facet, _)| *facet == it));
        panel.at = place.unwrap_or(0);
        panel.facets = facets;
    }
    Vec::new()
}

fn toggle(filter: &mut Filter, facet: &Facet) {
    fn flip<T: Ord + Clone>(set: &mut std::collections::BTreeSet<T>, value: &T) {
        if !set.remove(value) {
            set.insert(value.clone());
        }
    }
    match facet {
        Facet::Type(it) => flip(&mut filter.types, it),
        Facet::Side(it) => flip(&mut filter.sides, it),
        Facet::Level(it) => flip(&mut filter.levels, it),
        Facet::Tenant(it) => flip(&mut filter.tenants, it),
    }
}
