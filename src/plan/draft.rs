//! The sheets of a plan: what is there against what is wanted, row by row and cell by cell.
//!
//! Pure. In: records, resolution, what is wanted. Out: a [`Draft`], everything of a plan but its
//! identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::after::after;
use super::cell::timestamp;
use super::check::{Forecast, forecast};
use super::text_sheet::{self as sheet, Cell, Sheet};
use crate::finding::{Finding, Severity};
use crate::ids::TenantId;
use crate::schema::{Column, Kind, Schema, Table};
use crate::transform::desired::{Action, ContactState, DesiredOrganization, ProjectFate};
use crate::transform::matching::{Compared, Ground};
use crate::transform::record::{Contact, TextColumn};
use crate::transform::resolution::Fate;
use crate::transform::{Desired, Records, Resolution, Rules, Tenancy};

/// Why a cell changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The organization is new.
    OrganizationInserted,
    /// The organization existed, and becomes the customer of a tenant.
    OrganizationAdopted,
    /// The contact belongs to this customer organization.
    ContactMapped,
    /// The contact is the organization's first.
    PrimaryChosen,
    /// Another contact is the organization's first.
    PrimaryWithdrawn,
    /// The project's customer contact belongs to this organization.
    ProjectLinked,
    /// The project's customer contact becomes a contact point.
    ContactPointAdded,
}

impl Cause {
    /// Every cause, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::OrganizationInserted,
        Self::OrganizationAdopted,
        Self::ContactMapped,
        Self::PrimaryChosen,
        Self::PrimaryWithdrawn,
        Self::ProjectLinked,
        Self::ContactPointAdded,
    ];

    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrganizationInserted => "organization_inserted",
            Self::OrganizationAdopted => "organization_adopted",
            Self::ContactMapped => "contact_mapped",
            Self::PrimaryChosen => "primary_chosen",
            Self::PrimaryWithdrawn => "primary_withdrawn",
            Self::ProjectLinked => "project_linked",
            Self::ContactPointAdded => "contact_point_added",
        }
    }
}

/// Counts that reconcile: every row of a table stands under exactly one of `mapped`, `review`,
/// `kept` and `findings`.
pub type Totals = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

/// A plan without its identity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The files, load-bearing ones first.
    pub sheets: Vec<Sheet>,
    /// The forecast.
    pub checks: Vec<Forecast>,
    /// Counts.
    pub totals: Totals,
    /// Findings, sorted.
    pub findings: Vec<Finding>,
}

impl Draft {
    /// A sheet by name.
    ///
    /// # Panics
    /// If there is no sheet of that name: names are constants.
    pub fn sheet(&self, name: &str) -> &Sheet {
        self.sheets.iter().find(|sheet| sheet.name == name).expect("a sheet of this plan")
    }

    /// Whether loading the plan would change nothing.
    pub fn is_empty(&self) -> bool {
        let action = |row: &Vec<Cell>| row[3].as_deref() == Some(Action::Keep.name());
        self.sheet("diff.csv").rows.is_empty()
            && self.sheet("organizations.csv").rows.iter().all(action)
    }
}

/// What a draft is made of.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The rows as read.
    pub records: &'a Records<'a>,
    /// Whose they are.
    pub tenancy: &'a Tenancy,
    /// Which names are one company.
    pub resolution: &'a Resolution,
    /// The rows as wanted.
    pub desired: &'a Desired,
    /// What the configuration says.
    pub rules: &'a Rules,
}

