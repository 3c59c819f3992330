//! Works out what DDL is due on a database, from its catalog: nothing where all of it was run.

use super::{Addition, Audit, OWNER_ID_KEY, Protection, Qualified, Rows, Statement, Uniqueness};
use crate::load::catalog::{self, Catalog, FILE_UNDER_OWNER, Relation};
use crate::load::{policy, quote_ident};
use crate::schema::{Field, Mode, Table};

/// Whether a trigger of ours can tell the owner of what is filed.
pub(in crate::load) fn can_be_filed(audit: &catalog::Audit) -> bool {
    audit.has_tenant && audit.owned && !audit.snapshots.is_empty()
}

/// Works out what is due.
pub(super) struct Due<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) mode: Mode,
    pub(super) audit: Audit,
}

impl Due<'_> {
    /// What tables in use need before the data: neutral while it is empty.
    pub(super) fn expand(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for table in Table::ALL {
            if self.catalog.table(table).is_some() {
                statements.extend(self.columns(table));
            }
        }
        statements.extend(self.owner_not_self());
        // They read columns that came before.
        statements.extend(policy::due(self.catalog, self.mode).statements);
        statements.extend(self.filed_under_owner());
        statements
    }

    /// Triggers that file what happens to a contact under its owner, as it was filed before the
    /// contact moved: told by the snapshot of the row.
    fn filed_under_owner(&self) -> Vec<Statement> {
        let mut statements: Vec<Statement> = Vec::new();
        if self.mode != Mode::Rehome || self.audit != Audit::FileUnderOwner {
            return statements;
        }
        let names = &self.catalog.names;
        let literal =
            |field| format!("'{}'", names.column(Table::Contacts, field).replace('\'', "''"));
        let tenant = self.column(Table::Contacts, Field::ORGANIZATION);
        for audit in self.catalog.audits.iter().filter(|audit| can_be_filed(audit)) {
            let table = Qualified { schema: audit.schema.clone(), name: audit.table.clone() };
            if audit.is_filed || statements.iter().any(|it| *it.adds.table() == table) {
                continue;
            }
            let owners: Vec<String> = audit
                .snapshots
                .iter()
                .map(|column| {
                    let row = format!("pg_catalog.to_jsonb(new.{})", quote_ident(column));
                    let (organization, owner) = (literal(Field::ORGANIZATION), literal(Field::OWNER));
                    format!(
                        "    case when {row} ->> {organization} = new.{tenant}::text then ({row} ->> {owner})::uuid end,"
                    )
                })
                .collect();
            let number = if statements.is_empty() {
                String::new()
            } else {
                format!("_{}", statements.len() + 1)
            };
            let function = Qualified {
                schema: names.schema().to_owned(),
                name: format!("{FILE_UNDER_OWNER}{number}"),
            };
            let body = format!(
                "begin\n  new.{tenant} := coalesce(\n{}\n    new.{tenant}\n  );\n  return new;\nend",
                owners.join("\n")
            );
            let (name, timing) = (FILE_UNDER_OWNER.to_owned(), "before insert".to_owned());
            statements.push(Addition::Trigger { function, body, table, name, timing }.into());
        }
        statements
    }

    /// The tables that are missing.
    pub(super) fn tables(&self) -> Vec<Statement> {
        self.contact_points().into_iter().collect()
    }

    fn qualified(&self, table: Table) -> Qualified {
        let names = &self.catalog.names;
        Qualified { schema: names.schema().to_owned(), name: names.table(table).to_owned() }
    }

    fn table(&self, table: Table) -> String {
        self.catalog.names.sql_table(table)
    }

    fn column(&self, table: Table, field: Field) -> String {
        self.catalog.names.sql_column(table, field)
    }

    fn list(&self, table: Table, fields: &[Field]) -> String {
        let columns: Vec<String> = fields.iter().map(|field| self.column(table, *field)).collect();
        columns.join(", ")
    }

    /// The columns that are declared to be added where they are missing.
    fn columns(&self, table: Table) -> impl Iterator<Item = Statement> {
        let wanted = self.catalog.declared.all(table).iter().filter_map(move |column| {
            let expand = column.expand?;
            let is_due = expand.mode.is_none_or(|mode| mode == self.mode)
                && self.catalog.column(table, column.field).is_none();
            is_due.then_some((column.field, expand.sql))
        });
        wanted.map(move |(field, sql)| {
            let name = self.catalog.names.column(table, field).to_owned();
            Addition::Column { table: self.qualified(table), name, sql: sql.to_owned() }.into()
        })
    }

    /// No organization is its own customer. It needs the strongest lock for a moment, so it comes
    /// with the columns. Where a tenant owns itself already, it would refuse every later change of
    /// that tenant, and is left out.
    fn owner_not_self(&self) -> Option<Statement> {
        let table = Table::Organizations;
        let name = "organizations_owner_not_self";
        if self.is_named(table, name) {
            return None;
        }
        let (owner, id) = (self.column(table, Field::OWNER), self.column(table, Field::ID));
        let unless = self
            .catalog
            .column(table, Field::OWNER)
            .map(|_| format!("select 1 from {} where {owner} = {id} limit 1", self.table(table)));
        let adds = Addition::Constraint {
            table: self.qualified(table),
            name: name.to_owned(),
            definition: format!("check ({owner} <> {id})"),
            rows: Rows::New,
        };
        Some(Statement { adds, unless })
    }

    /// The table of contact points, open to nobody to whom projects and contacts are not; what keeps
    /// its rows apart and finds them comes after them.
    fn contact_points(&self) -> Option<Statement> {
        let table = Table::ProjectContactPoints;
        if self.catalog.table(table).is_some() {
            return None;
        }
        let columns = [
            (Field::ID, "uuid not null default pg_catalog.gen_random_uuid()"),
            (Field::PROJECT, "uuid not null"),
            (Field::CONTACT, "uuid not null"),
            (Field::ROLE, "varchar(100)"),
            (Field::IS_PRIMARY, "boolean default false"),
            (Field::CREATED_AT, "timestamptz default pg_catalog.now()"),
        ];
        let columns = columns.iter();
        let columns = columns.map(|(field, sql)| format!("{} {sql}", self.column(table, *field)));
        let adds = Addition::Table {
            table: self.qualified(table),
            columns: columns.collect(),
            protection: self.protection(table),
        };
        Some(adds.into())
    }

    /// A contact point shows no more than its project and its contact do.
    fn protection(&self, table: Table) -> Protection {
        let neighbours = [(Table::Projects, Field::PROJECT), (Table::Contacts, Field::CONTACT)];
        let is_guarded =
            |neighbour| self.catalog.table(neighbour).is_some_and(|relation| relation.row_security);
        let seen = |(neighbour, field): (Table, Field)| {
            format!(
                "exists (select 1 from {} as n where n.{} = {}.{})",
                self.table(neighbour),
                self.column(neighbour, Field::ID),
                self.table(table),
                self.column(table, field)
            )
        };
        let visible = neighbours
            .iter()
            .any(|(neighbour, _)| is_guarded(*neighbour))
            .then(|| neighbours.map(seen).join(" and "));
        let rights_of = neighbours.map(|(neighbour, _)| self.qualified(neighbour));
        Protection { rights_of, visible }
    }

    fn is_named(&self, table: Table, name: &str) -> bool {
        self.catalog.table(table).is_some_and(|relation| relation.has_name(name))
    }

    /// What keeps rows apart and finds them.
    pub(super) fn constraints(&self) -> Vec<Statement> {
        use Table::{Contacts, Organizations, Projects};
        let organization = (Organizations, &[Field::ID][..]);
        let owned = (Organizations, &[Field::OWNER, Field::ID][..]);
        let mut wanted = vec![
            // What the composite keys refer to. An index, not a constraint: it is made without
            // shutting out readers.
            Statement::from(Addition::Index {
                table: self.qualified(Organizations),
                name: OWNER_ID_KEY.to_owned(),
                uniqueness: Uniqueness::Unique,
                on: format!("({})", self.list(owned.0, owned.1)),
            }),
            self.foreign(
                (Organizations, "organizations_owner_organization_id_fkey"),
                &[Field::OWNER],
                organization,
            ),
            self.index(
                (Projects, "projects_customer_organization_id_idx"),
                Field::CUSTOMER_ORGANIZATION,
            ),
            self.foreign(
                (Projects, "projects_customer_organization_id_fkey"),
                &[Field::CUSTOMER_ORGANIZATION],
                organization,
            ),
            self.foreign(
                (Projects, "projects_own_customer_fkey"),
                &[Field::ORGANIZATION, Field::CUSTOMER_ORGANIZATION],
                owned,
            ),
        ];
        match self.mode {
            Mode::Rehome => wanted.extend([
                self.index((Contacts, "contacts_owner_organization_id_idx"), Field::OWNER),
                self.foreign(
                    (Contacts, "contacts_owner_organization_fkey"),
                    &[Field::OWNER, Field::ORGANIZATION],
                    owned,
                ),
            ]),
            Mode::Link => wanted.extend([
                self.index(
                    (Contacts, "contacts_customer_organization_id_idx"),
                    Field::CUSTOMER_ORGANIZATION,
                ),
                self.foreign(
                    (Contacts, "contacts_customer_organization_id_fkey"),
                    &[Field::CUSTOMER_ORGANIZATION],
                    organization,
                ),
                self.foreign(
                    (Contacts, "contacts_own_customer_fkey"),
                    &[Field::ORGANIZATION, Field::CUSTOMER_ORGANIZATION],
                    owned,
                ),
            ]),
        }
        wanted.extend(self.of_contact_points());
        wanted.retain(|statement| !self.is_there(&statement.adds));
        wanted
    }

    /// Whether a constraint or an index of that name is on that table.
    fn is_there(&self, adds: &Addition) -> bool {
        let (Addition::Constraint { table, name, .. } | Addition::Index { table, name, .. }) = adds
        else {
            return false;
        };
        self.catalog.names.table_named(&table.name).is_some_and(|table| self.is_named(table, name))
    }

    fn of_contact_points(&self) -> Vec<Statement> {
        let table = Table::ProjectContactPoints;
        let points = self.table(table);
        let column = |field| self.column(table, field);
        let (project, contact) = (column(Field::PROJECT), column(Field::CONTACT));
        let (role, is_primary) = (column(Field::ROLE), column(Field::IS_PRIMARY));
        let unique = |name: &str, on: String, doubles: String| Statement {
            adds: Addition::Index {
                table: self.qualified(table),
                name: name.to_owned(),
                uniqueness: Uniqueness::Unique,
                on,
            },
            unless: Some(doubles),
        };
        let mut wanted = Vec::new();
        // The table that we make has neither; one of the application's has whatever it has.
        let is_bare =
            |relation: &Relation| relation.constraints.is_empty() && relation.indexes.is_empty();
        if self.catalog.table(table).is_none_or(is_bare) {
            wanted.push(Statement::from(Addition::Constraint {
                table: self.qualified(table),
                name: "project_contact_points_pkey".to_owned(),
                definition: format!("primary key ({})", column(Field::ID)),
                rows: Rows::All,
            }));
        }
        let roles = format!("{project}, {contact}, coalesce({role}, '')");
        wanted.extend([
            unique(
                "project_contact_points_contact_role_key",
                format!("({roles})"),
                format!("select 1 from {points} group by {roles} having count(*) > 1 limit 1"),
            ),
            unique(
                "project_contact_points_primary_key",
                format!("({project}) where {is_primary}"),
                format!(
                    "select 1 from {points} where {is_primary} group by {project} having count(*) > 1 limit 1"
                ),
            ),
            self.index((table, "project_contact_points_contact_id_idx"), Field::CONTACT),
            self.cascade(
                (table, "project_contact_points_project_id_fkey"),
                Field::PROJECT,
                Table::Projects,
            ),
            self.cascade(
                (table, "project_contact_points_contact_id_fkey"),
                Field::CONTACT,
                Table::Contacts,
            ),
        ]);
        wanted
    }

    /// A foreign key, added for new rows; the rows that are there are checked in a savepoint, so
    /// that those of the source that break it are reported and not lost.
    fn key(&self, (table, name): (Table, &str), definition: String) -> Statement {
        let adds = Addition::Constraint {
            table: self.qualified(table),
            name: name.to_owned(),
            definition,
            rows: Rows::NewThenAll,
        };
        adds.into()
    }

    fn foreign(
        &self,
        named: (Table, &str),
        from: &[Field],
        (target, to): (Table, &[Field]),
    ) -> Statement {
        let (columns, target_columns) = (self.list(named.0, from), self.list(target, to));
        let target = self.table(target);
        self.key(named, format!("foreign key ({columns}) references {target} ({target_columns})"))
    }

    fn cascade(&self, named: (Table, &str), from: Field, target: Table) -> Statement {
        let column = self.column(named.0, from);
        let (id, target) = (self.column(target, Field::ID), self.table(target));
        self.key(
            named,
            format!("foreign key ({column}) references {target} ({id}) on delete cascade"),
        )
    }

    fn index(&self, (table, name): (Table, &str), field: Field) -> Statement {
        let adds = Addition::Index {
            table: self.qualified(table),
            name: name.to_owned(),
            uniqueness: Uniqueness::Plain,
            on: format!("({})", self.column(table, field)),
        };
        adds.into()
    }
}
