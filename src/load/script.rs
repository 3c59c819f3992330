//! A load as one script for `psql`: the same look, DDL, changes, checks, ledger and journal as an apply,
//! for whoever runs nothing else on a server.
//!
//! In: a plan, and what the tables were when it was asked for. Out: text. The script stops where the
//! tables are no longer so, where the plan is stale, and where a check finds something else than
//! promised. It does not wait for others beyond the lock time-out, and does not take back by itself
//! what it added before the data: that it says at its end.

mod foreseen;
mod rows;

use std::io::Write;

use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;

use self::rows::copy;
use super::apply::{Options, as_planned};
use super::approval::Approval;
use super::catalog::{Catalog, Relation};
use super::expand::add::ANNOUNCE;
use super::expand::{Ddl, Statement};
use super::ledger::{self, New};
use super::merge::{Inserted, Merge, image};
use super::stage::staging;
use super::stale::Stale;
use super::transaction::{self, Triggers};
use super::verify::{self, fill, own, without_head};
use super::{Error, Refusal, catalog::CHANGED};
use crate::plan::archive::Stored;
use crate::plan::sheet::Sheet;
use crate::schema::{Field, Mode, Table};

/// What the tables are: enough to write the script elsewhere, and to hold them against later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// The tables, by name.
    pub tables: Vec<Relation>,
    /// A hash over the definitions of everything that hangs on them.
    pub definitions: String,
    /// Policies that a load makes or rewrites. A load proves them exact while it does, with the server's
    /// own printing, which a script does not.
    pub policies: Vec<String>,
}

impl Seen {
    /// Looks.
    ///
    /// # Errors
    /// The database.
    pub async fn of(
        client: &impl GenericClient,
        catalog: &Catalog,
        mode: Mode,
    ) -> Result<Self, Error> {
        let query = definitions(catalog);
        let row = client.query_one(&query, &[]).await;
        let row = row.map_err(Error::database("look at the definitions of the tables"))?;
        let tables = catalog.tables.values().cloned().collect();
        let due = Ddl::due(catalog, mode);
        let policies = due.statements().filter(|due| due.adds.policy().is_some());
        let policies = policies.map(|due| due.adds.to_string()).collect();
        Ok(Self { tables, definitions: row.get(0), policies })
    }

    /// Refuses a load that no script can do.
    ///
    /// # Errors
    /// [`Refusal::Preflight`] with the policies.
    pub fn refuse(&self) -> Result<(), Error> {
        if self.policies.is_empty() {
            return Ok(());
        }
        Err(Error::refused(
            Refusal::Preflight,
            format!(
                "this load makes policies that no script can prove: {}",
                self.policies.join(", ")
            ),
            "load with `orgfold apply`, or plan in mode link",
        ))
    }
}

/// A query that gives the hash of [`Seen::definitions`].
fn definitions(catalog: &Catalog) -> String {
    let names = catalog.names.schema();
    let tables: Vec<String> =
        Table::ALL.iter().map(|table| literal(catalog.names.table(*table))).collect();
    fill(
        without_head(include_str!("sql/definitions.sql")).trim_end(),
        &[(":schema", &literal(names)), (":tables", &tables.join(", "))],
    )
}

/// What a script is made of.
pub struct Script<'a> {
    /// The plan, whose bytes are checked while they are written.
    pub plan: &'a Stored,
    /// The tables as they are.
    pub catalog: &'a Catalog,
    /// The hash of their definitions.
    pub definitions: &'a str,
    /// How the load is done.
    pub options: Options<'a>,
    /// Who said yes.
    pub approvals: &'a [Approval],
    /// Why it must not be run, if that is so: then it ends with this before anything else.
    pub refused: Option<&'a str>,
}

