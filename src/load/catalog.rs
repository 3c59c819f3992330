//! What the server's catalog says about the tables that a plan speaks of.
//!
//! Read in one go and then only looked at: checks are put together from it, a preflight judges it.
//! It is as old as the moment it was read: whoever changes columns reads it again.

use std::collections::BTreeMap;

use postgres_types::ToSql;
use serde::{Deserialize, Serialize};
use tokio_postgres::{GenericClient, Row};

use super::Error;
use crate::schema::{Field, Names, Schema, Table};

/// The tables of one schema, as far as they exist, with everything that hangs on them.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// How this database spells what the code speaks of.
    pub names: Names,
    /// What columns there should be, and what each is for.
    pub declared: &'static Schema,
    /// Tables by what the code calls them.
    pub tables: BTreeMap<Table, Relation>,
    /// Policies of these tables, and of others that read their columns.
    pub policies: Vec<Policy>,
    /// Foreign keys from these tables and to them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Views, rules and generated columns made of their columns.
    pub dependents: Vec<Dependent>,
    /// Triggers of contacts that write under policies and speak of the tenant key.
    pub audits: Vec<Audit>,
}

/// The tables that a load changes, in the order in which they are locked.
pub const CHANGED: [Table; 4] =
    [Table::Organizations, Table::Contacts, Table::Projects, Table::ProjectContactPoints];

/// What the trigger is called that files audit rows under the owner of a contact.
pub const FILE_UNDER_OWNER: &str = "orgfold_file_under_owner";

/// A table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the catalog, none of which excludes another"
)]
pub struct Relation {
    /// Its number in the catalog.
    pub oid: u32,
    /// Which of the tables that the code speaks of.
    pub table: Table,
    /// Name.
    pub name: String,
    /// `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign table.
    pub kind: String,
    /// Role that owns it.
    pub owner: String,
    /// Whether the connected role has the owner's rights.
    pub owned: bool,
    /// Whether the connected role may read it.
    pub readable: bool,
    /// Whether row-level security is on.
    pub row_security: bool,
    /// Whether it holds for the owner too.
    pub row_security_forced: bool,
    /// Whether it hides rows from the connected role.
    pub filtered: bool,
    /// `p` permanent, `u` unlogged, `t` temporary.
    pub persistence: String,
    /// Whether it is a part of a partitioned table.
    pub is_partition: bool,
    /// Whether it inherits or is inherited from, a partition included.
    pub inherits: bool,
    /// Rows as the server estimates them; negative if it never counted.
    pub estimate: i64,
    /// Size with indexes.
    pub bytes: i64,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Names of its constraints.
    pub constraints: Vec<String>,
    /// Indexes by name.
    pub indexes: Vec<Index>,
    /// Triggers by name, without those behind keys.
    pub triggers: Vec<Trigger>,
    /// Publications that it is in.
    pub publications: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// Place in the table.
    pub position: i16,
    /// Name.
    pub name: String,
    /// Type as it was declared, `character varying(255)`.
    pub declared: String,
    /// Kind of type: `b` base, `d` domain, `e` enum, `c` composite, `r` range, `m` multirange.
    pub category: String,
    /// Name of the type, of that under it for a domain; an array begins with `_`.
    pub base: String,
    /// Kind of the type, of that under it for a domain: `b` base, `e` enum.
    pub base_category: String,
    /// The type in which values are stored, that under it for a domain, as a statement needs it.
    pub stored_as: String,
    /// Whether `base` comes with the server.
    pub base_is_builtin: bool,
    /// Most characters of a `varchar(n)` or `char(n)`.
    pub max_length: Option<i32>,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Whether a row that leaves it out gets a value.
    pub has_default: bool,
    /// Empty, `s` stored or `v` virtual.
    pub generated: String,
    /// Empty, `a` always or `d` by default.
    pub identity: String,
}

/// An index.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the catalog, none of which excludes another"
)]
pub struct Index {
    /// Name.
    pub name: String,
    /// Whether it is that of the primary key.
    pub is_primary: bool,
    /// Whether values may occur once only.
    pub is_unique: bool,
    /// Whether it is complete.
    pub is_valid: bool,
    /// Whether it holds some rows only.
    pub is_partial: bool,
    /// Whether logical replication names rows by it.
    pub is_replica_identity: bool,
    /// Whether the table was clustered by it.
    pub is_clustered: bool,
    /// Key columns; `None` is an expression.
    pub columns: Vec<Option<String>>,
}

