//! What is declared is all there is to say: a column and a kind of evidence that nobody thought of.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::path::PathBuf;

use orgfold::commands::plan;
use orgfold::config::{self, Config, Overrides};
use orgfold::extract::{Reading, Source, extract};
use orgfold::ids::{ContactId, OrganizationId};
use orgfold::load::apply::{Options, Outcome, Prepared, as_planned, prepare};
use orgfold::load::catalog::Catalog;
use orgfold::load::picture::Compare;
use orgfold::load::rollback::{self, Wanted, look, rollback};
use orgfold::load::verify;
use orgfold::plan::archive::Stored;
use orgfold::progress::Progress;
use orgfold::schema::{Field, Mode, Schema, Table, carried, carried_line, evidence_line};
use orgfold::transform::evidence::{Context, Kind, Kinds, Read, Value};
use orgfold::transform::record::{Contact, Organization, Records, Texts};
use orgfold::transform::{Decisions, Desired, Tenancy, link, resolve};
use uuid::Uuid;

use crate::support::case::{Case, equal};
use crate::support::sheets;

#[expect(clippy::unnecessary_wraps, reason = "every kind is read by such a function")]
fn digits(text: &str, _: &Context<'_>) -> Read {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Ok((!digits.is_empty()).then(|| Value::plain(digits)))
}

const FAX: Kind = Kind {
    finds: true,
    is_sure: true,
    ..Kind::new("fax", ["fax_equal", "fax_differs"], ["fax", "fax differs"], digits)
};

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orgfold.toml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

/// The configuration of a database whose contacts have a floor and a fax number.
fn with_floor_and_fax(rules: &str) -> Result<Config, String> {
    let lines = [carried_line(carried("floor").expand("text")), evidence_line("fax", "fax")];
    let declared = (Schema::shipped_with(&lines), Kinds::default().with(FAX));
    let (_directory, path) = written(rules);
    config::load_for(declared, Some(&path), &Overrides::default())
        .map_err(|error| error.to_string().replace(&path.display().to_string(), "orgfold.toml"))
}

const TENANT: OrganizationId = OrganizationId::new(Uuid::from_u128(1));

fn contact<'a>(id: u128, company: &'a str, texts: &'a [(Field, &'a str)]) -> Contact<'a> {
    Contact {
        id: ContactId::new(Uuid::from_u128(id)),
        organization: Some(TENANT),
        kind: "customer",
        company: Some(company),
        name: None,
        email: None,
        texts: Texts::listed(texts),
        job_title: None,
        role: None,
        is_active: None,
        is_primary: None,
        created_at: None,
        owner: None,
        customer_organization: None,
        client_organization: None,
    }
}

/// What becomes of two near names with these texts.
fn linked(config: &Config, texts: [&[(Field, &str)]; 2]) -> Desired {
    let names = ["Nordstern Optik Werke", "Nordstern Optikwerk Zwei"];
    let tenant = Organization {
        id: TENANT,
        name: "Tenant",
        slug: Some("tenant"),
        owner: None,
        texts: Texts::default(),
    };
    let records = Records {
        declared: config.declared,
        organizations: vec![tenant],
        contacts: vec![contact(10, names[0], texts[0]), contact(11, names[1], texts[1])],
        users: Some(vec![(Uuid::from_u128(2), Some(TENANT))]),
        ..Records::default()
    };
    let tenancy = Tenancy::new(&records, &mut Vec::new());
    let resolution = resolve(&records, &tenancy, &config.rules, &Decisions::default()).unwrap();
    link(&records, &tenancy, &resolution, &config.rules)
}

const FLOOR: Field = Field("floor");
const NUMBER: Field = Field("fax");

#[test]
fn an_invented_column_is_carried_by_the_rule_of_the_configuration() {
    let texts: [&[(Field, &str)]; 2] =
        [&[(FLOOR, "3rd"), (NUMBER, "+84 1")], &[(FLOOR, "ground floor"), (NUMBER, "841")]];
    for (rule, expected) in [("longest", "ground floor"), ("earliest", "3rd")] {
        let rules = format!(
            "[attributes]\nfloor = \"{rule}\"\n[matching]\nfax_equal = 20.0\nfax_differs = 1.0\n"
        );
        let desired = linked(&with_floor_and_fax(&rules).unwrap(), texts);
        let [organization] = &desired.organizations[..] else { panic!("{desired:?}") };
        let carried = organization.attribute(FLOOR).unwrap();
        assert_eq!((carried.value.as_str(), carried.distinct), (expected, 2), "{rule}");
        // What is evidence and nothing else stays on the contact.
        assert_eq!(organization.attribute(NUMBER), None);
    }
}

