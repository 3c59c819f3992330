//! Projects: the customer organization of each, or why there is none.

use super::{DesiredProject, Linker, ProjectFate};
use crate::finding::{Code, Finding};
use crate::ids::OrganizationId;
use crate::transform::record::Project;
use crate::transform::resolution::Fate;

impl Linker<'_, '_> {
    pub(super) fn projects(&mut self) {
        for (index, project) in self.records.projects.iter().enumerate() {
            let wanted = self.customer(project, self.customers[index]);
            let fate = match wanted {
                Err(code) => {
                    let column = match code {
                        Code::ProjectTenantUnknown => "organization_id",
                        _ => "customer_id",
                    };
                    self.find(Finding::new(code, project.id, column));
                    ProjectFate::Blocked(code)
                }
                Ok(fate) => fate,
            };
            let desired = match (project.customer_organization, fate) {
                (Some(link), ProjectFate::Company(at)) if self.moves_along(index, link, at) => {
                    DesiredProject { fate, customer_organization: Some(self.out.company_ids[at]) }
                }
                (Some(link), fate) => {
                    self.report_link(project, link, fate);
                    let fate = match fate {
                        ProjectFate::Blocked(_) => fate,
                        _ => ProjectFate::Linked,
                    };
                    DesiredProject { fate, customer_organization: Some(link) }
                }
                (None, ProjectFate::Company(at)) => {
                    DesiredProject { fate, customer_organization: Some(self.out.company_ids[at]) }
                }
                (None, fate) => DesiredProject { fate, customer_organization: None },
            };
            self.out.projects.push(desired);
        }
    }

    /// Whether a project's link names the organization that its customer contact leaves for another:
    /// then it was made for the contact, and goes with it.
    fn moves_along(&self, project: usize, link: OrganizationId, company: usize) -> bool {
        let home = self.customers[project].and_then(|contact| self.home_before(contact));
        home == Some(link) && self.out.company_ids[company] != link
    }

    /// The company that a project's customer contact belongs to, or why there is none.
    fn customer(&self, project: &Project, at: Option<usize>) -> Result<ProjectFate, Code> {
        let tenant = self.tenant_of(project).ok_or(Code::ProjectTenantUnknown)?;
        if project.customer.is_none() {
            return Ok(ProjectFate::NoCustomer);
        }
        let at = at.ok_or(Code::DanglingCustomer)?;
        let contact = &self.records.contacts[at];
        let of = self.resolution.tenants[at];
        if of.is_some_and(|of| of != tenant) {
            return Err(Code::CustomerOfOtherTenant);
        }
        if !contact.is_customer() {
            return Err(Code::CustomerNotCustomer);
        }
        match self.resolution.fates[at] {
            Some(Fate::Company(company)) => Ok(ProjectFate::Company(company)),
            Some(Fate::Skipped | Fate::Blocked(Code::NoCompany)) => Ok(ProjectFate::WalkIn),
            Some(Fate::OwnTenant) => Err(Code::CustomerIsOwnTenant),
            _ => Err(Code::CustomerNotMapped),
        }
    }

    fn report_link(&mut self, project: &Project, link: OrganizationId, fate: ProjectFate) {
        let column = "customer_organization_id";
        let code = if self.records.organization(link).is_none() {
            Code::DanglingLink
        } else if project.organization == Some(link) {
            Code::LinkIsOwnTenant
        } else if let ProjectFate::Company(at) = fate
            && self.out.company_ids[at] != link
        {
            Code::LinkDiffers
        } else {
            return;
        };
        self.find(Finding::new(code, project.id, column));
    }
}
