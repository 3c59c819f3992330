//! The statements that change rows, each with its before-images: assembled from the shape of the
//! tables, since columns differ between applications.
//!
//! Every statement changes one table and writes one image for each row that it changes, in one
//! pass: `with old …, changed as (update … returning …) insert into orgfold.image_…`.

use super::shape::Shape;
use crate::transform::Mode;

/// The columns over which each table's rows are hashed.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct HashColumns {
    /// `organizations`.
    pub organizations: Vec<String>,
    /// `contacts`.
    pub contacts: Vec<String>,
    /// `projects`.
    pub projects: Vec<String>,
    /// `project_contact_points`.
    pub contact_points: Vec<String>,
}

impl HashColumns {
    /// All columns that there are.
    pub fn of(shape: &Shape) -> Self {
        Self {
            organizations: shape.hashed("organizations"),
            contacts: shape.hashed("contacts"),
            projects: shape.hashed("projects"),
            contact_points: shape.hashed("project_contact_points"),
        }
    }
}

/// The columns of a new organization that the plan fills, where the table has them.
const CARRIED: [&str; 11] = [
    "owner_organization_id",
    "description",
    "industry",
    "address",
    "city",
    "state",
    "country",
    "postal_code",
    "website",
    "tax_id",
    "domain",
];

/// Assembles the statements of a load; `$1` is the run.
pub struct Merge<'a> {
    /// The tables.
    pub shape: &'a Shape,
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// Over what rows are hashed.
    pub hashed: &'a HashColumns,
}