impl Script<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// A file of the plan that was changed; triggers that the configuration refuses; the output.
    pub fn write(&self, out: &mut impl Write) -> Result<(), Error> {
        let failed = |source| Error::Io { action: "write", path: "the script".into(), source };
        let mut text = self.head();
        text.push_str(&self.look());
        out.write_all(text.as_bytes()).map_err(failed)?;
        for sheet in Sheet::LOAD_BEARING {
            copy(self.plan, sheet, self.options.declared, out)?;
        }
        let columns = foreseen::after(self.catalog, &self.due().expand);
        let mut text = self.stale(self.catalog);
        text.push_str("commit;\n\n");
        text.push_str(&self.expand());
        text.push_str(&self.data(&columns)?);
        text.push_str(&self.tail());
        out.write_all(text.as_bytes()).map_err(failed)
    }

    fn due(&self) -> Ddl {
        Ddl::due(self.catalog, self.plan.manifest.mode)
    }

    fn head(&self) -> String {
        let id = &self.plan.manifest.plan_id;
        let mut text = format!(
            "-- Loads plan {id} into the schema {schema}, mode {mode}.\n\
             -- Run it with psql, once, on a connection of its own: psql --no-psqlrc -f THIS DATABASE\n\
             -- It holds personal data: keep it as you keep the plan.\n\
             \\set ON_ERROR_STOP on\n\
             \\set VERBOSITY terse\n\
             \\set QUIET on\n\
             \\encoding UTF8\n",
            schema = one_line(self.catalog.names.schema()),
            mode = self.plan.manifest.mode.name(),
        );
        if let Some(why) = self.refused {
            text.push_str(&refuse_if("true", &literal(why)));
        }
        text.push_str(&refuse_if(
            &format!("not {}", transaction::try_lock("pg_try_advisory_lock")),
            "'another load is under way on this database'",
        ));
        text
    }

    /// A transaction with the settings of a load.
    fn begin(&self, what: &str) -> String {
        let settings = transaction::settings(self.options.waits);
        // In a block nothing of what they answer is printed.
        let settings =
            settings.replace("select pg_catalog.set_config", "perform pg_catalog.set_config");
        format!("-- {what}\nbegin;\n{}", block(&format!("begin\n  {settings};\nend")))
    }

    fn look(&self) -> String {
        let mut text = self.begin("1. Look: nothing stays of it.");
        text.push_str(&self.guards());
        text
    }

    /// What must be so before anything is done.
    fn guards(&self) -> String {
        let (id, schema) = (&self.plan.manifest.plan_id, self.catalog.names.schema());
        let foreign = without_head(include_str!("sql/ledger_foreign.sql")).trim_end();
        let oids = "select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
        let tables: Vec<String> =
            self.catalog.tables.values().map(|relation| literal(&relation.name)).collect();
        [
            refuse_if(
                &format!("exists ({foreign})"),
                "'the schema orgfold of this database is not ours'",
            ),
            block(&ledger::refuse_other_version()),
            refuse_if(
                &format!(
                    "exists ({oids} where n.nspname = {} and c.relname in ({}) and pg_catalog.row_security_active(c.oid))",
                    literal(schema),
                    tables.join(", ")
                ),
                "'row-level security hides rows of the tables from this role'",
            ),
            refuse_if(
                &format!("({}) is distinct from {}", definitions(self.catalog), literal(self.definitions)),
                "'the tables are not what they were when this script was made: make it again'",
            ),
            block(&format!(
                "begin\n  if to_regclass('orgfold.run') is not null then\n    \
                 if exists (select from orgfold.run where plan_id = {} and application = {} and state <> 'rolled_back') then\n      \
                 raise exception 'the plan is applied already';\n    end if;\n  end if;\nend",
                literal(id),
                literal(schema)
            )),
        ]
        .concat()
    }

    /// Stops where a planned row has moved on.
    fn stale(&self, catalog: &Catalog) -> String {
        let manifest = &self.plan.manifest;
        let stale = Stale { catalog, mode: manifest.mode, source: &manifest.source };
        stale
            .queries()
            .iter()
            .map(|query| {
                block(&format!(
                    "declare\n  found text;\nbegin\n  select string_agg(format('%s %s: %s', m.\"table\", m.id, m.what), e'\\n')\n  \
                     into found\n  from (select m.* from (\n{query}\n) m (\"table\", id, what) order by m.id limit 20) m;\n  \
                     if found is not null then\n    \
                     raise exception e'planned rows have changed since the plan was made:\\n%', found;\n  end if;\nend"
                ))
            })
            .collect()
    }

    fn expand(&self) -> String {
        let due = self.due().expand;
        let mut text = self.begin("2. Expand: what tables in use need before the data; neutral.");
        text.push_str(&self.guards());
        text.push_str(&ledger::script(self.options.declared));
        let mut tables: Vec<String> =
            due.iter().map(|statement| statement.adds.table().sql()).collect();
        tables.sort();
        tables.dedup();
        if !tables.is_empty() {
            text.extend([format!("lock table {} in access exclusive mode;\n", tables.join(", "))]);
        }
        text.extend(due.iter().map(|statement| add(statement, "null")));
        text.extend([ANNOUNCE, ";\ncommit;\n\n"]);
        text
    }

    fn data(&self, columns: &Catalog) -> Result<String, Error> {
        let manifest = &self.plan.manifest;
        let mode = manifest.mode;
        let names = &columns.names;
        let mut text = self.begin("3. The data: all of it, or nothing.");
        let locked: Vec<String> =
            columns.changed().map(|relation| names.sql_table(relation.table)).collect();
        text.extend([format!("lock table {} in share row exclusive mode;\n", locked.join(", "))]);
        let organizations = Table::Organizations;
        text.push_str(&block(&format!(
            "begin\n  perform 1 from {live} t join {staged} s on s.id = t.{id} where s.action = 'adopt' order by s.id for update of t;\nend",
            live = names.sql_table(organizations),
            staged = staging(organizations),
            id = names.sql_column(organizations, Field::ID),
        )));
        text.push_str(&self.stale(columns));
        let ddl = Ddl::due(columns, mode);
        text.extend(ddl.tables.iter().map(|statement| add(statement, "null")));
        let tables = foreseen::after(columns, &ddl.tables);
        let planned = as_planned(tables.clone(), self.plan);
        let counts = verify::count_statement(mode, &planned)?;
        text.extend([format!(
            "create temp table orgfold_counts on commit drop as\nselect to_jsonb(c) as before from (\n{counts}\n) c;\n"
        )]);
        let triggers = match self.options.triggers {
            Triggers::Fire => Vec::new(),
            Triggers::Disable => transaction::triggers_on(&tables),
            Triggers::Fail => match transaction::triggers_on(&tables).len() {
                0 => Vec::new(),
                count => {
                    let message = format!("{count} user triggers would fire");
                    let help = "disable them, or choose triggers = \"disable\"";
                    return Err(Error::refused(Refusal::Preflight, message, help));
                }
            },
        };
        text.extend(triggers.iter().map(|trigger| format!("{};\n", trigger.off(&tables))));
        text.push_str(&self.changes(&tables));
        text.push_str("set constraints all immediate;\n");
        let ddl = Ddl::due(&tables, mode);
        text.extend(ddl.constraints.iter().map(|statement| add(statement, RUN)));
        text.push_str("set constraints all immediate;\n");
        text.extend(triggers.iter().map(|trigger| format!("{};\n", trigger.back(&tables))));
        text.push_str(&self.checks(&planned, &counts)?);
        text.extend([ANNOUNCE, ";\ncommit;\n\n"]);
        let vacuum = |relation: &Relation| {
            format!("vacuum (analyze) {};\n", names.sql_table(relation.table))
        };
        text.push_str("-- Statistics and free space.\n");
        text.extend(tables.changed().map(vacuum));
        text.push_str(&refuse_if(
            &format!("not {}", transaction::try_lock("pg_advisory_unlock")),
            "'the lock of this load was lost'",
        ));
        Ok(text)
    }

    /// The rows, with the ledger and the images by which they can be undone.
    fn changes(&self, catalog: &Catalog) -> String {
        let manifest = &self.plan.manifest;
        let inserted = Inserted::of(catalog);
        let approvals = serde_json::to_value(self.approvals).expect("approvals are plain data");
        let new = New {
            plan_id: &manifest.plan_id,
            schema: catalog.names.schema(),
            mode: manifest.mode,
            inserted: &inserted,
            counts: serde_json::to_value(&manifest.totals).expect("plain data"),
            approvals: &approvals,
        };
        let values: Vec<String> = new.values().iter().map(|value| literal(value)).collect();
        let open = with_parameters(New::STATEMENT, &values);
        let fired = self.options.triggers;
        let merge = Merge { catalog, mode: manifest.mode, inserted: &inserted, triggers: fired };
        let mut text = format!(
            "create temp table orgfold_run (id bigint) on commit drop;\n\
             with opened as (\n{open}\n)\ninsert into pg_temp.orgfold_run select id from opened;\n"
        );
        for statement in [
            merge.insert_organizations(),
            merge.adopt_organizations(),
            merge.change_contacts(),
            merge.change_projects(),
            merge.insert_points(),
        ] {
            text.push_str(&with_parameters(&statement, &[RUN.to_owned()]));
            text.push_str(";\n");
        }
        text.extend(CHANGED.map(|table| format!("analyze {};\n", image(table))));
        text
    }

    /// Holds what the checks find against the plan: what it changes in each count, on top of what was
    /// found before.
    fn checks(&self, planned: &Catalog, counts: &str) -> Result<String, Error> {
        let promised: Vec<String> = self
            .plan
            .manifest
            .checks
            .iter()
            .map(|facts| {
                format!(
                    "({}, {}, {}, {})",
                    literal(&facts.code),
                    literal(&facts.title),
                    facts.before,
                    facts.after
                )
            })
            .collect();
        let mode = self.plan.manifest.mode;
        let own: Vec<String> = own::statements(mode, planned, RUN)?
            .into_iter()
            .map(|(code, statement)| {
                format!(
                    "  if (found ->> {code})::bigint > 0 then\n    \
                     select count(*) into many from (\n{statement}\n) c;\n    \
                     own := own || jsonb_build_object({code}, many);\n  end if;\n",
                    code = literal(code)
                )
            })
            .collect();
        Ok(block(&format!(
            "declare\n  found jsonb;\n  wrong text;\n  many bigint;\n  own jsonb := '{{}}';\nbegin\n  \
             select to_jsonb(c) into found from (\n{counts}\n) c;\n  \
             select string_agg(format('%s: %s expected, %s found', p.title, p.expected, p.found), e'\\n')\n  \
             into wrong\n  from (\n    select v.title, coalesce((found ->> v.code)::bigint, -1) as found,\n      \
             greatest(v.after + (b.before ->> v.code)::bigint - v.before, 0) as expected\n    \
             from (values {values}) v (code, title, before, after), pg_temp.orgfold_counts b\n  ) p\n  \
             where p.expected is distinct from p.found;\n  \
             if wrong is not null then\n    raise exception e'the validation checks differ from the forecast:\\n%', wrong;\n  end if;\n\
             {own}  update orgfold.run set promised = own where id = {RUN};\nend",
            values = promised.join(", "),
            own = own.concat(),
        )))
    }

    /// What takes back the second step where the third has failed.
    fn tail(&self) -> String {
        let mut text = "\\echo the plan is applied\n".to_owned();
        let due = self.due().expand;
        if !due.is_empty() {
            text.push_str(
                "-- Where step 3 failed, step 2 stays; nobody notices it. To take it back:\n\
                 -- orgfold schema expand --undo\n",
            );
        }
        text
    }
}