#[test]
fn an_invented_kind_of_evidence_joins_and_parts_by_its_weights() {
    let groups = |weights: &str, texts| {
        let rules = format!("[matching]\n{weights}\n");
        linked(&with_floor_and_fax(&rules).unwrap(), texts).organizations.len()
    };
    let (one, other) = ([(NUMBER, "+84 1")], [(NUMBER, "+84 2")]);
    assert_eq!(groups("fax_equal = 20.0\nfax_differs = 0.0", [&one, &one]), 1);
    assert_eq!(groups("fax_equal = 0.0\nfax_differs = 0.0", [&one, &one]), 2);
    assert_eq!(groups("fax_equal = 20.0\nfax_differs = 0.0", [&one, &other]), 2);
    assert_eq!(groups("fax_equal = 20.0\nfax_differs = 0.0", [&one, &[]]), 2);
}

/// Gives two customers of the sample near names, floors and one fax number, and nothing else by
/// which they could be told together or apart.
const INVENTED: &str = "
    alter table public.contacts add floor text, add fax varchar(40);
    alter table public.contacts disable trigger user;
    update public.contacts
    set company_name = 'Nordstern Optik Werke', email = null, phone = null,
        floor = '3rd', fax = '+84 1'
    where id = '7a1b0000-5a16-4000-8000-000000030003';
    update public.contacts
    set company_name = 'Nordstern Optikwerk Zwei', email = null, phone = null,
        floor = 'ground floor', fax = '841'
    where id = '7a1b0000-5a16-4000-8000-000000030012'";

/// Plans what a database holds.
async fn planned(case: &Case, config: &Config) -> Stored {
    let path = case.export().await;
    let source = Source {
        paths: vec![path],
        names: config.names.clone(),
        declared: config.declared,
        reading: Reading::default(),
    };
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    let plan = plan(&snapshot, config, &Decisions::default()).unwrap();
    let written = sheets::write(&plan, b"<p>", &case.out()).unwrap();
    Stored::open(written.directory()).unwrap()
}

/// Applies a plan as the command does.
async fn load(case: &Case, plan: &Stored, how: &Options<'_>) -> Result<(), orgfold::load::Error> {
    let (target, client) = (case.database.target(), case.database.connect().await);
    let ready = match prepare(&target, client, plan, *how).await? {
        Prepared::Ready(ready) => ready,
        Prepared::Already(run) => panic!("it was never applied: {run:?}"),
    };
    match ready.apply(&serde_json::json!([]), std::future::pending()).await? {
        Outcome::Loaded(_) => Ok(()),
        Outcome::Already(run) => panic!("it was never applied: {run:?}"),
    }
}