/// Compares what is there with what is wanted.
pub fn draft(parts: Parts<'_>) -> Draft {
    let mut diff = Diff::default();
    let organizations = parts.organizations(&mut diff);
    let contacts = parts.contacts(&mut diff);
    let projects = parts.projects(&mut diff);
    let points = parts.points(&mut diff);
    let mut findings: Vec<Finding> =
        parts.resolution.findings.iter().chain(&parts.desired.findings).cloned().collect();
    findings.sort();
    findings.dedup();
    let after = after(parts.records, parts.desired, parts.tenancy.is_tenantless());
    let checks = forecast(parts.records, &after, parts.rules.mode);
    let sheets = vec![
        Sheet { name: "organizations.csv", columns: sheet::ORGANIZATIONS, rows: organizations },
        Sheet { name: "contacts.csv", columns: sheet::CONTACTS, rows: contacts },
        Sheet { name: "projects.csv", columns: sheet::PROJECTS, rows: projects },
        Sheet { name: "contact_points.csv", columns: sheet::CONTACT_POINTS, rows: points },
        Sheet { name: "members.csv", columns: sheet::MEMBERS, rows: parts.members() },
        Sheet { name: "review.csv", columns: sheet::REVIEW, rows: parts.review() },
        Sheet { name: "findings.csv", columns: sheet::FINDINGS, rows: finding_rows(&findings) },
        Sheet { name: "diff.csv", columns: sheet::DIFF, rows: diff.rows },
    ];
    let totals = parts.totals(&sheets, &findings);
    Draft { sheets, checks, totals, findings }
}

#[derive(Default)]
struct Diff {
    rows: Vec<Vec<Cell>>,
}

impl Diff {
    fn cell(&mut self, row: (&str, &str), column: &str, change: (Cell, Cell), cause: Cause) {
        let (before, after) = change;
        if before != after {
            let text = |text: &str| Some(text.to_owned());
            self.rows.push(vec![
                text(row.0),
                text(row.1),
                text(column),
                before,
                after,
                text(cause.name()),
            ]);
        }
    }
}

/// A cell that is not NULL.
#[expect(clippy::unnecessary_wraps, reason = "a cell is an option, and this is one that is filled")]
fn text<T: ToString + ?Sized>(value: &T) -> Cell {
    Some(value.to_string())
}

fn maybe<T: ToString>(value: Option<T>) -> Cell {
    value.map(|value| value.to_string())
}

/// A boolean as Postgres prints it.
fn flag(value: Option<bool>) -> Cell {
    value.map(|value| if value { "t" } else { "f" }.to_owned())
}

/// `words +14230; prior -3300`: what adds up to the score.
pub fn comparisons(compared: &Compared) -> String {
    let parts: Vec<String> = compared
        .comparisons
        .iter()
        .map(|comparison| format!("{} {:+}", comparison.name, comparison.weight.get()))
        .collect();
    parts.join("; ")
}

fn finding_rows(findings: &[Finding]) -> Vec<Vec<Cell>> {
    findings
        .iter()
        .map(|finding| {
            let code = finding.code;
            vec![
                text(&code.name()),
                text(&code.severity().name()),
                text(&code.subject().name()),
                text(&finding.id),
                text(&finding.column),
                text(&finding.message()),
                text(&code.remedy()),
            ]
        })
        .collect()
}

