//! `plan.json`: what a plan is made of, what it promises, and its identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use crate::ids::{Fingerprint, PlanId};
use crate::schema::{Field, Mode, Table};
use crate::transform::desired::Action;
use crate::transform::matching::Level;

/// Version of the plan directory's format.
pub const FORMAT: u32 = 2;

/// Version of the rules: a change of code that changes plans made of the same input changes this.
pub const RULES: u32 = 5;

/// Rows and content of one table, or one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Number of rows.
    pub rows: usize,
    /// Hash of the content, hexadecimal: of the bytes for a file, of typed values for a table.
    pub sha256: String,
}

/// What the plan was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Hash over all tables.
    pub fingerprint: String,
    /// Each table as read.
    pub tables: BTreeMap<String, TableFacts>,
    /// For each table with rows its optional columns that the source had. One that the expand step
    /// adds counts from its first value on, so that expanding never changes an id.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Whether the source told who the users are.
    pub users_known: bool,
    /// What a mapping had in another shape than the source: `table.column`, or `keys`. Such a plan
    /// is not loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reshaped: Vec<String>,
}

impl SourceFacts {
    /// Whether the source had a column that may be lacking, and not only since the expand step.
    pub fn had(&self, table: Table, field: Field) -> bool {
        let columns = self.columns.get(table.name());
        columns.is_some_and(|columns| columns.iter().any(|name| name == field.name()))
    }
}

/// The part of a source whose rows a plan changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its tenants: their ids, and how people speak of them.
    pub tenants: BTreeMap<String, String>,
    /// Their rows in each table, as read.
    pub tables: BTreeMap<String, TableFacts>,
}

/// A count of offending rows, before and as forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFacts {
    /// Name of the check.
    pub code: String,
    /// What an offending row is.
    pub title: String,
    /// Offending rows in the source.
    pub before: usize,
    /// Offending rows when the plan is loaded.
    pub after: usize,
}

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// sha256 of the canonical manifest without this field, hexadecimal.
    pub plan_id: String,
    /// [`FORMAT`].
    pub format: u32,
    /// [`RULES`].
    pub rules: u32,
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// What one company is; plans that are older than the choice do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What the plan was made from.
    pub source: SourceFacts,
    /// The part of it that is planned, if it is not the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Fingerprint of what planning reads of the configuration.
    pub config: String,
    /// Fingerprint of what the decisions say.
    pub decisions: String,
    /// The load-bearing files.
    pub files: Files,
    /// The forecast.
    pub checks: Vec<CheckFacts>,
    /// Counts that reconcile.
    pub totals: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Manifest {
    /// The hash of the manifest without its id.
    pub fn hash(&self) -> PlanId {
        let nameless = Self { plan_id: String::new(), ..self.clone() };
        let bytes = serde_json::to_vec(&nameless).expect("a manifest is plain data");
        PlanId::new(*Fingerprint::of(&bytes).as_bytes())
    }

    /// A count of the totals; what is not there is zero.
    pub fn total(&self, table: &str, name: &str) -> usize {
        self.totals.get(table).and_then(|counts| counts.get(name)).copied().unwrap_or(0)
    }

    /// Whether loading the plan would change nothing.
    pub fn is_empty(&self) -> bool {
        let actions = [Action::Insert, Action::Adopt];
        self.total("plan", "cells") == 0
            && actions.iter().all(|action| self.total("organizations", action.name()) == 0)
    }

    /// The bytes of `plan.json`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        bytes.push(b'\n');
        bytes
    }
}

/// What a plan was made from, beside its draft.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// What one company is.
    pub level: Level,
    /// The source.
    pub source: SourceFacts,
    /// The part of it that is planned, if it is not the whole.
    pub part: Option<Part>,
    /// Fingerprint of the configuration.
    pub config: Fingerprint,
    /// Fingerprint of the decisions.
    pub decisions: Fingerprint,
}

/// A plan with its identity.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Identity.
    pub id: PlanId,
    /// Manifest.
    pub manifest: Manifest,
    /// Everything else.
    pub draft: Draft,
}

/// The load-bearing files, by name.
pub type Files = BTreeMap<String, TableFacts>;

/// Gives a draft its identity, which its files are part of.
pub fn seal(draft: Draft, facts: Facts, files: Files) -> Plan {
    let checks = draft
        .checks
        .iter()
        .map(|forecast| CheckFacts {
            code: forecast.check.code.to_owned(),
            title: forecast.check.title.to_owned(),
            before: forecast.before,
            after: forecast.after,
        })
        .collect();
    let totals = draft
        .totals
        .iter()
        .map(|(table, counts)| {
            let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count));
            ((*table).to_owned(), counts.collect())
        })
        .collect();
    let mut manifest = Manifest {
        plan_id: String::new(),
        format: FORMAT,
        rules: RULES,
        mode: facts.mode,
        level: Some(facts.level),
        source: facts.source,
        part: facts.part,
        config: facts.config.to_string(),
        decisions: facts.decisions.to_string(),
        files,
        checks,
        totals,
    };
    let id = manifest.hash();
    manifest.plan_id = id.to_string();
    Plan { id, manifest, draft }
}