/// A trigger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trigger {
    /// Name.
    pub name: String,
    /// `O` on, `D` off, `R` for replicas only, `A` always.
    pub state: String,
    /// `before`, `after` or `instead of`.
    pub timing: String,
    /// `insert`, `delete`, `update`, `truncate`.
    pub events: Vec<String>,
    /// Whether it is called for each row.
    pub for_each_row: bool,
    /// Its function, with schema.
    pub function: String,
    /// The text of the function, where it has one.
    pub source: Option<String>,
}

/// A policy of row-level security.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the catalog, none of which excludes another"
)]
pub struct Policy {
    /// Schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Whether that is one of the tables of this catalog.
    pub own: bool,
    /// Whether row-level security is on there.
    pub enforced: bool,
    /// Whether the connected role has the rights of the table's owner.
    pub owned: bool,
    /// Name.
    pub name: String,
    /// `all`, `select`, `insert`, `update` or `delete`.
    pub command: String,
    /// Whether it gives; otherwise it takes.
    pub permissive: bool,
    /// Roles, `public` for everybody.
    pub roles: Vec<String>,
    /// Its `using`, as the server prints it with every table qualified.
    pub using: Option<String>,
    /// Its `with check`, as the server prints it with every table qualified.
    pub with_check: Option<String>,
    /// `table.column` of this catalog that it reads.
    pub reads: Vec<String>,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// Name.
    pub name: String,
    /// Number of the referring table.
    pub from_oid: u32,
    /// Its schema.
    pub from_schema: String,
    /// Its name.
    pub from_table: String,
    /// The referring columns.
    pub from_columns: Vec<String>,
    /// The primary key of the referring table; empty if there is none.
    pub from_key: Vec<String>,
    /// Number of the table referred to.
    pub to_oid: u32,
    /// Its schema.
    pub to_schema: String,
    /// Its name.
    pub to_table: String,
    /// The columns referred to.
    pub to_columns: Vec<String>,
    /// What a delete does.
    pub on_delete: String,
    /// What an update of the columns referred to does.
    pub on_update: String,
    /// Whether the rows that were there were checked.
    pub validated: bool,
    /// Whether it can wait for the end of the transaction.
    pub deferrable: bool,
    /// Whether an index finds the referring rows.
    pub indexed: bool,
}

/// A trigger of contacts that writes, with the rights of whoever changes a row, into a table on which
/// row-level security is on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audit {
    /// The trigger.
    pub trigger: String,
    /// Its function.
    pub function: String,
    /// Schema of the table into which it writes.
    pub schema: String,
    /// That table.
    pub table: String,
    /// Whether the connected role has the rights of its owner.
    pub owned: bool,
    /// Whether it has the tenant key.
    pub has_tenant: bool,
    /// Its columns that may hold the whole row.
    pub snapshots: Vec<String>,
    /// Whether our trigger files under the owner there.
    pub is_filed: bool,
}

/// Something made of columns of a table.
#[derive(Clone, Debug)]
pub struct Dependent {
    /// The table.
    pub table: Table,
    /// `view`, `materialized view`, `rule` or `generated column`.
    pub kind: String,
    /// Its name.
    pub subject: String,
    /// Columns it is made of; empty for a rule that reads none.
    pub columns: Vec<String>,
}

impl Column {
    /// Whether a row gets a value here that nobody gave.
    pub fn fills_itself(&self) -> bool {
        self.has_default || !self.generated.is_empty() || !self.identity.is_empty()
    }

    /// Whether the type, or that under a domain, is this one of the server's.
    pub fn is(&self, base: &str) -> bool {
        self.base_is_builtin && self.base == base
    }
}

