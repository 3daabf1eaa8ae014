//! Hyperlinks on the screen: OSC 8. G6.

pub use crate::runtime::program::Link;
use crate::text::is_hidden;

/// The links of a frame and the one that is open at the terminal.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: Vec<Link>,
    open: Option<usize>,
}

impl Links {
    /// Takes over the links of the next frame.
    pub(super) fn set(&mut self, links: &[Link], out: &mut Vec<u8>) {
        self.close(out);
        // E4: nothing in an address may end the sequence it is sent in.
        self.all = links.iter().filter(|it| !it.url.chars().any(is_hidden)).cloned().collect();
    }

    /// The link that a cell lies in.
    pub(super) fn at(&self, x: u16, y: u16) -> Option<usize> {
        self.all.iter().position(|link| {
            link.y == y && (link.x..link.x.saturating_add(width(link))).contains(&x)
        })
    }

    pub(super) fn in_row(&self, y: u16) -> bool {
        self.all.iter().any(|link| link.y == y)
    }

    pub(super) const fn open(&self) -> Option<usize> {
        self.open
    }

    /// Opens the link, closes the open one, or does nothing.
    pub(super) fn enter(&mut self, link: Option<usize>, out: &mut Vec<u8>) {
        if self.open == link {
            return;
        }
        match link.and_then(|at| self.all.get(at)) {
            Some(link) => {
                out.extend_from_slice(b"\x1b]8;;");
                out.extend_from_slice(link.url.as_bytes());
                out.extend_from_slice(b"\x1b\\");
            }
            None => out.extend_from_slice(b"\x1b]8;;\x1b\\"),
        }
        self.open = link;
    }

    /// Closes the open link.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        self.enter(None, out);
    }
}

/// Columns of a link's text.
pub(super) fn width(link: &Link) -> u16 {
    u16::try_from(crate::text::columns_of(&link.text)).unwrap_or(u16::MAX)
}
