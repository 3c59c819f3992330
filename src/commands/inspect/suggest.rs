//! A `[mapping]` for a source: which of its tables and columns could be ours, by their names and by
//! what their values are.
//!
//! In: a survey. Out: TOML to be read by a person, and by `--config` as it stands. A guess that a
//! person has to look at says so in a comment.

use std::fmt::Write as _;

use crate::extract::{Facts, Seen, Survey};
use crate::schema::{Kind, Presence, Schema, Table};

/// What tables like ours are called, the likeliest name first.
const TABLES: [(Table, &[&str]); 4] = [
    (Table::Organizations, &["organizations", "tenants", "workspaces"]),
    (Table::Contacts, &["contacts", "people", "persons", "customers", "clients", "leads"]),
    (Table::Projects, &["projects", "opportunities", "deals", "orders", "jobs"]),
    (Table::Users, &["users", "members"]),
];

/// What tables of companies beside the contacts are called.
const COMPANIES: [&str; 4] = ["accounts", "companies", "firms", "organizations"];

/// What columns of companies that hold their name are called.
const COMPANY_NAMES: [&str; 5] =
    ["companyname", "company", "accountname", "organizationname", "name"];

/// Types of contacts that are customers by another word.
const CUSTOMERS: [&str; 6] = ["customer", "client", "account", "buyer", "kunde", "khách hàng"];

/// What columns like ours are called, in letters only; the likeliest name first.
const COLUMNS: [(&str, &[&str]); 24] = [
    ("organization_id", &["organizationid", "orgid", "tenantid", "workspaceid"]),
    ("type", &["type", "contacttype", "kind", "category", "lifecyclestage"]),
    (
        "company_name",
        &["companyname", "company", "organizationname", "accountname", "customername", "employer"],
    ),
    ("contact_name", &["contactname", "fullname", "name"]),
    ("email", &["email", "emailaddress", "mail"]),
    ("phone", &["phone", "phonenumber", "telephone", "mobile", "mobilephone"]),
    ("address", &["address", "street", "streetaddress", "mailingstreet"]),
    ("city", &["city", "town", "mailingcity"]),
    ("state", &["state", "stateregion", "region", "mailingstate"]),
    ("country", &["country", "countryregion", "mailingcountry"]),
    ("postal_code", &["postalcode", "zip", "zipcode", "mailingpostalcode"]),
    ("website", &["website", "companydomainname", "websiteurl", "domain", "homepage"]),
    ("tax_id", &["taxid", "taxnumber", "vat", "vatid", "vatnumber"]),
    ("job_title", &["jobtitle", "contacttitle", "title", "position"]),
    ("role", &["role"]),
    ("is_active", &["isactive", "active"]),
    ("created_at", &["createdat", "createddate", "createdate", "created", "orderdate"]),
    ("customer_id", &["customerid", "contactid", "clientid", "customer", "contact"]),
    ("customer_organization_id", &["customerorganizationid"]),
    ("project_id", &["projectid", "projectnumber", "ordernumber", "number"]),
    ("name", &["name", "organizationname", "companyname", "title"]),
    ("slug", &["slug", "handle"]),
    ("owner_organization_id", &["ownerorganizationid"]),
    ("client_organization_id", &["clientorganizationid"]),
];

/// Columns that hold the ids of several contacts of a project.
const ARRAYS: [&str; 3] = ["pointofcontacts", "contactids", "contacts"];

/// Columns of a person's name in parts.
const PARTS: [&str; 2] = ["firstname", "lastname"];

/// Whether a column may hold the types of rows.
pub(super) fn is_type(name: &str) -> bool {
    names_of("type").contains(&letters(name).as_str())
}

/// The section, with what a person should look at.
pub(super) fn suggest(survey: &Survey) -> String {
    let tables: Vec<(Table, Option<&Seen>)> =
        TABLES.iter().map(|(table, names)| (*table, find(survey, names))).collect();
    // Of a single table people mean the contacts.
    let only = (survey.tables.len() == 1).then(|| &survey.tables[0]);
    let tables: Vec<(Table, Option<&Seen>)> = tables
        .into_iter()
        .map(|(table, seen)| match only {
            Some(only) => (table, (table == Table::Contacts).then_some(only)),
            None => (table, seen),
        })
        .collect();
    let Some(contacts) =
        tables.iter().find_map(|(table, seen)| seen.filter(|_| *table == Table::Contacts))
    else {
        return "# no table looks like contacts: write under [mapping.tables] which one is\n"
            .to_owned();
    };
    let mut section = Section::default();
    for (table, seen) in &tables {
        match seen {
            Some(seen) => section.table(*table, seen, survey),
            None if table.presence() == Presence::Required => section.absent(*table),
            None => {}
        }
    }
    section.types(contacts);
    section.finish()
}

