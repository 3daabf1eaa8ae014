//! How much of a list is printed: one option for every command that lists.

use super::output::Printer;
use crate::text::thousands;

/// How much of a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = None::<&'static str>)]
pub struct LimitArgs {
    /// Maximum number of rows to list; 0: all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl LimitArgs {
    /// The limit; `None`: all.
    pub const fn most(self) -> Option<usize> {
        most(self.limit)
    }

    /// Leaves the first rows, and says that there are more.
    pub fn cut<T>(self, printer: &mut Printer<'_>, rows: &mut Vec<T>) {
        let all = rows.len();
        rows.truncate(self.most().unwrap_or(all));
        if rows.len() < all {
            printer.say(&format!("{} of {} shown.", thousands(rows.len()), thousands(all)));
        }
    }
}

/// A limit as it was given: nothing and 0 are none.
pub const fn most(given: Option<usize>) -> Option<usize> {
    match given {
        None | Some(0) => None,
        given => given,
    }
}
