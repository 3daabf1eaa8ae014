//! Filter and order of the list. SPEC C2, C6.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::health::{Horizon, Level};
use super::{ConnectionType, Side, Summary};

/// Which rows are shown: each set that is not empty must hold the row's value. C2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Connection types; empty: all.
    pub types: BTreeSet<ConnectionType>,
    /// Tenants or domains by name; empty: all.
    pub tenants: BTreeSet<String>,
    /// Sides; empty: all.
    pub sides: BTreeSet<Side>,
    /// Health levels; empty: all.
    pub levels: BTreeSet<Level>,
}

impl Filter {
    /// Whether nothing is filtered away.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
            && self.tenants.is_empty()
            && self.sides.is_empty()
            && self.levels.is_empty()
    }

    /// Asks for these levels only or, when it does already, for every level again.
    pub fn toggle_levels(&mut self, levels: &[Level]) {
        let wanted: BTreeSet<Level> = levels.iter().copied().collect();
        self.levels = if self.levels == wanted { BTreeSet::new() } else { wanted };
    }

    /// Whether the row passes. `at` decides what has expired.
    pub fn accepts(&self, row: &Summary, at: Horizon) -> bool {
        (self.types.is_empty() || self.types.contains(&row.kind))
            && (self.sides.is_empty() || self.sides.contains(&row.side))
            && (self.tenants.is_empty() || self.tenants.contains(&*row.tenant))
            && (self.levels.is_empty() || self.levels.contains(&row.level(at)))
    }
}

/// A column that the list can be sorted by. C6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Column {
    /// Connection name.
    #[default]
    Name,
    /// Connection type.
    Type,
    /// Side.
    Side,
    /// Tenant or domain.
    Tenant,
    /// Credentials in short.
    Credentials,
    /// Earliest expiry of a credential.
    Expires,
    /// Last save.
    Modified,
    /// Who saved last.
    ModifiedBy,
    /// Health, worst first.
    Health,
}

impl Column {
    /// Every column, in the order in which the list shows them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Type,
        Self::Side,
        Self::Tenant,
        Self::Credentials,
        Self::Health,
        Self::Expires,
        Self::Modified,
        Self::ModifiedBy,
    ];

    /// Heading of the column.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Type => "Type",
            Self::Side => "Side",
            Self::Tenant => "Tenant",
            Self::Credentials => "Credentials",
            Self::Expires => "Expires",
            Self::Modified => "Modified",
            Self::ModifiedBy => "By",
            Self::Health => "Health",
        }
    }

    /// Whether what the column shows of the row is unknown. Rows without credentials and health
    /// that was not checked have a place of their own.
    fn is_unknown(self, row: &Summary) -> bool {
        match self {
            Self::Type => row.kind == ConnectionType::Unknown,
            Self::Side => row.side == Side::Unknown,
            Self::Tenant => row.tenant.is_empty(),
            Self::Expires => row.expires_at.is_none(),
            Self::Modified => row.modified_at.is_none(),
            Self::ModifiedBy => row.modified_by.is_empty(),
            Self::Name | Self::Credentials | Self::Health => false,
        }
    }

    /// What it sorts by, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Type => "type",
            Self::Side => "side",
            Self::Tenant => "tenant",
            Self::Credentials => "credentials",
            Self::Expires => "expiry",
            Self::Modified => "last change",
            Self::ModifiedBy => "who changed it last",
            Self::Health => "health",
        }
    }
}

/// Order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sort {
    /// Column that decides.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// Compares two rows; equal rows stay in the order of the names, which the backend gives. What
    /// is unknown comes last in either direction.
    pub fn compare(self, a: &Summary, b: &Summary, at: Horizon) -> Ordering {
        let order = match self.column {
            Column::Name => Ordering::Equal,
            Column::Type => (a.kind.label().known(), a.kind.number())
                .cmp(&(b.kind.label().known(), b.kind.number())),
            Column::Side => a.side.cmp(&b.side),
            Column::Tenant => a.tenant.cmp(&b.tenant),
            Column::Credentials => a.credentials.cmp(&b.credentials),
            Column::Expires => a.expires_at.cmp(&b.expires_at),
            Column::Modified => a.modified_at.cmp(&b.modified_at),
            Column::ModifiedBy => a.modified_by.cmp(&b.modified_by),
            Column::Health => b.level(at).cmp(&a.level(at)),
        };
        let order = if self.descending { order.reverse() } else { order };
        self.column.is_unknown(a).cmp(&self.column.is_unknown(b)).then(order)
    }
}
