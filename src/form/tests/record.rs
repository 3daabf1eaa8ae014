//! Answers that a record keeps, and the form that opens with them.

use super::super::record::kept;
use super::super::{branches, specs, submit};
use super::{directory_of, limits, saved};
use crate::domain::DirectoryObject;
use crate::domain::health::Directory;

/// The directory as it is, without each of its objects in turn, and empty.
fn states(directory: &Directory) -> Vec<Directory> {
    let objects: Vec<DirectoryObject> = directory.iter().cloned().collect();
    let without = |at: usize| {
        let kept = objects.iter().enumerate().filter(move |(n, _)| *n != at);
        kept.map(|(_, it)| it.clone()).collect()
    };
    (0..=objects.len()).map(without).chain([Directory::default()]).collect()
}

#[test]
fn nothing_is_lost_between_record_and_form_whatever_the_directory() {
    for spec in specs::ALL {
        for values in branches(spec) {
            let draft = submit(spec, &values, &limits()).unwrap();
            let sheet = draft.answers.sheet().unwrap().clone();
            assert_eq!(kept(spec, &spec.visible(&values)), Ok((draft.side, sheet.clone())));
            for directory in states(&directory_of(spec, &values)) {
                let opened = spec.opened(&saved(draft.clone()), &directory);
                let again = kept(spec, &spec.visible(&opened));
                assert_eq!(again, Ok((draft.side, sheet.clone())), "{directory:#?}");
            }
        }
    }
}