impl Parts<'_> {
    fn organizations(&self, diff: &mut Diff) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for wanted in &self.desired.organizations {
            let before = self.records.organization(wanted.id);
            let before = before.and_then(|at| self.records.organizations[at].owner);
            let owner = (!self.tenancy.is_tenantless()).then(|| wanted.tenant.organization());
            let is_new = wanted.action == Action::Insert;
            let constant = |value: &String| is_new.then(|| value.clone());
            let carried =
                |column: &Column| wanted.attribute(column.field).map(|c| c.value.to_string());
            let mut row = vec![
                text(&wanted.id),
                wanted.slug.clone(),
                text(&wanted.name),
                text(&wanted.action.name()),
                maybe(owner),
                text(&wanted.members),
                maybe(before),
                flag(Some(self.tenancy.is_tenant(wanted.id))),
                constant(&self.rules.description),
                constant(&self.rules.industry),
            ];
            row.extend(self.records.declared.carried().map(carried));
            row.push(is_new.then(|| sources(wanted)));
            let id = wanted.id.to_string();
            let at = ("organizations", id.as_str());
            match wanted.action {
                Action::Insert => {
                    let cause = Cause::OrganizationInserted;
                    let names = sheet::ORGANIZATIONS.iter().zip(&row);
                    for (column, value) in names {
                        let written = !matches!(
                            *column,
                            "action"
                                | "members"
                                | "attribute_sources"
                                | "owner_organization_id_before"
                                | "is_tenant"
                        );
                        if written {
                            diff.cell(at, column, (None, value.clone()), cause);
                        }
                    }
                }
                Action::Adopt => {
                    let change = (maybe(before), maybe(owner));
                    diff.cell(at, "owner_organization_id", change, Cause::OrganizationAdopted);
                }
                Action::Keep => {}
            }
            rows.push(row);
        }
        rows
    }

    fn contacts(&self, diff: &mut Diff) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for (index, contact) in self.records.contacts.iter().enumerate() {
            let before = ContactState::of(contact);
            let after = self.desired.contacts[index];
            if before == after {
                continue;
            }
            let id = contact.id.to_string();
            let at = ("contacts", id.as_str());
            let mapped = Cause::ContactMapped;
            let primary = match after.is_primary {
                Some(true) => Cause::PrimaryChosen,
                _ => Cause::PrimaryWithdrawn,
            };
            let changes = [
                ("organization_id", maybe(before.organization), maybe(after.organization), mapped),
                ("owner_organization_id", maybe(before.owner), maybe(after.owner), mapped),
                (
                    "customer_organization_id",
                    maybe(before.customer_organization),
                    maybe(after.customer_organization),
                    mapped,
                ),
                ("is_primary_contact", flag(before.is_primary), flag(after.is_primary), primary),
            ];
            let mut row = vec![text(&id), maybe(self.resolution.tenants[index])];
            for (column, before, after, cause) in changes {
                row.extend([before.clone(), after.clone()]);
                diff.cell(at, column, (before, after), cause);
            }
            row.extend(read_columns(contact, self.records.declared));
            rows.push(row);
        }
        rows
    }

    fn projects(&self, diff: &mut Diff) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for (project, wanted) in std::iter::zip(&self.records.projects, &self.desired.projects) {
            let before = maybe(project.customer_organization);
            let after = maybe(wanted.customer_organization);
            if before == after {
                continue;
            }
            let id = project.id.to_string();
            let change = (before.clone(), after.clone());
            let cause = Cause::ProjectLinked;
            diff.cell(("projects", &id), "customer_organization_id", change, cause);
            let tenant = if self.tenancy.is_tenantless() {
                text(&TenantId::new(uuid::Uuid::nil()))
            } else {
                maybe(project.organization)
            };
            rows.push(vec![
                text(&id),
                tenant,
                maybe(project.customer),
                before,
                after,
                text(cause.name()),
                maybe(project.organization),
                project.created_at.map(timestamp),
            ]);
        }
        rows
    }

    fn points(&self, diff: &mut Diff) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for point in &self.desired.points {
            let row = vec![
                text(&point.id),
                text(&self.records.projects[point.project].id),
                text(&self.records.contacts[point.contact].id),
                text(&point.role),
                flag(Some(point.is_primary)),
            ];
            let id = point.id.to_string();
            for (column, value) in sheet::CONTACT_POINTS.iter().zip(&row) {
                let change = (None, value.clone());
                let at = ("project_contact_points", id.as_str());
                diff.cell(at, column, change, Cause::ContactPointAdded);
            }
            rows.push(row);
        }
        rows
    }

    fn members(&self) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        let slugs: BTreeMap<_, _> =
            self.desired.organizations.iter().map(|row| (row.id, &row.slug)).collect();
        for (company, id) in std::iter::zip(&self.resolution.companies, &self.desired.company_ids) {
            for spelling in &company.spellings {
                let join = &spelling.join;
                let bits = join.compared.as_ref().map(|compared| compared.score);
                let compared =
                    |side: usize| spelling.compared.as_ref().map(|pair| pair[side].clone());
                for (raw, contacts) in &spelling.raws {
                    rows.push(vec![
                        text(&company.tenant),
                        text(&raw),
                        text(&spelling.normalized),
                        text(&id),
                        slugs.get(id).and_then(|slug| (*slug).clone()),
                        text(&join.ground.name()),
                        maybe(bits),
                        text(&contacts),
                        join.compared.as_ref().map(comparisons),
                        compared(0),
                        compared(1),
                    ]);
                }
            }
            if company.is_person {
                let contact = &self.records.contacts[company.contacts[0]];
                rows.push(vec![
                    text(&company.tenant),
                    text(&crate::transform::survivorship::person_name(contact)),
                    text(&company.key),
                    text(&id),
                    slugs.get(id).and_then(|slug| (*slug).clone()),
                    text(Ground::Alone.name()),
                    None,
                    text(&1),
                    None,
                    None,
                    None,
                ]);
            }
        }
        rows.sort();
        rows
    }

    fn review(&self) -> Vec<Vec<Cell>> {
        let id = |company: Option<usize>| maybe(company.map(|at| self.desired.company_ids[at]));
        self.resolution
            .reviews
            .iter()
            .map(|review| {
                vec![
                    text(&self.records.called(review.tenant)),
                    text(&review.spellings.0),
                    text(&review.spellings.1),
                    text(&review.compared.score),
                    text(""),
                    text(&review.rows.0),
                    text(&review.rows.1),
                    id(review.companies.0),
                    id(review.companies.1),
                    text(&comparisons(&review.compared)),
                ]
            })
            .collect()
    }

    fn totals(&self, sheets: &[Sheet], findings: &[Finding]) -> Totals {
        let mut totals = Totals::new();
        let mut add = |table: &'static str, name: &'static str, count: usize| {
            *totals.entry(table).or_default().entry(name).or_default() += count;
        };
        for table in ["contacts", "projects"] {
            for name in ["rows", "mapped", "review", "kept", "findings"] {
                add(table, name, 0);
            }
        }
        for fate in &self.resolution.fates {
            let name = match fate {
                Some(Fate::Company(at)) if self.resolution.companies[*at].in_review => "review",
                Some(Fate::Company(_)) => "mapped",
                Some(Fate::Blocked(_)) => "findings",
                Some(Fate::NotACustomer | Fate::Skipped | Fate::OwnTenant) | None => "kept",
            };
            add("contacts", name, 1);
            add("contacts", "rows", 1);
        }
        for project in &self.desired.projects {
            let name = match project.fate {
                ProjectFate::Company(at) if self.resolution.companies[at].in_review => "review",
                ProjectFate::Company(_) => "mapped",
                ProjectFate::Blocked(_) => "findings",
                ProjectFate::NoCustomer | ProjectFate::WalkIn | ProjectFate::Linked => "kept",
            };
            add("projects", name, 1);
            add("projects", "rows", 1);
        }
        let customers = self.records.contacts.iter().filter(|contact| contact.is_customer());
        add("contacts", "customers", customers.count());
        let count = |name: &str| {
            sheets.iter().find(|sheet| sheet.name == name).map_or(0, |sheet| sheet.rows.len())
        };
        add("contacts", "changed", count("contacts.csv"));
        add("projects", "changed", count("projects.csv"));
        add("organizations", "rows", self.records.organizations.len());
        for action in [Action::Insert, Action::Adopt, Action::Keep] {
            let rows = self.desired.organizations.iter();
            add("organizations", action.name(), rows.filter(|row| row.action == action).count());
        }
        add("contact_points", "rows", self.records.points.len());
        add("contact_points", "insert", count("contact_points.csv"));
        add("plan", "spellings", count("members.csv"));
        add("plan", "questions", count("review.csv"));
        add("plan", "cells", count("diff.csv"));
        for severity in [Severity::Error, Severity::Warning, Severity::Info] {
            let found = findings.iter().filter(|finding| finding.code.severity() == severity);
            add("findings", severity.name(), found.count());
        }
        totals
    }
}

/// The columns of a contact that decisions rest on, as they were read.
fn read_columns(contact: &Contact<'_>, declared: &Schema) -> Vec<Cell> {
    let columns = declared.columns(Table::Contacts).iter();
    let texts = columns.filter(|column| column.decides && column.kind == Kind::Text);
    let mut cells: Vec<Cell> = texts
        .filter_map(|column| TextColumn::of(declared, Table::Contacts, column.field))
        .map(|column| maybe(contact.text(column)))
        .collect();
    cells.push(flag(contact.is_active));
    cells.push(contact.created_at.map(timestamp));
    cells
}

/// `address=<contact>; city=<contact>`: where each attribute came from.
fn sources(organization: &DesiredOrganization) -> String {
    let parts: Vec<String> = organization
        .attributes
        .iter()
        .map(|(field, carried)| format!("{field}={}", carried.source))
        .collect();
    parts.join("; ")
}
