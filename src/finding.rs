//! Findings: rows that could not be mapped or that look wrong, as data.
//!
//! A bad row is a finding, a bad file is an error. The list of codes is closed; each code has one
//! severity, one table, one remedy, and says whether it blocks the mapping of its row. Messages
//! hold names of columns and counts, never a value of a row.

use std::fmt;

use crate::schema::Table;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// A person should look.
    Warning,
    /// The row contradicts itself or its neighbours.
    Error,
}

impl Severity {
    /// Name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a finding is about: a table of the source, or the decisions file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A row of a table.
    Row(Table),
    /// A row of the decisions, whose `id` in a finding is its content.
    Decision,
}

impl Subject {
    /// Name in the column `table` of `findings.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Row(table) => table.name(),
            Self::Decision => "decisions",
        }
    }
}

/// Whether a finding keeps its row from being mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row is not mapped.
    Blocks,
    /// The row is mapped all the same.
    Notes,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,
        $severity:ident, $subject:expr, $effect:ident, $message:literal, $remedy:literal;)*) => {
        /// Every kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Name in files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How much it matters.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it is about.
            pub const fn subject(self) -> Subject {
                match self { $(Self::$name => $subject,)* }
            }

            /// Whether it keeps its row from being mapped.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)* }
            }

            /// What is wrong, in one sentence.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What a person can do.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

const ORGANIZATION: Subject = Subject::Row(Table::Organizations);
const CONTACT: Subject = Subject::Row(Table::Contacts);
const PROJECT: Subject = Subject::Row(Table::Projects);
const POINT: Subject = Subject::Row(Table::ProjectContactPoints);
const USER: Subject = Subject::Row(Table::Users);

