//! Which columns fit, and how wide they are. Depends on the width alone, so that the same cells
//! stay the same while one scrolls and searches. C1.

use crate::domain::query::Column;

/// Columns before the name: cursor, mark, blank.
pub const GUTTER: u16 = 3;
/// Blank columns between two columns.
const GAP: u16 = 2;
/// Least and useful width of the name.
const NAME: (u16, u16) = (18, 30);
/// Columns of the days in the column of the expiry; what it has beyond them is a gauge.
pub const DAYS: u16 = 7;

/// A column on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Which.
    pub column: Column,
    /// Where it starts, from the left edge of the list.
    pub x: u16,
    /// How wide it is.
    pub width: u16,
}

/// Columns in the order in which they are given up last: least width, most width, and the width
/// that the name must have before this column may take room from it.
const PRIORITY: [(Column, u16, u16, u16); 8] = [
    (Column::Health, 15, 17, 18),
    (Column::Side, 4, 4, 18),
    (Column::Expires, DAYS, DAYS + 6, 24),
    (Column::Type, 11, 14, 24),
    (Column::Tenant, 14, 24, 28),
    (Column::ModifiedBy, 13, 24, 30),
    (Column::Credentials, 18, 30, 30),
    (Column::Modified, 10, 10, 32),
];

/// Columns of the last pre-flight.
pub const PREFLIGHT: u16 = 11;
/// Columns of a list from which it is shown.
const WIDE: u16 = 130;

/// The columns for a list of this width, and where the last pre-flight stands: behind them, where any was
/// made and there is room.
pub fn divided(width: u16, preflights: bool) -> (Vec<Slot>, Option<u16>) {
    if !preflights || width < WIDE {
        return (slots(width), None);
    }
    (slots(width - PREFLIGHT - GAP), Some(width - PREFLIGHT))
}

/// The columns for a list of this width, left to right.
pub fn slots(width: u16) -> Vec<Slot> {
    let room = width.saturating_sub(GUTTER);
    let mut taken: Vec<(Column, u16)> = vec![(Column::Name, NAME.0.min(room))];
    let mut used = NAME.0.min(room);
    for (column, least, _, name) in PRIORITY {
        let others = used - NAME.0.min(room);
        if others + GAP + least + name > room {
            break;
        }
        taken.push((column, least));
        used += GAP + least;
    }
    spread(&mut taken, room.saturating_sub(used));
    place(&taken)
}

/// Gives the room that is left to those who can use it.
fn spread(taken: &mut [(Column, u16)], mut left: u16) {
    let most = |column| PRIORITY.iter().find(|it| it.0 == column).map_or(0, |it| it.2);
    let wishes = [
        (Column::Name, NAME.1),
        (Column::Health, most(Column::Health)),
        (Column::Tenant, 20),
        (Column::Expires, most(Column::Expires)),
        (Column::Name, 40),
        (Column::Type, most(Column::Type)),
        (Column::Credentials, most(Column::Credentials)),
        (Column::ModifiedBy, most(Column::ModifiedBy)),
        (Column::Tenant, most(Column::Tenant)),
        (Column::Name, 80),
    ];
    for (column, wish) in wishes {
        if let Some((_, width)) = taken.iter_mut().find(|it| it.0 == column) {
            let more = wish.saturating_sub(*width).min(left);
            *width += more;
            left -= more;
        }
    }
}

fn place(taken: &[(Column, u16)]) -> Vec<Slot> {
    let mut x = GUTTER;
    let mut slots = Vec::with_capacity(taken.len());
    for column in Column::ALL {
        if let Some((_, width)) = taken.iter().find(|it| it.0 == column) {
            slots.push(Slot { column, x, width: *width });
            x += width + GAP;
        }
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: u16) -> Vec<Column> {
        slots(width).into_iter().map(|it| it.column).collect()
    }

    // C1: columns drop by priority; name and health stay.
    #[test]
    fn columns_drop_by_priority() {
        use Column::{Expires, Health, ModifiedBy, Name, Side, Tenant, Type};
        assert_eq!(shown(40), [Name, Health]);
        assert_eq!(shown(60), [Name, Side, Health, Expires]);
        assert_eq!(shown(80), [Name, Type, Side, Health, Expires]);
        assert_eq!(shown(92), [Name, Type, Side, Tenant, Health, Expires]);
        assert_eq!(shown(120), [Name, Type, Side, Tenant, Health, Expires, ModifiedBy]);
        assert_eq!(shown(160), Column::ALL);
    }

    #[test]
    fn columns_never_overlap_nor_leave_the_screen() {
        for width in 0..=400 {
            let slots = slots(width);
            let mut x = GUTTER;
            for slot in &slots {
                assert!(slot.x >= x, "{width}: {slots:?}");
                x = slot.x + slot.width;
            }
            assert!(x <= width.max(GUTTER), "{width}: {slots:?}");
        }
    }

    // SPEC F7: on wide screens, and behind what stands there already.
    #[test]
    fn the_last_preflight_stands_behind_the_other_columns() {
        assert_eq!(divided(129, true), (slots(129), None));
        assert_eq!(divided(300, false), (slots(300), None));
        for width in 130..300 {
            let (slots, at) = divided(width, true);
            let end = slots.last().map_or(0, |it| it.x + it.width);
            let at = at.unwrap();
            assert!(end < at && at + PREFLIGHT <= width, "{width}");
            assert!(slots.iter().any(|it| it.column == Column::Health), "{width}");
        }
    }

    #[test]
    fn a_wider_list_never_shows_less() {
        for width in 40..400 {
            let (now, wider) = (shown(width), shown(width + 1));
            assert!(now.iter().all(|it| wider.contains(it)), "{width}");
        }
    }
}
