//! Which tables a dump makes, whose parts they are, and whether it brings their rows.
//!
//! In: what statements say of tables, by full names. Out: what a name stands for, and what was left
//! out: rows of parts that were told to be parts too late, tables that were made and got no rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::lexer::Name;

/// Where the rows of a table are, by the statement that makes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Storage {
    /// In the table.
    #[default]
    Own,
    /// In its partitions.
    Partitions,
    /// On another server.
    Foreign,
}

/// Where a statement begins: its file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: PathBuf,
    pub(super) line: u64,
}

/// What is known of one table.
#[derive(Debug, Default)]
pub(super) struct Relation {
    /// The columns of its CREATE TABLE, in their order.
    columns: Option<Vec<String>>,
    /// The tables of which it is a part: one as a partition, several as an inheriting child.
    parents: Vec<Name>,
    /// The statement that makes it.
    made: Option<Spot>,
    storage: Storage,
    /// Whether the dump says that it brings the rows, of which there may be none.
    has_data: bool,
    /// The first rows that were passed over, and the columns they came with.
    passed_over: Option<(Spot, Vec<String>)>,
}

/// The tables of a dump.
#[derive(Debug, Default)]
pub(super) struct Relations {
    all: BTreeMap<Name, Relation>,
}

impl Relations {
    /// A statement makes a table.
    pub(super) fn make(&mut self, name: &Name, at: Spot, created: Made) {
        let inherited = || {
            let parents = created.parents.iter().map(|parent| self.columns(parent));
            parents.collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        };
        let columns = match (created.columns, created.parents.is_empty()) {
            (own, true) => own,
            (own, false) => inherited().map(|mut columns| {
                let own = own.unwrap_or_default();
                columns.extend(own);
                let mut seen: Vec<String> = Vec::with_capacity(columns.len());
                for column in columns {
                    if !seen.contains(&column) {
                        seen.push(column);
                    }
                }
                seen
            }),
        };
        let relation = self.all.entry(name.clone()).or_default();
        relation.columns = columns;
        relation.made = Some(at);
        relation.storage = created.storage;
        relation.parents.extend(created.parents);
    }

    /// A statement makes a table a part of another.
    pub(super) fn attach(&mut self, part: Name, parent: Name) {
        self.all.entry(part).or_default().parents.push(parent);
    }

    /// A statement takes a part away from its table.
    pub(super) fn detach(&mut self, part: &Name, parent: &Name) {
        if let Some(relation) = self.all.get_mut(part) {
            relation.parents.retain(|kept| kept != parent);
        }
    }

    /// A statement changes the columns of a table, so that their order is known no longer.
    pub(super) fn forget_columns(&mut self, name: &Name) {
        if let Some(relation) = self.all.get_mut(name) {
            relation.columns = None;
        }
    }

    /// The dump says that it brings the rows of a table.
    pub(super) fn has_data(&mut self, name: &Name) {
        self.all.entry(name.clone()).or_default().has_data = true;
    }

    /// Rows of a table are passed over.
    pub(super) fn pass_over(&mut self, name: &Name, at: Spot, columns: Option<Vec<String>>) {
        let relation = self.all.entry(name.clone()).or_default();
        relation.has_data = true;
        relation.passed_over.get_or_insert_with(|| (at, columns.unwrap_or_default()));
    }

    /// The columns of a table in their order, if they are known.
    pub(super) fn columns(&self, name: &Name) -> Option<Vec<String>> {
        self.all.get(name).and_then(|relation| relation.columns.clone())
    }

    /// Whether a statement of the dump makes a table.
    pub(super) fn is_made(&self, name: &Name) -> bool {
        self.all.get(name).is_some_and(|relation| relation.made.is_some())
    }

    /// The table and all of which it is a part, itself first.
    pub(super) fn lineage(&self, name: &Name) -> Vec<Name> {
        let mut lineage = vec![name.clone()];
        let mut at = 0;
        while let Some(relation) = lineage.get(at).map(|name| self.all.get(name)) {
            let parents = relation.map(|relation| relation.parents.as_slice()).unwrap_or_default();
            for parent in parents {
                if !lineage.contains(parent) {
                    lineage.push(parent.clone());
                }
            }
            at += 1;
        }
        lineage
    }

    /// The tables whose rows were passed over, each with the first of them.
    pub(super) fn passed_over(&self) -> impl Iterator<Item = (&Name, &Spot)> {
        self.all.iter().filter_map(|(name, relation)| {
            let (at, _) = relation.passed_over.as_ref()?;
            Some((name, at))
        })
    }

    /// The tables whose rows were passed over and that the dump does not make, each with the first
    /// of them and the columns they came with.
    pub(super) fn unknown(&self) -> impl Iterator<Item = (&Name, &Spot, &[String])> {
        self.all.iter().filter(|(_, relation)| relation.made.is_none()).filter_map(
            |(name, relation)| {
                let (at, columns) = relation.passed_over.as_ref()?;
                Some((name, at, columns.as_slice()))
            },
        )
    }

    /// The names of all tables.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.all.keys()
    }

    /// The tables that the dump makes to hold rows and says to bring none of.
    pub(super) fn without_data(&self) -> impl Iterator<Item = (&Name, &Spot, Storage)> {
        self.all.iter().filter_map(|(name, relation)| {
            let holds = !relation.has_data && relation.storage != Storage::Partitions;
            let made = relation.made.as_ref()?;
            holds.then_some((name, made, relation.storage))
        })
    }

    /// Whether the dump says that it brings rows of a table or of a part of it.
    pub(super) fn brings(&self, name: &Name) -> bool {
        self.all
            .iter()
            .any(|(part, relation)| relation.has_data && self.lineage(part).contains(name))
    }
}

/// What a statement says of the table that it makes.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Its own columns in their order; `None` if the statement does not say.
    pub(super) columns: Option<Vec<String>>,
    pub(super) parents: Vec<Name>,
    pub(super) storage: Storage,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u64) -> Spot {
        Spot { file: PathBuf::from("dump.sql"), line }
    }

    fn name(table: &str) -> Name {
        Name { schema: Some("crm".to_owned()), table: table.to_owned() }
    }

    #[test]
    fn a_part_of_a_part_is_a_part_and_a_circle_ends() {
        let mut relations = Relations::default();
        relations.attach(name("leaf"), name("branch"));
        relations.attach(name("branch"), name("root"));
        relations.attach(name("root"), name("leaf"));
        assert_eq!(relations.lineage(&name("leaf")), ["leaf", "branch", "root"].map(name));
        relations.has_data(&name("leaf"));
        assert!(relations.brings(&name("root")) && !relations.brings(&name("other")));
    }

    #[test]
    fn a_child_has_the_columns_of_its_parents_before_its_own() {
        let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let mut relations = Relations::default();
        let made = |columns, parents: &[&str]| Made {
            columns,
            parents: parents.iter().map(|parent| name(parent)).collect(),
            storage: Storage::Own,
        };
        relations.make(&name("a"), at(1), made(list(&["id", "x"]), &[]));
        relations.make(&name("b"), at(2), made(list(&["y"]), &[]));
        relations.make(&name("c"), at(3), made(list(&["x", "z"]), &["a", "b"]));
        relations.make(&name("d"), at(4), made(list(&["z"]), &["unknown"]));
        assert_eq!(relations.columns(&name("c")), list(&["id", "x", "y", "z"]));
        assert_eq!(relations.columns(&name("d")), None);
    }
}