codes! {
    /// Two rows of `organizations` hold one slug.
    DuplicateSlug = "duplicate_slug", Error, ORGANIZATION, Notes,
        "another organization holds the same slug",
        "give one of them another slug; the unique key on slug would refuse the second";
    /// An owner that is no organization.
    DanglingOwner = "dangling_owner", Error, ORGANIZATION, Blocks,
        "owner_organization_id names no organization",
        "set it to the tenant that the organization is a customer of";
    /// A name that two tenants' contacts use.
    ClaimedByTwoTenants = "claimed_by_two_tenants", Warning, ORGANIZATION, Notes,
        "contacts of several tenants name this organization, so none adopts it; each gets its own",
        "give it to one tenant with an `adopt` decision, or leave it";
    /// Several organizations of one name.
    AmbiguousAdoption = "ambiguous_adoption", Warning, ORGANIZATION, Notes,
        "several organizations have the name that a tenant's contacts use, so none is adopted",
        "choose one with an `adopt` decision";
    /// Users unknown.
    AdoptionNeedsUsers = "adoption_needs_users", Warning, ORGANIZATION, Notes,
        "contacts name this organization, but without the users nobody can tell whether it is a tenant",
        "export users.csv too, or write an `adopt` decision";
    /// A customer has the name of a tenant.
    NamedLikeTenant = "named_like_tenant", Warning, ORGANIZATION, Notes,
        "contacts name this tenant as their company; the customer gets an organization of its own",
        "if they are one company, write an `adopt` decision with the tenant's slug";
    /// Contacts disagree on an attribute.
    AttributeConflict = "attribute_conflict", Info, ORGANIZATION, Notes,
        "the contacts of the organization disagree on this attribute",
        "see organizations.csv for the value carried and its source";
    /// More than one explicit primary contact.
    SeveralPrimaryContacts = "several_primary_contacts", Warning, ORGANIZATION, Notes,
        "several contacts of the organization are marked as primary; one stays",
        "see contacts.csv for the one that stays";
    /// Contacts of one spelling are placed in several organizations.
    SpellingInTwoOrganizations = "spelling_in_two_organizations", Warning, ORGANIZATION, Notes,
        "contacts with one company name are placed in several organizations of one tenant",
        "move them with a `same` decision, or leave them";
    /// A decision gave its contacts away.
    OrganizationEmptied = "organization_emptied", Warning, ORGANIZATION, Notes,
        "a `same` decision makes it one with another organization, which takes its contacts; it stays, without any",
        "close it in the application, and keep the decision, so that new contacts go to the other";
    /// A decision gave its slug away.
    SlugDisplaced = "slug_displaced", Warning, ORGANIZATION, Notes,
        "a `slug` decision gives another organization the slug that this one would have",
        "leave it, or give this one a `slug` decision too";
    /// Two organizations that are there would be one group.
    PlacedApart = "placed_apart", Warning, ORGANIZATION, Notes,
        "at level group this organization would be one with another that is there; what is placed stays where it is",
        "if they are one customer, join them with a `same` decision; else plan at level company";

    /// Nobody can tell whose contact it is.
    TenantUnknown = "tenant_unknown", Error, CONTACT, Blocks,
        "the tenant of the contact cannot be told: its organization is no tenant, and not exactly one tenant's projects refer to it",
        "set owner_organization_id, or the organization_id of a tenant";
    /// No company.
    NoCompany = "no_company", Warning, CONTACT, Blocks,
        "the contact names no company: company_name is empty, a placeholder, or a legal form or a note alone",
        "fill in company_name, or choose `individuals = \"organization\"` or \"skip\"";
    /// A damaged name that was read as it was before.
    NameRepaired = "name_repaired", Info, CONTACT, Notes,
        "company_name holds HTML entities, or UTF-8 that was read in another encoding; it is compared, named and slugged as repaired",
        "correct the text in the application, and the export or import that damaged it";
    /// A damaged name that nobody can read.
    NameLost = "name_lost", Warning, CONTACT, Notes,
        "company_name holds the sign for characters that an import could not read; they are lost",
        "type the name anew";
    /// A number that a spreadsheet rounded.
    NumberRounded = "number_rounded", Warning, CONTACT, Notes,
        "the number lost digits to a spreadsheet, so it tells nothing about the company",
        "export again with the column as text";
    /// A number that only fills the field.
    NumberPlaceholder = "number_placeholder", Info, CONTACT, Notes,
        "the number only fills the field (digits that count or repeat), so it tells nothing about the company",
        "correct it, or clear it";
    /// A value that unrelated companies share.
    SharedValue = "shared_value", Info, CONTACT, Notes,
        "companies whose names have nothing in common share this value, so it stands for none of them",
        "check whose it is: a switchboard, an accountant, a landlord, or a slip of the export";
    /// A page on a host of many.
    SharedHost = "shared_host", Info, CONTACT, Notes,
        "many companies have pages or mailboxes on this host, so it tells nothing about the company",
        "fill in the company's own domain; config/shared_hosts.csv lists such hosts";
    /// Placed in another tenant's organization.
    PlacedInOtherTenant = "placed_in_other_tenant", Error, CONTACT, Blocks,
        "the contact is placed in a customer organization of another tenant",
        "correct its organization, or its owner";
    /// Placed in an organization of another name.
    PlacementContradicts = "placement_contradicts", Warning, CONTACT, Blocks,
        "organization_id names an organization that is no tenant and has another name than the company",
        "correct company_name or organization_id, or write an `adopt` decision";
    /// New contacts that two organizations could have.
    FitsSeveral = "fits_several", Warning, CONTACT, Blocks,
        "company_name is the name of several customer organizations, so the contact stays where it is",
        "answer the question in review.csv; where the names are the same, write an `adopt` decision for `NAME @ contact id` with the slug of the right one";
    /// A contact whose company is another one now.
    NoLongerFits = "no_longer_fits", Warning, CONTACT, Notes,
        "company_name has nothing to do with the organization that the contact is in, and no other contact there bears it",
        "answer the question in review.csv: `same` leaves it there, `different` moves it to where its name leads";
    /// A half-filled link.
    StaleClientLink = "stale_client_link", Info, CONTACT, Notes,
        "client_organization_id names another organization than the company's; it is not trusted",
        "clear the column once the migration is done";

    /// A project without a tenant.
    ProjectTenantUnknown = "project_tenant_unknown", Error, PROJECT, Blocks,
        "organization_id names no organization",
        "set it to the tenant that owns the project";
    /// A customer that does not exist.
    DanglingCustomer = "dangling_customer", Error, PROJECT, Blocks,
        "customer_id names no contact",
        "clear customer_id or restore the contact";
    /// A customer of another tenant.
    CustomerOfOtherTenant = "customer_of_other_tenant", Error, PROJECT, Blocks,
        "the customer contact belongs to another tenant",
        "choose a contact of the project's own tenant";
    /// A supplier as customer.
    CustomerNotCustomer = "customer_not_customer", Warning, PROJECT, Blocks,
        "the customer contact is not of type customer",
        "choose a customer contact, or change the contact's type";
    /// A customer whose own mapping is blocked.
    CustomerNotMapped = "customer_not_mapped", Warning, PROJECT, Blocks,
        "the customer contact could not be mapped to an organization",
        "see the finding of the contact";
    /// The tenant as its own customer.
    CustomerIsOwnTenant = "customer_is_own_tenant", Warning, PROJECT, Blocks,
        "the customer would be the project's own tenant",
        "mark the project as internal in the application, or correct its customer";
    /// A link that is there already and differs.
    LinkDiffers = "link_differs", Warning, PROJECT, Notes,
        "customer_organization_id is set already and differs from the customer contact's organization; it is kept",
        "correct the link or the contact by hand";
    /// A link that is there already and names the tenant.
    LinkIsOwnTenant = "link_is_own_tenant", Warning, PROJECT, Notes,
        "customer_organization_id is set already and names the project's own tenant; it is kept",
        "clear the link by hand if the project is not internal";
    /// A link that is there already and names nothing.
    DanglingLink = "dangling_link", Error, PROJECT, Notes,
        "customer_organization_id names no organization",
        "clear the column and plan again";

    /// More than one primary contact point.
    TwoPrimaries = "two_primaries", Error, PROJECT, Notes,
        "the project has more than one primary contact point",
        "leave one primary; a load is refused until then";
    /// Contact points but no primary.
    NoPrimaryPoint = "no_primary_point", Warning, PROJECT, Notes,
        "the project has contact points, none of them primary; those that exist are never updated",
        "mark one as primary in the application";
    /// The same contact point twice.
    DuplicateContactPoint = "duplicate_contact_point", Warning, POINT, Notes,
        "another contact point has the same project, contact and role",
        "delete one of them";
    /// A contact point across tenants.
    PointOfOtherTenant = "point_of_other_tenant", Error, POINT, Notes,
        "the contact belongs to another tenant than the project",
        "delete the contact point; it shows one tenant's contact to another";
    /// A contact point of a contact that went elsewhere.
    PointLeftBehind = "point_left_behind", Warning, POINT, Notes,
        "the contact is no longer in the project's customer organization; the contact point stays",
        "delete the contact point if the contact has nothing to do with the project any more";
    /// A contact point of nothing.
    DanglingContactPoint = "dangling_contact_point", Error, POINT, Notes,
        "project_id or contact_id names no row",
        "delete the contact point";

    /// A user of no organization.
    DanglingUser = "dangling_user", Error, USER, Notes,
        "organization_id names no organization",
        "correct the user, or export organizations whole";

    /// A decision that applies to nothing.
    DecisionUnused = "decision_unused", Warning, Subject::Decision, Notes,
        "the decision applies to nothing in this source",
        "check tenant and spelling; keep it if another dump needs it";
    /// A decision that is needed no longer.
    DecisionSettled = "decision_settled", Info, Subject::Decision, Notes,
        "the result would be the same without the decision",
        "keep it as long as a load may be rolled back; then it may go";
    /// A decision on what is final.
    DecisionTooLate = "decision_too_late", Warning, Subject::Decision, Notes,
        "name and slug of an organization that exists already never change",
        "rename it in the application, and remove the decision";
    /// A decision that cannot be carried out.
    DecisionRefused = "decision_refused", Error, Subject::Decision, Notes,
        "the decision cannot be carried out: the slug is taken, or the organization belongs to another tenant",
        "correct the decision";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// Key of the row it is about, or the content of a decision.
    pub id: String,
    /// The column at fault; empty where it is the row.
    pub column: &'static str,
    /// What is added to the code's message: counts and keys of other rows, never values.
    pub detail: String,
}

impl Finding {
    /// A finding about a row, or a decision.
    pub fn new(code: Code, id: impl fmt::Display, column: &'static str) -> Self {
        Self { code, id: id.to_string(), column, detail: String::new() }
    }

    /// The same finding with counts or keys that help.
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }

    /// The whole message.
    pub fn message(&self) -> String {
        if self.detail.is_empty() {
            self.code.message().to_owned()
        } else {
            format!("{} ({})", self.code.message(), self.detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_words() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }
}