/// The number of the run, as an expression.
const RUN: &str = "(select r.id from pg_temp.orgfold_run r)";

/// Adds one thing and keeps it in the ledger, as an apply does: left out where rows break it, and not
/// checked where rows that are there do.
fn add(Statement { adds, unless }: &Statement, run: &str) -> String {
    let json = serde_json::to_string(adds).expect("names and types are plain data");
    let keep = with_parameters(
        ledger::REMEMBER,
        &[run.to_owned(), literal(adds.schema()), literal(&json)],
    );
    let mut body = format!("  execute {};\n  {keep};\n", literal(&adds.apply()));
    if let Some(validate) = adds.validate() {
        body.extend([format!(
            "  begin\n    execute {};\n  exception when others then\n    raise notice '%', {};\n  end;\n",
            literal(&validate),
            literal(&format!("{adds}: holds for new rows only")),
        )]);
    }
    if let Some(unless) = unless {
        body = format!(
            "  if exists ({unless}) then\n    raise notice '%', {};\n    return;\n  end if;\n{body}",
            literal(&format!("{adds}: left out"))
        );
    }
    block(&format!("begin\n{body}end"))
}

/// Ends the script with a message if something is so.
fn refuse_if(condition: &str, message: &str) -> String {
    block(&format!(
        "begin\n  if ({condition}) then\n    raise exception '%', {message};\n  end if;\nend"
    ))
}

/// A block of statements, in quotes that it does not hold.
fn block(body: &str) -> String {
    let mut quote = "$orgfold$".to_owned();
    let mut number = 0;
    while body.contains(&quote) {
        number += 1;
        quote = format!("$orgfold_{number}$");
    }
    format!("do {quote}\n{body}\n{quote};\n")
}

/// A statement with expressions where its parameters stand.
fn with_parameters(statement: &str, values: &[String]) -> String {
    let mut text = statement.to_owned();
    for (at, value) in values.iter().enumerate().rev() {
        text = text.replace(&format!("${}", at + 1), value);
    }
    text
}

/// A text in quotes, as a statement needs it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name in a comment, which ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