#[derive(Default)]
struct Section {
    any_keys: bool,
    customers: Vec<String>,
    tables: String,
    columns: String,
    notes: Vec<String>,
}

impl Section {
    fn absent(&mut self, table: Table) {
        let _ = writeln!(self.tables, "{table} = \"\"  # the source has none");
    }

    fn table(&mut self, table: Table, seen: &Seen, survey: &Survey) {
        if seen.name != table.name() {
            let _ = writeln!(self.tables, "{table} = {}", quoted(&seen.name));
        }
        let mut lines = String::new();
        let mut used: Vec<&str> = Vec::new();
        for column in Schema::shipped().columns(table) {
            let name = column.field.name();
            if let Some(same) = seen.columns.iter().find(|facts| facts.name == name) {
                self.any_keys |= column.kind == Kind::Uuid && same.uuids < same.filled;
                used.push(&same.name);
                continue;
            }
            let is_needed = column.presence == Presence::Required || !column.nullable;
            let wanted: Vec<&str> = match name {
                "id" => ids(table, seen),
                _ => names_of(name).to_vec(),
            };
            let is_another = |facts: &Facts| {
                Schema::shipped().all(table).iter().any(|known| known.field.name() == facts.name)
            };
            let free = |facts: &&Facts| {
                let is_used = used.contains(&facts.name.as_str()) || is_another(facts);
                !is_used && fits(facts, column.kind)
            };
            let like = wanted.iter().find_map(|wanted| {
                seen.columns.iter().filter(free).find(|facts| letters(&facts.name) == *wanted)
            });
            let is_name_of_it = table == Table::Contacts && name == "contact_name";
            let how = match (like, name) {
                (_, "contact_name") if is_name_of_it && has_parts(seen).is_some() => {
                    has_parts(seen).map(|parts| format!("[{}]", parts.map(quoted).join(", ")))
                }
                (Some(facts), _) => {
                    self.any_keys |= column.kind == Kind::Uuid && facts.uuids < facts.filled;
                    used.push(&facts.name);
                    Some(quoted(&facts.name))
                }
                (None, "company_name") if table == Table::Contacts => self.company(seen, survey),
                (None, "customer_id") => Some(first_contact(seen)),
                (None, "type") if is_needed => Some("{ constant = \"customer\" }".to_owned()),
                (None, _) if is_needed && column.nullable => {
                    Some("\"\"  # the source has nothing like it".to_owned())
                }
                (None, _) if is_needed => {
                    self.notes.push(format!("which column of {} is {table}.{name}?", seen.name));
                    None
                }
                (None, _) => None,
            };
            if let Some(how) = how {
                let _ = writeln!(lines, "{name} = {how}");
            }
        }
        if !lines.is_empty() {
            let _ = write!(self.columns, "\n[mapping.columns.{table}]\n{lines}");
        }
    }

    /// The name of a contact's company from a table beside it.
    fn company(&mut self, contacts: &Seen, survey: &Survey) -> Option<String> {
        let company = find(survey, &COMPANIES);
        let found = company.and_then(|company| {
            let one = singular(&letters(&company.name));
            let by = contacts.columns.iter().find(|column| {
                letters(&column.name) == format!("{one}id") || letters(&column.name) == one
            })?;
            let key = company
                .columns
                .iter()
                .find(|column| ids_of(&one).contains(&letters(&column.name)))?;
            let take = COMPANY_NAMES.iter().find_map(|wanted| {
                company.columns.iter().find(|column| letters(&column.name) == *wanted)
            })?;
            let [by, table, key, take] =
                [&by.name, &company.name, &key.name, &take.name].map(|name| quoted(name));
            Some(format!("{{ by = {by}, table = {table}, key = {key}, take = {take} }}"))
        });
        if found.is_none() {
            self.notes.push(format!("which column of {} is the company's name?", contacts.name));
        }
        found
    }

