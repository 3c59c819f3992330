//! Every decision about names, companies and rows. Pure: no clock, no randomness, no file, no
//! database.
//!
//! [`resolve`] says which contacts are one company; [`link`] says what organizations, contacts,
//! projects and contact points should look like then. Both work on [`Records`], the rows of a
//! snapshot, and on [`Rules`], what the configuration says.

pub mod decisions;
pub mod desired;
pub mod evidence;
pub mod legal_forms;
pub mod lexicon;
pub mod matching;
pub mod normalize;
pub mod part;
pub mod phrases;
pub mod record;
pub mod repair;
pub mod resolution;
pub mod roles;
pub mod romanize;
mod sets;
pub mod slug;
pub mod survivorship;
pub mod tenancy;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::schema::Field;
pub use crate::schema::Mode;
pub use decisions::Decisions;
pub use desired::{Desired, link};
pub use record::Records;
pub use resolution::{Resolution, resolve};
pub use tenancy::Tenancy;

use self::evidence::{Kinds, Lists};
use self::legal_forms::LegalForms;
use self::lexicon::Lexicon;
use self::matching::{Background, Level, Levels, Preset, Settings};
use self::phrases::Phrases;
use self::roles::Roles;
use self::survivorship::Choice;

/// What becomes of customer contacts without a company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Individuals {
    /// A finding each.
    #[default]
    Report,
    /// An organization each.
    Organization,
    /// They are left alone.
    Skip,
}

impl Individuals {
    /// Name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Organization => "organization",
            Self::Skip => "skip",
        }
    }
}

/// What the configuration says about planning.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// What becomes of contacts without a company.
    pub individuals: Individuals,
    /// What is joined without asking.
    pub preset: Preset,
    /// What one company is.
    pub level: Level,
    /// Weights and thresholds of the matcher, for each level.
    pub levels: Levels,
    /// Legal forms.
    pub forms: LegalForms,
    /// Bare texts that mean "no company".
    pub placeholders: BTreeSet<String>,
    /// What texts beside names are worth.
    pub lists: Lists,
    /// Mailboxes and titles that tell a role.
    pub roles: Roles,
    /// Background frequencies of words.
    pub background: Background,
    /// Words that mean the same, and places.
    pub lexicon: Lexicon,
    /// What in a name is no part of it.
    pub phrases: Phrases,
    /// Kinds of evidence beside names.
    pub kinds: Kinds,
    /// How each attribute is carried.
    pub attributes: BTreeMap<Field, Choice>,
    /// Description of a new organization.
    pub description: String,
    /// Industry of a new organization.
    pub industry: String,
}

impl Rules {
    /// What the matcher is told of them.
    pub fn settings(&self) -> Settings<'_> {
        Settings {
            preset: self.preset,
            level: self.level,
            weights: self.levels.at(self.level),
            others: self.levels.at(self.level.other()),
            forms: &self.forms,
            background: &self.background,
            lexicon: &self.lexicon,
            phrases: &self.phrases,
            kinds: &self.kinds,
        }
    }
}
