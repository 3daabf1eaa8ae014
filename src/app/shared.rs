//! What is known of a place that others change too. S3.

use super::effect::RequestId;
use super::model::Model;
use crate::backend::{Present, Step};
use crate::domain::ConnectionId;
use crate::text::shown;

/// See above.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shared {
    /// Follows it.
    pub watch: Option<RequestId>,
    /// The furthest step that was reported.
    pub wanted: Step,
    /// Reads what changed, and the furthest step when that was asked for.
    pub asking: Option<(RequestId, Step)>,
    /// The step of the rows that are being read.
    pub reading: Option<Step>,
    /// Why it does not answer; `None`: it does.
    pub away: Option<String>,
    /// Who else has which connections open.
    pub present: Vec<Present>,
    /// The last line about what others changed: the next one takes its place.
    pub line: Option<String>,
    /// The connection that others see open here.
    pub opened: Option<ConnectionId>,
}

/// Why nothing can be changed while the server is away.
pub const AWAY: &str = "Not connected to the server, so nothing can be changed now. It is tried again by \
     itself; unsaved changes stay.";

impl Model {
    /// Who else has a connection open, in words: `ben since 14:02`. `None`: nobody.
    pub fn open_elsewhere(&self, id: ConnectionId) -> Option<String> {
        let of = |it: &Present| {
            let time = super::contexts::age(it.since, self.now, &self.settings.zone);
            format!("{} since {time}", shown(&it.by))
        };
        let all = self.shared.present.iter().filter(|it| it.connection == id);
        let all: Vec<String> = all.map(of).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}
