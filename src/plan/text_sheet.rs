//! Sheets: the CSV files of a plan, in our dialect, with fixed columns.

use crate::dialect;

/// A cell; `None` is NULL.
pub type Cell = Option<String>;

/// A file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the file.
    pub name: &'static str,
    /// Names of the columns.
    pub columns: &'static [&'static str],
    /// Rows, each as wide as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The bytes of the file: header, rows, line feeds, quotes only where they are needed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let written = "writing into memory does not fail";
        writer.write_record(self.columns).expect(written);
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Some(text) => dialect::escape(text),
                None => dialect::NULL.into(),
            });
            writer.write_record(cells.map(|cell| cell.into_owned().into_bytes())).expect(written);
        }
        writer.into_inner().expect(written)
    }
}

/// `organizations.csv`.
pub const ORGANIZATIONS: &[&str] = &[
    "id",
    "slug",
    "name",
    "action",
    "owner_organization_id",
    "members",
    "owner_organization_id_before",
    "is_tenant",
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
    "attribute_sources",
];

/// `contacts.csv`.
pub const CONTACTS: &[&str] = &[
    "id",
    "tenant_id",
    "organization_id_before",
    "organization_id_after",
    "owner_organization_id_before",
    "owner_organization_id_after",
    "customer_organization_id_before",
    "customer_organization_id_after",
    "is_primary_contact_before",
    "is_primary_contact_after",
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
    "is_active",
    "created_at",
];

/// `projects.csv`.
pub const PROJECTS: &[&str] = &[
    "id",
    "tenant_id",
    "customer_id",
    "customer_organization_id_before",
    "customer_organization_id_after",
    "cause",
    "organization_id",
    "created_at",
];

/// `contact_points.csv`.
pub const CONTACT_POINTS: &[&str] = &["id", "project_id", "contact_id", "role", "is_primary"];

/// `members.csv`.
pub const MEMBERS: &[&str] = &[
    "tenant_id",
    "name",
    "normalized",
    "organization_id",
    "slug",
    "joined_by",
    "bits",
    "contacts",
    "comparisons",
    "compared",
    "compared_with",
];

/// `review.csv`.
pub const REVIEW: &[&str] = &[
    "tenant",
    "a",
    "b",
    "bits",
    "decision",
    "contacts_a",
    "contacts_b",
    "organization_a",
    "organization_b",
    "comparisons",
];

/// `findings.csv`.
pub const FINDINGS: &[&str] = &["code", "severity", "table", "id", "column", "message", "remedy"];

/// `diff.csv`.
pub const DIFF: &[&str] = &["table", "id", "column", "before", "after", "cause"];
