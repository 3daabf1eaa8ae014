//! Keys of the pre-flight.

use super::Wanted;
use crate::app::{Action as A, Model};
use crate::checks::Level;

/// What works now.
pub fn hints(model: &Model) -> Wanted {
    let Some(screen) = model.screens.preflight() else { return Vec::new() };
    if screen.connections.is_empty() {
        let stop = if screen.is_running() { "stop" } else { "close" };
        return vec![
            (A::Refresh, "check again"),
            (A::Back, stop),
            (A::Palette, "actions"),
            (A::Help, "help"),
        ];
    }
    let mut wanted: Wanted = Vec::new();
    let check = screen.current().filter(|_| screen.in_checks).map(|it| it.1);
    if screen.is_running() {
        wanted.push((A::Back, "stop"));
    }
    if check.is_some() {
        wanted.push((A::Activate, "go to field"));
        if model.size.1 < 16 {
            // Nothing of it has room below.
            wanted.push((A::Details, "details"));
        }
    } else {
        wanted.push((A::Activate, if screen.in_checks { "fold" } else { "checks" }));
    }
    wanted.push((A::NextPane, if screen.in_checks { "connections" } else { "checks" }));
    if !screen.is_running() {
        wanted.extend([(A::Refresh, "check again"), (A::SaveFile, "save")]);
    }
    if check.and_then(|it| it.found.as_ref()).is_some_and(|it| !it.fix.is_empty()) {
        wanted.push((A::Copy, "copy fix"));
    }
    if !screen.is_running() {
        wanted.push((A::Back, "close"));
        let found = check.and_then(|it| it.found.as_ref());
        match found {
            Some(it) if it.waived.is_some() => wanted.push((A::Waive, "change waiver")),
            Some(it) if it.level == Level::Fail => wanted.push((A::Waive, "waive")),
            Some(_) | None => {}
        }
    }
    wanted.push((A::Filter, if screen.only_bad { "show all" } else { "failures only" }));
    if check.is_some() {
        wanted.push((A::Details, "details"));
    }
    wanted.extend([(A::Toggle, "fold"), (A::ShowInList, "in the list")]);
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|(_, does)| seen.insert(*does));
    wanted
}