impl Relation {
    /// A table of the application's that is about to be made, without columns.
    pub(super) fn bare(table: Table, name: &str) -> Self {
        Self {
            oid: 0,
            table,
            name: name.to_owned(),
            kind: "r".to_owned(),
            owner: String::new(),
            owned: true,
            readable: true,
            row_security: false,
            row_security_forced: false,
            filtered: false,
            persistence: "p".to_owned(),
            is_partition: false,
            inherits: false,
            estimate: 0,
            bytes: 0,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            publications: Vec::new(),
        }
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the primary key; empty if there is none.
    pub fn primary_key(&self) -> Vec<&str> {
        let key = self.indexes.iter().find(|index| index.is_primary);
        key.into_iter().flat_map(|key| key.columns.iter().flatten()).map(String::as_str).collect()
    }

    /// Whether a constraint or an index has this name.
    pub fn has_name(&self, name: &str) -> bool {
        self.constraints.iter().any(|constraint| constraint == name)
            || self.indexes.iter().any(|index| index.name == name)
    }
}

macro_rules! catalog_sql {
    ($name:literal) => {
        include_str!(concat!("sql/catalog/", $name, ".sql"))
    };
}

impl Catalog {
    /// Reads the catalog as this role sees it now.
    ///
    /// # Errors
    /// The database said no. Tables that are not there are no error: they are not in the answer.
    pub async fn read(
        client: &impl GenericClient,
        names: &Names,
        declared: &'static Schema,
    ) -> Result<Self, Error> {
        let asked: Vec<&str> = Table::ALL.iter().map(|table| names.table(*table)).collect();
        let rows = client.query(catalog_sql!("tables"), &[&names.schema(), &asked]).await;
        let rows = rows.map_err(Error::database("read the tables of the catalog"))?;
        let tables: Vec<Relation> = rows
            .iter()
            .filter_map(|row| Some(relation(names.table_named(row.get("name"))?, row)))
            .collect();
        let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
        let ask = async |statement, doing| {
            let rows = client.query(statement, &[&oids]).await;
            rows.map_err(Error::database(doing))
        };
        let mut by_oid: BTreeMap<u32, Relation> =
            tables.into_iter().map(|table| (table.oid, table)).collect();
        let mut each = |rows: &[Row], add: fn(&mut Relation, &Row)| {
            for row in rows {
                if let Some(table) = by_oid.get_mut(&row.get("table_oid")) {
                    add(table, row);
                }
            }
        };
        let rows = ask(catalog_sql!("columns"), "read the columns of the catalog").await?;
        each(&rows, |table, row| table.columns.push(column(row)));
        let rows = ask(catalog_sql!("constraints"), "read the constraints of the catalog").await?;
        each(&rows, |table, row| table.constraints.push(row.get("name")));
        let rows = ask(catalog_sql!("indexes"), "read the indexes of the catalog").await?;
        each(&rows, |table, row| table.indexes.push(index(row)));
        let rows = ask(catalog_sql!("triggers"), "read the triggers of the catalog").await?;
        each(&rows, |table, row| table.triggers.push(trigger(row)));
        let rows =
            ask(catalog_sql!("publications"), "read the publications of the catalog").await?;
        each(&rows, |table, row| table.publications.push(row.get("name")));
        let policies = ask(catalog_sql!("policies"), "read the policies of the catalog").await?;
        let keys = ask(catalog_sql!("foreign_keys"), "read the keys of the catalog").await?;
        let dependents = ask(catalog_sql!("dependents"), "read the views of the catalog").await?;
        let dependents = dependents.iter().filter_map(|row| {
            let table = by_oid.get(&row.get("table_oid"))?;
            Some(Dependent {
                table: table.table,
                kind: row.get("kind"),
                subject: row.get("subject"),
                columns: row.get::<_, Option<Vec<String>>>("columns").unwrap_or_default(),
            })
        });
        let contacts = by_oid.values().find(|table| table.table == Table::Contacts);
        let audits = match contacts {
            Some(contacts) => {
                let tenant = names.column(Table::Contacts, Field::ORGANIZATION);
                let asked: [&(dyn ToSql + Sync); 3] = [&contacts.oid, &tenant, &FILE_UNDER_OWNER];
                let rows = client.query(catalog_sql!("audits"), &asked).await;
                rows.map_err(Error::database("look for triggers that write under policies"))?
            }
            None => Vec::new(),
        };
        Ok(Self {
            audits: audits.iter().map(audit).collect(),
            names: names.clone(),
            declared,
            dependents: dependents.collect(),
            policies: policies.iter().filter_map(policy).collect(),
            foreign_keys: keys.iter().map(foreign_key).collect(),
            tables: by_oid.into_values().map(|table| (table.table, table)).collect(),
        })
    }

    /// A catalog of these tables alone: all of it that the statements of a load ask for.
    pub fn of_tables(names: &Names, declared: &'static Schema, tables: Vec<Relation>) -> Self {
        Self {
            names: names.clone(),
            declared,
            tables: tables.into_iter().map(|table| (table.table, table)).collect(),
            policies: Vec::new(),
            foreign_keys: Vec::new(),
            dependents: Vec::new(),
            audits: Vec::new(),
        }
    }

    /// A table; `None` if it is not there.
    pub fn table(&self, table: Table) -> Option<&Relation> {
        self.tables.get(&table)
    }

