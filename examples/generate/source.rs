//! The same contacts as tables that `orgfold plan` reads: tenants, users, contacts, projects.
//!
//! In: the cells of each contact as they are generated. Out: a directory of CSV files as other
//! tools write them. A company is the customer of one tenant; 12 % of the contacts are suppliers,
//! who have no projects. Ids are random, so rows do not come in the order of their keys.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::rng::Rng;

/// Users of each tenant.
const USERS: usize = 2;
/// Suppliers among 1,000 contacts.
const SUPPLIERS: usize = 120;

type Writer = csv::Writer<BufWriter<File>>;

/// The tables under way.
pub(crate) struct Source {
    seed: u64,
    tenants: usize,
    projects_per_contact: usize,
    contacts: Writer,
    projects: Writer,
    /// Projects so far.
    pub(crate) count: usize,
}

/// What an id is of: a stream of chance for each.
#[derive(Clone, Copy)]
enum Of {
    Tenant,
    User,
    Contact,
    Project,
}

impl Source {
    /// Begins the tables in a directory that is there: tenants and users are written whole.
    pub(crate) fn create(
        directory: &Path,
        seed: u64,
        tenants: usize,
        projects_per_contact: usize,
    ) -> Result<Self, csv::Error> {
        let table = |name: &str, columns: &[&str]| -> Result<Writer, csv::Error> {
            let file = File::create(directory.join(name))?;
            let mut writer = csv::Writer::from_writer(BufWriter::new(file));
            writer.write_record(columns)?;
            Ok(writer)
        };
        let columns = ["id", "name", "slug", "owner_organization_id", "created_at"];
        let mut organizations = table("organizations.csv", &columns)?;
        let columns = ["id", "organization_id", "email", "name", "role"];
        let mut users = table("users.csv", &columns)?;
        for tenant in 0..tenants {
            let id = id(seed, Of::Tenant, tenant);
            let name = format!("Tenant {tenant} Works");
            let slug = format!("tenant-{tenant}-works");
            organizations.write_record([&id, &name, &slug, "", &time(seed, 44, tenant)])?;
            for user in tenant * USERS..(tenant + 1) * USERS {
                let (email, name) =
                    (format!("user{user}@tenant{tenant}.example"), format!("User {user}"));
                users.write_record([
                    &self::id(seed, Of::User, user),
                    &id,
                    &email,
                    &name,
                    "admin",
                ])?;
            }
        }
        organizations.flush()?;
        users.flush()?;
        let contacts = table(
            "contacts.csv",
            &[
                "id",
                "organization_id",
                "type",
                "company_name",
                "email",
                "phone",
                "website",
                "address",
                "city",
                "country",
                "tax_id",
                "contact_name",
                "is_active",
                "created_at",
            ],
        )?;
        let projects = table(
            "projects.csv",
            &["id", "organization_id", "project_id", "title", "customer_id", "created_at"],
        )?;
        Ok(Self { seed, tenants, projects_per_contact, contacts, projects, count: 0 })
    }

    /// Adds a contact of a company, with its projects; `cells` as they stand behind the name.
    pub(crate) fn push(
        &mut self,
        row: usize,
        company: usize,
        name: &str,
        cells: &[String],
    ) -> Result<(), csv::Error> {
        let seed = self.seed;
        let mut rng = Rng::new(seed, 45, row);
        let tenant = id(seed, Of::Tenant, Rng::new(seed, 46, company).below(self.tenants));
        let contact = id(seed, Of::Contact, row);
        let is_supplier = rng.permille(SUPPLIERS);
        let kind = if is_supplier { "supplier" } else { "customer" };
        for cell in [contact.as_str(), &tenant, kind, name] {
            self.contacts.write_field(cell)?;
        }
        for cell in cells {
            self.contacts.write_field(cell)?;
        }
        let is_active = if rng.permille(950) { "true" } else { "false" };
        let person = format!("Person {}", rng.below(1_000_000));
        self.contacts.write_record([&person, is_active, &time(seed, 47, row)])?;
        let projects = if is_supplier { 0 } else { self.projects_per_contact };
        for project in self.count..self.count + projects {
            let (id, number) = (id(seed, Of::Project, project), format!("P-{project:08}"));
            let created = time(seed, 48, project);
            let title = format!("Project {project}");
            self.projects.write_record([&id, &tenant, &number, &title, &contact, &created])?;
        }
        self.count += projects;
        Ok(())
    }

    /// Ends the tables; the number of projects.
    pub(crate) fn finish(mut self) -> Result<usize, csv::Error> {
        self.contacts.flush()?;
        self.projects.flush()?;
        Ok(self.count)
    }
}

/// A random id, version 4.
fn id(seed: u64, of: Of, which: usize) -> String {
    let mut rng = Rng::new(seed, 40 + of as u64, which);
    let mut hex = |bits: u32| rng.below(1 << bits);
    let (start, end) = (format!("{:08x}-{:04x}", hex(32), hex(16)), hex(48));
    format!("{start}-4{:03x}-{:04x}-{end:012x}", hex(12), 0x8000 | hex(14))
}

/// A time within three years.
fn time(seed: u64, purpose: u64, which: usize) -> String {
    let mut rng = Rng::new(seed, purpose, which);
    let (year, month, day) = (2022 + rng.below(3), 1 + rng.below(12), 1 + rng.below(28));
    let (hour, minute, second) = (rng.below(24), rng.below(60), rng.below(60));
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}+00")
}
