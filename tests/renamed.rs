//! A database that calls its schema, its tables and every column otherwise: applied, verified, undone.

use std::path::Path;
use std::process::Command;

use orgfold::connect::Target;
use orgfold::load::apply::{Loaded, Options, Outcome, Prepared, as_planned, prepare};
use orgfold::load::catalog::Catalog;
use orgfold::load::picture::{Compare, Picture};
use orgfold::load::rollback::{Wanted, look, rollback};
use orgfold::load::transaction::{Strategy, Triggers, Waits};
use orgfold::load::verify;
use orgfold::plan::archive::Stored;
use orgfold::progress::Progress;
use orgfold::schema::{Field, Mode, Names, Schema, Table, quote_ident};
use tokio_postgres::Client;

use crate::support::database::{Database, sample};

/// Mixed case, keywords, blanks, and what could be taken for a quote, a placeholder or a pattern.
fn strange() -> Names {
    let table = |table| match table {
        Table::Organizations => "Group",
        Table::Users => "user",
        Table::Contacts => "Select From \"Where\"",
        Table::Projects => "Ord:er's",
        Table::ProjectContactPoints => "contact points\\x",
    };
    let mut names = Names::in_schema("App \"Data\" :x");
    for of in Table::ALL {
        names = names.with_table(of, table(of));
        for column in Schema::shipped().all(of) {
            let name = match column.field {
                Field::ID => "primary".to_owned(),
                Field::ORGANIZATION => "select".to_owned(),
                Field::OWNER => "Owner's \"Ten::ant\"".to_owned(),
                Field::NAME => "name.of it".to_owned(),
                field => format!("{} (Column) :{field}", field.name().to_uppercase()),
            };
            names = names.with_column(of, column.field, &name);
        }
    }
    names
}

/// Calls what is there as `names` has it; the triggers of the sample, which speak of old names, go.
async fn rename(client: &Client, names: &Names) {
    let plain = Names::in_schema("public");
    let catalog = Catalog::read(client, &plain, Schema::shipped()).await.expect("the catalog");
    let mut script = Vec::new();
    for relation in catalog.tables.values() {
        let table = plain.sql_table(relation.table);
        for trigger in &relation.triggers {
            script.push(format!("drop trigger {} on {table}", quote_ident(&trigger.name)));
        }
        for column in Schema::shipped().all(relation.table) {
            if relation.column(column.field.name()).is_some() {
                let (old, new) = (column.field, names.sql_column(relation.table, column.field));
                script.push(format!("alter table {table} rename column {old} to {new}"));
            }
        }
        let new = quote_ident(names.table(relation.table));
        script.push(format!("alter table {table} rename to {new}"));
    }
    script.push(format!("alter schema public rename to {}", quote_ident(names.schema())));
    client.batch_execute(&script.join(";")).await.expect("everything can be renamed");
}

fn planned(source: &Path, mode: Mode, out: &Path) -> Stored {
    let planned = Command::new(env!("CARGO_BIN_EXE_orgfold"))
        .arg("plan")
        .arg(source)
        .args(["--mode", mode.name(), "--quiet", "--out"])
        .arg(out)
        .output()
        .expect("the binary runs");
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
    let plan = std::fs::read_dir(out).expect("a plan was written").flatten().next();
    Stored::open(&plan.expect("one plan").path()).expect("the plan is whole")
}

async fn load(target: &Target, plan: &Stored, how: Options<'_>, mode: Mode) -> Loaded {
    let client = target.connect().await.expect("the database is there");
    let applied = match prepare(target, client, plan, how).await.expect("nothing speaks against it")
    {
        Prepared::Ready(ready) => ready.apply(&serde_json::json!([]), std::future::pending()).await,
        Prepared::Already(run) => panic!("{mode:?}: it was never applied: {run:?}"),
    };
    match applied {
        Ok(Outcome::Loaded(loaded)) => loaded,
        Ok(Outcome::Already(run)) => panic!("it was never applied: {run:?}"),
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}

async fn cycle(name: &str, mode: Mode) {
    let database = Database::sample(name).await;
    let mut client = database.connect().await;
    // One project of the sample has two primary contact points on purpose.
    let doubled = "e0000000-0000-4000-8000-000000000003";
    if name == "two-tenants" {
        let delete = format!("delete from public.project_contact_points where id = '{doubled}'");
        client.batch_execute(&delete).await.expect("it is there");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dump = std::fs::read_to_string(sample(name, "dump-copy.sql")).expect("the sample");
    let kept: Vec<&str> = dump.lines().filter(|line| !line.starts_with(doubled)).collect();
    let source = folder.path().join("source.sql");
    std::fs::write(&source, kept.join("\n") + "\n").expect("writable");
    let plan = planned(&source, mode, &folder.path().join("reports"));

    let names = strange();
    rename(&client, &names).await;
    let before = Picture::take(&mut client, &["orgfold"]).await.expect("a picture");
    let waits = Waits { lock_ms: 800, lock_wait_s: 5, statement_ms: 0 };
    let config = orgfold::config::load(None, &orgfold::config::Overrides::default());
    let config = config.expect("the defaults are valid");
    let how = Options {
        names: &names,
        audit: config.audit,
        visibility: &config.visibility,
        declared: Schema::shipped(),
        triggers: Triggers::Disable,
        strategy: if mode == Mode::Link { Strategy::Rewrite } else { Strategy::Update },
        waits,
        strict: true,
        progress: Progress::Silent,
    };
    let loaded = load(&database.target(), &plan, how, mode).await;
    // Rows of the other sample break keys on purpose.
    if name == "factory-pulse" {
        assert_eq!(loaded.not_checked, [""; 0], "{mode:?}");
    }
    let written = match mode {
        Mode::Rehome => Field::OWNER,
        Mode::Link => Field::CUSTOMER_ORGANIZATION,
    };
    let contacts = Table::Contacts;
    let count = format!(
        "select count({}) from {}",
        names.sql_column(contacts, written),
        names.sql_table(contacts)
    );
    let count: i64 = client.query_one(&count, &[]).await.expect("the renamed column").get(0);
    assert!(count > 0, "{name} {mode:?}");
    let catalog = Catalog::read(&client, &names, how.declared).await.expect("the catalog");
    let measured = verify::measure(&client, mode, &as_planned(catalog, &plan)).await;
    let measured = measured.expect("the checks know the names");
    assert_eq!(verify::compare(&measured, &plan.manifest.checks), []);
    let id = &plan.manifest.plan_id;
    let seen = look(&mut client, Wanted::everything(id), &how).await.expect("a look");
    assert_eq!(seen.conflicts, []);
    rollback(&mut client, Wanted::everything(id), &how).await.expect("it is undone");
    let after = Picture::take_like(&mut client, &before).await.expect("a picture");
    assert_eq!(Picture::difference(&before, &after, Compare::DataAndCatalog), [""; 0]);
}

#[tokio::test]
async fn whatever_a_database_calls_its_tables_a_plan_is_applied_and_undone() {
    for name in ["factory-pulse", "two-tenants"] {
        for mode in [Mode::Rehome, Mode::Link] {
            cycle(name, mode).await;
        }
    }
}