    /// A column; `None` if it, or its table, is not there.
    pub fn column(&self, table: Table, field: Field) -> Option<&Column> {
        self.table(table)?.column(self.names.column(table, field))
    }

    /// A column of a row as a type, or NULL of that type where the table has no such column.
    pub fn value(&self, table: Table, alias: &str, field: Field, kind: &str) -> String {
        match self.column(table, field) {
            Some(_) => format!("{alias}.{}::{kind}", self.names.sql_column(table, field)),
            None => format!("null::{kind}"),
        }
    }

    /// The tables that a load changes, as far as they are there, in the order in which they are
    /// locked.
    pub fn changed(&self) -> impl Iterator<Item = &Relation> {
        CHANGED.into_iter().filter_map(|table| self.table(table))
    }

    /// The same without a table: for a plan that was made without it, as without users.
    #[must_use]
    pub fn without(mut self, table: Table) -> Self {
        self.tables.remove(&table);
        self
    }

    /// Numbers of the tables.
    pub fn oids(&self) -> Vec<u32> {
        self.tables.values().map(|table| table.oid).collect()
    }
}

fn relation(table: Table, row: &Row) -> Relation {
    Relation {
        oid: row.get("oid"),
        table,
        name: row.get("name"),
        kind: row.get("kind"),
        owner: row.get("owner"),
        owned: row.get("owned"),
        readable: row.get("readable"),
        row_security: row.get("row_security"),
        row_security_forced: row.get("row_security_forced"),
        filtered: row.get("filtered"),
        persistence: row.get("persistence"),
        is_partition: row.get("is_partition"),
        inherits: row.get("inherits"),
        estimate: row.get("estimate"),
        bytes: row.get("bytes"),
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        triggers: Vec::new(),
        publications: Vec::new(),
    }
}

fn column(row: &Row) -> Column {
    Column {
        position: row.get("position"),
        name: row.get("name"),
        declared: row.get("declared"),
        category: row.get("category"),
        base: row.get("base"),
        base_category: row.get("base_category"),
        stored_as: row.get("stored_as"),
        base_is_builtin: row.get("base_is_builtin"),
        max_length: row.get("max_length"),
        not_null: row.get("not_null"),
        has_default: row.get("has_default"),
        generated: row.get("generated"),
        identity: row.get("identity"),
    }
}

fn index(row: &Row) -> Index {
    Index {
        name: row.get("name"),
        is_primary: row.get("is_primary"),
        is_unique: row.get("is_unique"),
        is_valid: row.get("is_valid"),
        is_partial: row.get("is_partial"),
        is_replica_identity: row.get("is_replica_identity"),
        is_clustered: row.get("is_clustered"),
        columns: row.get("columns"),
    }
}

fn trigger(row: &Row) -> Trigger {
    Trigger {
        name: row.get("name"),
        state: row.get("state"),
        timing: row.get("timing"),
        events: row.get("events"),
        for_each_row: row.get("for_each_row"),
        function: row.get("function"),
        source: row.get("source"),
    }
}

/// A policy; `None` for the row that says that there is none.
fn policy(row: &Row) -> Option<Policy> {
    Some(Policy {
        schema: row.get::<_, Option<_>>("schema")?,
        table: row.get("table"),
        own: row.get("own"),
        enforced: row.get("enforced"),
        owned: row.get("owned"),
        name: row.get("name"),
        command: row.get("command"),
        permissive: row.get("permissive"),
        roles: row.get("roles"),
        using: row.get("using"),
        with_check: row.get("with_check"),
        reads: row.get("reads"),
    })
}

fn audit(row: &Row) -> Audit {
    Audit {
        trigger: row.get("trigger"),
        function: row.get("function"),
        schema: row.get("schema"),
        table: row.get("written"),
        owned: row.get("owned"),
        has_tenant: row.get("has_tenant"),
        snapshots: row.get("snapshots"),
        is_filed: row.get("is_filed"),
    }
}

fn foreign_key(row: &Row) -> ForeignKey {
    ForeignKey {
        name: row.get("name"),
        from_oid: row.get("from_oid"),
        from_schema: row.get("from_schema"),
        from_table: row.get("from_table"),
        from_columns: row.get("from_columns"),
        from_key: row.get("from_key"),
        to_oid: row.get("to_oid"),
        to_schema: row.get("to_schema"),
        to_table: row.get("to_table"),
        to_columns: row.get("to_columns"),
        on_delete: row.get("on_delete"),
        on_update: row.get("on_update"),
        validated: row.get("validated"),
        deferrable: row.get("deferrable"),
        indexed: row.get("indexed"),
    }
}
