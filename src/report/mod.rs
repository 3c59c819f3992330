//! How a plan looks to people: the summary on a terminal, and one self-contained page.
//!
//! Writers, not paths: text in memory. No date, no machine name: a page is a function of its plan.

mod between;
mod html;
mod summary;
mod template;

pub use between::{between_text, origins};
pub use html::html;
pub use summary::{level_text, start_text, summary};
