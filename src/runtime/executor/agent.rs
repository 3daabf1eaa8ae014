//! The device agent's installer, as answers. D7.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{Answers, files};
use crate::app::Answer;
use crate::backend::http::HttpOptions;
use crate::domain::agent::Checks;
use crate::service::agent::{self, Order, Step};

/// Fetches it and reports how far it is. Dropping this ends the request and leaves nothing behind.
pub(super) async fn fetch(
    http: HttpOptions,
    from: String,
    to: PathBuf,
    (checks, unverified): (Checks, bool),
    answers: Answers,
) {
    let order = Order { from, to: files::typed(&to), checks, force: false, unverified };
    let cancel = CancellationToken::new();
    let _ended = cancel.clone().drop_guard();
    let reported = |step| match step {
        Step::Bytes { done, total } => answers.send(Answer::AgentProgress { done, total }),
        // The end says what came of it.
        Step::From(_) | Step::Again(_) => {}
    };
    let got = agent::fetch(http, order, &cancel, &reported).await;
    let reported =
        got.map(|it| it.line()).map_err(|error| format!("Agent not fetched: {}", error.line()));
    answers.send(Answer::AgentFetched(reported));
}