async fn cycle(mode: Mode) {
    let mut case = Case::new("factory-pulse", mode.name()).await;
    case.execute(INVENTED).await;
    let before = case.picture().await;
    let rules = format!(
        "mode = \"{}\"\n[attributes]\nfloor = \"longest\"\n\
         [matching]\nfax_equal = 20.0\nfax_differs = 1.0\n",
        mode.name()
    );
    let config = with_floor_and_fax(&rules).unwrap();
    let plan = planned(&case, &config).await;
    let how = Options {
        names: &config.names,
        declared: config.declared,
        triggers: config.triggers,
        strategy: config.strategy,
        waits: config.waits,
        audit: config.audit,
        visibility: &config.visibility,
        strict: true,
        progress: Progress::Silent,
    };

    // Either makes the plan stale once it changed, like any other value that was read.
    for (field, old, other) in [(FLOOR, "3rd", "cellar"), (NUMBER, "+84 1", "+84 2")] {
        let set = |from: &str, to: &str| {
            format!("update public.contacts set {field} = '{to}' where {field} = '{from}'")
        };
        case.execute(&set(old, other)).await;
        let error = load(&case, &plan, &how).await.unwrap_err().to_string();
        let row = "contacts 7a1b0000-5a16-4000-8000-000000030003";
        assert!(error.ends_with(&format!("\n  {row}: {field}")), "{error}");
        case.execute(&set(other, old)).await;
    }

    load(&case, &plan, &how).await.unwrap();
    let link = match mode {
        Mode::Rehome => Field::ORGANIZATION,
        Mode::Link => Field::CUSTOMER_ORGANIZATION,
    };
    // One organization has both contacts, by their fax number alone, and the longer floor.
    let floors = format!(
        "select o.floor from public.organizations o join public.contacts c on o.id = c.{link} \
         where c.fax is not null group by o.id"
    );
    let floors = case.client.query(&floors, &[]).await.unwrap();
    let floors: Vec<Option<&str>> = floors.iter().map(|row| row.get(0)).collect();
    assert_eq!(floors, [Some("ground floor")], "{mode:?}");
    let catalog = Catalog::read(&case.client, how.names, how.declared).await.unwrap();
    assert!(catalog.column(Table::Organizations, FLOOR).is_some());
    assert!(catalog.column(Table::Organizations, NUMBER).is_none());
    let measured = verify::measure(&case.client, mode, &as_planned(catalog, &plan)).await.unwrap();
    assert_eq!(verify::compare(&measured, &plan.manifest.checks), []);

    let id = &plan.manifest.plan_id;
    assert_eq!(look(&mut case.client, Wanted::everything(id), &how).await.unwrap().conflicts, []);
    let undone = rollback(&mut case.client, Wanted::everything(id), &how).await.unwrap();
    assert!(matches!(undone, rollback::Outcome::Done(_)), "{undone:?}");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn what_was_invented_is_loaded_and_undone() {
    for mode in [Mode::Rehome, Mode::Link] {
        cycle(mode).await;
    }
}

#[test]
fn a_kind_without_a_weight_is_refused_by_name() {
    let refused = |rules: &str, expected: &str| {
        assert_eq!(with_floor_and_fax(rules).unwrap_err(), format!("orgfold.toml: {expected}"));
    };
    refused("", "`matching.fax_differs` is missing");
    refused("[matching]\nfax_equal = 1.0\n", "`matching.fax_differs` is missing");
    let both = "fax_equal = 1.0\nfax_differs = 1.0\n";
    refused(&format!("[matching]\n{both}telex = 1.0\n"), "unknown key `matching.telex`");
    refused(
        &format!("[attributes]\nfax = \"longest\"\n[matching]\n{both}"),
        "unknown key `attributes.fax`",
    );
}

/// A weight that is no number, or on the wrong side, would settle every pair at once.
#[test]
fn a_weight_that_makes_no_sense_is_refused_with_its_range() {
    let check = |row: &str, expected: &str| {
        let (_directory, path) = written(&format!("[matching]\n{row}\n"));
        let error = config::load(Some(&path), &Overrides::default()).unwrap_err().to_string();
        let error = error.replace(&path.display().to_string(), "orgfold.toml");
        assert_eq!(error, format!("orgfold.toml: {expected}"), "{row}");
    };
    check("letters = nan", "`matching.letters` is NaN; it must be from 0 to 100");
    check("letters = inf", "`matching.letters` is inf; it must be from 0 to 100");
    check("letters = -1.0", "`matching.letters` is -1; it must be from 0 to 100");
    check("phone_differs = -0.5", "`matching.phone_differs` is -0.5; it must be from 0 to 100");
    check("same_at = nan", "`matching.same_at` is NaN; it must be from -10000 to 10000");
    check("best_share = 2.0", "`matching.best_share` is 2; it must be from 0 to 1");
    check("questions = -0.1", "`matching.questions` is -0.1; it must be from 0 to 1");
    check("prior_usual = 0.0", "`matching.prior_usual` is 0; it must be from 0.001 to 1000");
}

/// Each column that an organization takes from its contacts has its default where people read it.
#[test]
fn every_attribute_has_a_default() {
    let config = config::load(None, &Overrides::default()).unwrap();
    let ruled: Vec<Field> = config.rules.attributes.keys().copied().collect();
    let mut carried: Vec<Field> = Schema::shipped().carried().map(|column| column.field).collect();
    carried.sort_unstable();
    assert_eq!(ruled, carried);
}