impl Merge<'_> {
    /// Inserts the new organizations.
    pub fn insert_organizations(&self) -> String {
        let mut columns = vec!["id", "name", "slug"];
        columns.extend(CARRIED.iter().filter(|column| self.shape.has("organizations", column)));
        let list = columns.join(", ");
        let from: Vec<String> = columns.iter().map(|column| format!("s.{column}")).collect();
        format!(
            "with changed as (\n  insert into {table} as t ({list})\n  select {from} from orgfold_organizations s \
             where s.action = 'insert' order by s.id\n  returning t.id, {hash} as hash\n)\n\
             insert into orgfold.image_organizations (run_id, pk, action, after_hash)\n\
             select $1, id, 'i', hash from changed",
            table = self.shape.table("organizations"),
            from = from.join(", "),
            hash = self.shape.hash("organizations", "t", &self.hashed.organizations),
        )
    }

    /// Gives the adopted organizations their owner.
    pub fn adopt_organizations(&self) -> String {
        format!(
            "with changed as (\n  update {table} t set owner_organization_id = s.owner_organization_id\n  \
             from orgfold_organizations s where s.id = t.id and s.action = 'adopt'\n  \
             and t.owner_organization_id is distinct from s.owner_organization_id\n  \
             returning t.id, s.owner_before, {hash} as hash\n)\n\
             insert into orgfold.image_organizations (run_id, pk, action, owner_organization_id, after_hash)\n\
             select $1, id, 'u', owner_before, hash from changed",
            table = self.shape.table("organizations"),
            hash = self.shape.hash("organizations", "t", &self.hashed.organizations),
        )
    }

    /// Moves or links the contacts. The stale check has just shown that what the plan calls before
    /// is what the rows hold, so the images are the plan's own columns.
    pub fn change_contacts(&self) -> String {
        let set = match self.mode {
            Mode::Rehome => {
                "organization_id = s.organization_after, owner_organization_id = s.owner_after, is_primary_contact = s.primary_after"
            }
            Mode::Link => {
                "customer_organization_id = s.customer_after, is_primary_contact = s.primary_after"
            }
        };
        format!(
            "with changed as (\n  update {table} t set {set}\n  from orgfold_contacts s where s.id = t.id\n  \
             returning t.id, s.organization_before, s.owner_before, s.customer_before, s.primary_before, {hash} as hash\n)\n\
             insert into orgfold.image_contacts\n  (run_id, pk, action, organization_id, owner_organization_id, customer_organization_id, is_primary_contact, after_hash)\n\
             select $1, id, 'u', organization_before, owner_before, customer_before, primary_before, hash from changed",
            table = self.shape.table("contacts"),
            hash = self.shape.hash("contacts", "t", &self.hashed.contacts),
        )
    }

    /// Links the projects.
    pub fn change_projects(&self) -> String {
        format!(
            "with changed as (\n  update {table} t set customer_organization_id = s.customer_after\n  \
             from orgfold_projects s where s.id = t.id\n  returning t.id, s.customer_before, {hash} as hash\n)\n\
             insert into orgfold.image_projects (run_id, pk, action, customer_organization_id, after_hash)\n\
             select $1, id, 'u', customer_before, hash from changed",
            table = self.shape.table("projects"),
            hash = self.shape.hash("projects", "t", &self.hashed.projects),
        )
    }

    /// Adds the contact points.
    pub fn insert_points(&self) -> String {
        format!(
            "with changed as (\n  insert into {table} as t (id, project_id, contact_id, role, is_primary)\n  \
             select s.id, s.project_id, s.contact_id, s.role, s.is_primary from orgfold_contact_points s order by s.id\n  \
             returning t.id, {hash} as hash\n)\n\
             insert into orgfold.image_contact_points (run_id, pk, action, after_hash)\n\
             select $1, id, 'i', hash from changed",
            table = self.shape.table("project_contact_points"),
            hash = self.shape.hash("project_contact_points", "t", &self.hashed.contact_points),
        )
    }

    /// The queries that find planned rows whose source has moved on: table, id, what is wrong.
    pub fn stale(&self) -> Vec<String> {
        vec![
            self.stale_organizations(),
            self.stale_contacts(),
            self.stale_projects(),
            self.stale_points(),
        ]
    }

    fn stale_organizations(&self) -> String {
        let shape = self.shape;
        let table = shape.table("organizations");
        let users = if shape.has_table("users") {
            format!(
                "exists (select 1 from {} u where u.organization_id = s.id)",
                shape.table("users")
            )
        } else {
            "false".to_owned()
        };
        format!(
            "select 'organizations', s.id::text, case\n  when s.action = 'insert' and t.id is not null then 'id: is taken'\n  \
             when s.action = 'insert' then 'slug: is taken'\n  when t.id is null then 'id: is gone'\n  \
             when {name} is distinct from s.name then 'name'\n  when {slug} is distinct from s.slug then 'slug'\n  \
             when {owner} is distinct from s.owner_before then 'owner_organization_id'\n  else 'users or projects' end\n\
             from orgfold_organizations s left join {table} t on t.id = s.id\nwhere case when s.action = 'insert'\n  \
             then t.id is not null or exists (select 1 from {table} o where o.slug = s.slug)\n  \
             else t.id is null or {name} is distinct from s.name or {slug} is distinct from s.slug\n    \
             or {owner} is distinct from s.owner_before\n    \
             or s.action = 'adopt' and s.is_tenant is false and ({users}\n      \
             or exists (select 1 from {projects} p where p.organization_id = s.id)) end\norder by s.id",
            name = shape.text("organizations", "t", "name"),
            slug = shape.text("organizations", "t", "slug"),
            owner = shape.cast("organizations", "t", "owner_organization_id", "uuid"),
            projects = shape.table("projects"),
        )
    }

    fn stale_contacts(&self) -> String {
        let uuids = [
            ("organization_id", "organization_before"),
            ("owner_organization_id", "owner_before"),
            ("customer_organization_id", "customer_before"),
        ];
        let texts = [
            "type",
            "company_name",
            "contact_name",
            "email",
            "phone",
            "address",
            "city",
            "state",
            "country",
            "postal_code",
            "website",
            "tax_id",
            "job_title",
            "role",
        ];
        let live = |column, kind| self.shape.cast("contacts", "t", column, kind);
        let mut checks: Vec<(&str, String)> = Vec::new();
        for (column, staged) in uuids {
            checks.push((column, format!("{} is distinct from s.{staged}", live(column, "uuid"))));
        }
        for column in texts {
            checks.push((
                column,
                format!("{} is distinct from s.\"{column}\"", live(column, "text")),
            ));
        }
        let primary = live("is_primary_contact", "boolean");
        checks.push(("is_primary_contact", format!("{primary} is distinct from s.primary_before")));
        let active = live("is_active", "boolean");
        checks.push(("is_active", format!("{active} is distinct from s.is_active")));
        let created = live("created_at", "timestamptz");
        checks.push(("created_at", format!("{created} is distinct from s.created_at")));
        self.moved("contacts", "orgfold_contacts", &checks)
    }

    fn stale_projects(&self) -> String {
        let live = |column, kind| self.shape.cast("projects", "t", column, kind);
        let tests = [
            (
                "customer_id",
                format!("{} is distinct from s.customer_id", live("customer_id", "uuid")),
            ),
            (
                "customer_organization_id",
                format!(
                    "{} is distinct from s.customer_before",
                    live("customer_organization_id", "uuid")
                ),
            ),
            (
                "organization_id",
                format!("{} is distinct from s.organization_id", live("organization_id", "uuid")),
            ),
            (
                "created_at",
                format!("{} is distinct from s.created_at", live("created_at", "timestamptz")),
            ),
        ];
        self.moved("projects", "orgfold_projects", &tests)
    }

    fn moved(&self, table: &str, staged: &str, tests: &[(&str, String)]) -> String {
        let cases: Vec<String> =
            tests.iter().map(|(column, test)| format!("\n  when {test} then '{column}'")).collect();
        let cases = cases.concat();
        let any: Vec<&str> = tests.iter().map(|(_, test)| test.as_str()).collect();
        format!(
            "select '{table}', s.id::text, case\n  when t.id is null then 'id: is gone'{cases} end\n\
             from {staged} s left join {live} t on t.id = s.id\nwhere t.id is null\n   or {any}\norder by s.id",
            live = self.shape.table(table),
            any = any.join("\n   or "),
        )
    }

    fn stale_points(&self) -> String {
        format!(
            "select 'project_contact_points', s.id::text, case\n  when exists (select 1 from {table} t where t.id = s.id) then 'id: is taken'\n  \
             when exists (select 1 from {table} t where t.project_id = s.project_id and t.contact_id = s.contact_id) then 'contact_id: is a contact point already'\n  \
             else 'is_primary: the project has a primary' end\nfrom orgfold_contact_points s\n\
             where exists (select 1 from {table} t where t.id = s.id\n    or t.project_id = s.project_id and (t.contact_id = s.contact_id or s.is_primary and t.is_primary))\norder by s.id",
            table = self.shape.table("project_contact_points"),
        )
    }
}
