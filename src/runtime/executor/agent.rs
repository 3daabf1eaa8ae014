//! The device agent's installer, as answers. D7.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{Answers, files};
use crate::app::Answer;
use crate::backend::http::HttpOptions;
use crate::domain::agent::Checks;
use crate::service::agent::{self, Order, Step};

/// Fetches it and tells how far it is. Dropping this ends the request; what is here stays.
pub(super) async fn fetch(
    http: HttpOptions,
    from: String,
    to: PathBuf,
    checks: Checks,
    answers: Answers,
) {
    let order = Order { from, to: files::typed(&to), checks, resume: true, force: false };
    let cancel = CancellationToken::new();
    let _ended = cancel.clone().drop_guard();
    let told = |step| match step {
        Step::Bytes { done, total } => answers.send(Answer::AgentProgress { done, total }),
        Step::Resumed(done) => answers.send(Answer::AgentProgress { done, total: None }),
        // What came of it is told at the end.
        Step::From(_) | Step::Anew(_) | Step::Again(_) => {}
    };
    let got = agent::fetch(http, order, &cancel, &told).await;
    let told =
        got.map(|it| it.line()).map_err(|error| format!("Agent not fetched: {}", error.line()));
    answers.send(Answer::AgentFetched(told));
}
