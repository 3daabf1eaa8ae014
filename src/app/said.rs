//! What the line at the bottom says, and the whole of it where the line is too short. E1.

use super::Model;
use super::modal::Message;
use super::model::{Notice, NoticeTone};
use crate::text::shown;

impl Model {
    /// What stands in the line at the bottom: what was just said, else why the rows are old.
    pub fn reported(&self) -> Option<Notice> {
        if self.notice.is_some() {
            return self.notice.clone();
        }
        // C7: old rows stay when a refresh fails; here stands why it did.
        let error = self.list.error.as_ref().filter(|_| !self.list.rows.is_empty())?;
        let what = if self.list.loaded { "Not refreshed" } else { "Incomplete" };
        let text = format!("{what}: {}", with_hint(error));
        Some(Notice { tone: NoticeTone::Failed, text })
    }

    /// All of what stands there, or of what stood there last.
    pub fn said_whole(&self) -> Option<Message> {
        let notice = self.reported().or_else(|| self.said.clone())?;
        let title = match notice.tone {
            NoticeTone::Done => "Done",
            NoticeTone::Info => "Message",
            NoticeTone::Failed => "What failed",
        };
        let mut lines = vec![shown(&notice.text).into_owned()];
        let old = self.list.error.is_some() && !self.list.rows.is_empty();
        if let Some(age) = self.rows_age().filter(|_| old) {
            lines.push(format!("The rows in the list are as of {age}."));
        }
        Some(Message { title: title.to_owned(), lines, top: 0 })
    }
}

/// What failed and what to do, in one line.
fn with_hint(error: &crate::backend::BackendError) -> String {
    match error.hint() {
        hint if hint.is_empty() => format!("{error}."),
        hint => format!("{error}. {hint}"),
    }
}
