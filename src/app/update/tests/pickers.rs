//! Pick lists: what enter takes, and what is added by hand.

use super::forms::{account, form, go, groups, pick};
use super::*;
use crate::domain::Mfa;

/// Accounts that the form holds.
fn accounts(model: &Model) -> Vec<&str> {
    form(model).values.picks("accounts").iter().map(|it| it.id.as_str()).collect()
}

/// A Groups form at the field of its accounts.
fn at_accounts() -> Model {
    let mut model = groups();
    go(&mut model, "service_auth");
    for _ in 0..4 {
        if form(&model).values.choice("service_auth") != Some("legacy") {
            keys(&mut model, "<right>");
        }
    }
    model
}

#[test]
fn unticking_everything_picks_nothing_else() {
    let two = || vec![account("a1", Mfa::No), account("a2", Mfa::No), account("a3", Mfa::No)];
    let mut model = at_accounts();
    pick(&mut model, "accounts", two(), "<tab><tab><enter>");
    assert_eq!(accounts(&model), ["a1", "a2"]);
    pick(&mut model, "accounts", two(), "<tab><tab><enter>");
    assert!(accounts(&model).is_empty());
    // Where nothing was ever ticked, enter still takes the entry under the cursor.
    pick(&mut model, "accounts", two(), "<down><enter>");
    assert_eq!(accounts(&model), ["a2"]);
    pick(&mut model, "accounts", two(), "<tab><enter>");
    assert!(accounts(&model).is_empty());
    // Ticked and taken back in the same list is taken back.
    pick(&mut model, "accounts", two(), "<tab><up><tab><enter>");
    assert!(accounts(&model).is_empty());
}