    /// Which types of contacts are customers.
    fn types(&mut self, contacts: &Seen) {
        let column = names_of("type").iter().find_map(|wanted| {
            contacts.columns.iter().find(|column| letters(&column.name) == *wanted)
        });
        let Some(values) = column.and_then(|column| column.values.as_ref()) else { return };
        let is_customer = |value: &str| CUSTOMERS.contains(&value.to_lowercase().as_str());
        if values.keys().any(|value| value.eq_ignore_ascii_case("customer")) || values.is_empty() {
            return;
        }
        let customers = values.keys().filter(|value| is_customer(value));
        self.customers = customers.map(|value| quoted(value)).collect();
        if self.customers.is_empty() {
            self.customers = values.keys().map(|value| quoted(value)).collect();
            self.notes
                .push("which types of contacts are customers? all are listed here".to_owned());
        }
    }

    fn finish(self) -> String {
        let mut head = String::new();
        if self.any_keys {
            head.push_str("keys = \"any\"\n");
        }
        if !self.customers.is_empty() {
            let _ = writeln!(head, "customers = [{}]", self.customers.join(", "));
        }
        if head.is_empty() && self.tables.is_empty() && self.columns.is_empty() {
            return "# the tables and columns are called as ours: no mapping is needed\n"
                .to_owned();
        }
        let mut text = String::new();
        for note in &self.notes {
            let _ = writeln!(text, "# look: {note}");
        }
        let _ = write!(text, "[mapping]\n{head}");
        if !self.tables.is_empty() {
            let _ = write!(text, "\n[mapping.tables]\n{}", self.tables);
        }
        text + &self.columns
    }
}

/// The customer of a project that lists several contacts, or none.
fn first_contact(projects: &Seen) -> String {
    let array =
        projects.columns.iter().find(|column| ARRAYS.contains(&letters(&column.name).as_str()));
    match array {
        Some(array) => format!(
            "{{ first_of = {} }}  # others of a project get no contact point",
            quoted(&array.name)
        ),
        None => "\"\"  # the source has nothing like it".to_owned(),
    }
}

/// The names that a column of ours may have.
fn names_of(column: &str) -> &'static [&'static str] {
    COLUMNS.iter().find(|(name, _)| *name == column).map_or(&[], |(_, names)| names)
}

/// The table that has one of these names, in the singular or plural, in any case; of several the one
/// in the schema that is read if nobody names another.
fn find<'a>(survey: &'a Survey, names: &[&str]) -> Option<&'a Seen> {
    let is = |seen: &Seen, wanted: &str| {
        let name = letters(&seen.name);
        name == wanted || name == singular(wanted)
    };
    let is_first = |seen: &Seen| seen.schema.as_deref().is_none_or(|schema| schema == "public");
    let like = |wanted: &str| {
        let with_columns = survey.tables.iter().filter(|seen| !seen.columns.is_empty());
        let mut like: Vec<&Seen> = with_columns.filter(|seen| is(seen, wanted)).collect();
        like.sort_by_key(|seen| !is_first(seen));
        like.first().copied()
    };
    names.iter().find_map(|wanted| like(wanted))
}

/// What the key of a table may be called.
fn ids(table: Table, seen: &Seen) -> Vec<&'static str> {
    let one = singular(&letters(&seen.name));
    let all = [
        "id",
        "recordid",
        "contactid",
        "customerid",
        "opportunityid",
        "orderid",
        "dealid",
        "projectid",
        "userid",
        "organizationid",
    ];
    let own = all.into_iter().filter(|name| *name == format!("{one}id"));
    let of_table = singular(table.name()) + "id";
    let plain = all.into_iter().filter(|name| ["id", "recordid", of_table.as_str()].contains(name));
    plain.chain(own).collect()
}

fn ids_of(one: &str) -> [String; 3] {
    ["id".to_owned(), "recordid".to_owned(), format!("{one}id")]
}

/// The columns of a person's name in parts.
fn has_parts(seen: &Seen) -> Option<[&str; 2]> {
    let find = |part: &str| seen.columns.iter().find(|column| letters(&column.name) == part);
    Some([find(PARTS[0])?.name.as_str(), find(PARTS[1])?.name.as_str()])
}

/// Whether the values of a column could be of this type.
fn fits(facts: &Facts, kind: Kind) -> bool {
    match kind {
        Kind::Bool => facts.flags == facts.filled,
        Kind::Timestamp => facts.times == facts.filled,
        Kind::Uuid | Kind::Text => true,
    }
}

/// A name without case, blanks and marks.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn singular(plural: &str) -> String {
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if plural == "people" => "person".to_owned(),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

/// A text as TOML has it: JSON escapes in the same way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
