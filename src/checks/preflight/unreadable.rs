//! What nobody can read from outside: said once each, and never as fine. preflight.md §1.5, §2.3.

use super::subject::Subject;
use crate::checks::check::{Check, Running, Skip, Stop};

pub(super) static CHECKS: [Check<Subject>; 3] = [
    Check {
        id: "container",
        area: "AvePoint",
        proves: "The container was scanned and contains objects.",
        needs: &[],
        when: |it| it.sheet.objects("container").is_some(),
        run: |_| unreadable("look at the scan profile in AvePoint Online Services"),
    },
    Check {
        id: "agent.installed",
        area: "Devices",
        proves: "The device agent runs on every device.",
        needs: &[],
        when: Subject::is_device_source,
        run: |_| unreadable("look at the devices in AvePoint Fly"),
    },
    Check {
        id: "ppkg.local",
        area: "Join",
        proves: "Every device has the enrollment file in its local folder.",
        needs: &[],
        when: |it| it.enrollment_file().is_some() && it.share().is_none(),
        run: |_| unreadable("the path is one of each device"),
    },
];

fn unreadable(place: &'static str) -> Running {
    Box::pin(std::future::ready(Err(Stop::Skip(Skip::NotReadable(place)))))
}
