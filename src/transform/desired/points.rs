//! Contact points: one for each project with a customer contact of its own tenant.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use rayon::prelude::*;

use super::{DesiredPoint, Linker};
use crate::finding::{Code, Finding};
use crate::ids::ContactPointId;
use crate::transform::record::{Contact, Project};

impl Linker<'_, '_> {
    pub(super) fn points(&mut self) {
        let mut existing: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        // Also those whose contact is gone: they hold the flag all the same.
        let mut primaries: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, point) in self.records.points.iter().enumerate() {
            let project = point.project.and_then(|id| self.records.project(id));
            let contact = point.contact.and_then(|id| self.records.contact(id));
            if let Some(project) = project
                && point.is_primary == Some(true)
            {
                *primaries.entry(project).or_default() += 1;
            }
            let (Some(project), Some(contact)) = (project, contact) else {
                let column = if project.is_none() { "project_id" } else { "contact_id" };
                self.find(Finding::new(Code::DanglingContactPoint, point.id, column));
                continue;
            };
            existing.entry(project).or_default().push(at);
            let tenants =
                (self.tenant_of(&self.records.projects[project]), self.resolution.tenants[contact]);
            if let (Some(left), Some(right)) = tenants
                && left != right
            {
                self.find(Finding::new(Code::PointOfOtherTenant, point.id, "contact_id"));
            } else if self.is_left_behind(project, contact) {
                self.find(Finding::new(Code::PointLeftBehind, point.id, "contact_id"));
            }
        }
        let mut wanted = Vec::new();
        for (at, project) in self.records.projects.iter().enumerate() {
            let points = existing.get(&at).map(Vec::as_slice).unwrap_or_default();
            let primaries = primaries.get(&at).copied().unwrap_or(0);
            wanted.extend(self.point((at, project), points, primaries));
        }
        let roles = self.roles(&wanted);
        let records = self.records;
        let point = |Wanted { project, contact, is_primary }| {
            let (of, with) = (records.projects[project].id, records.contacts[contact].id);
            let is_free = |id: &ContactPointId| {
                records.points.binary_search_by_key(id, |point| point.id).is_err()
            };
            let id = (0..=u32::MAX)
                .map(|attempt| ContactPointId::mint(of, with, attempt))
                .find(is_free)
                .expect("some attempt gives an id that is free");
            let role = roles[contact].clone().unwrap_or_default();
            DesiredPoint { id, project, contact, role, is_primary }
        };
        self.out.points = wanted.into_par_iter().map(point).collect();
    }

    /// Whether a contact point's contact was of the project's organization, and is no longer.
    fn is_left_behind(&self, project: usize, contact: usize) -> bool {
        let before = self.records.projects[project].customer_organization;
        let link = self.out.projects[project].customer_organization;
        let home = self.home_after(contact);
        let was_there = before.is_some() && before == self.home_before(contact);
        was_there && link.is_some() && home.is_some() && link != home
    }

    /// What each contact of some points is for.
    fn roles(&self, wanted: &[Wanted]) -> Vec<Option<CompactString>> {
        let mut is_wanted = vec![false; self.records.contacts.len()];
        for point in wanted {
            is_wanted[point.contact] = true;
        }
        let contacts = self.records.contacts.par_iter().zip(is_wanted);
        let role = |(contact, is_wanted): (&Contact<'_>, bool)| {
            is_wanted.then(|| self.rules.roles.of(contact).into())
        };
        contacts.map(role).collect()
    }

    /// The contact point that one project lacks; reports those that are there.
    fn point(
        &mut self,
        (at, project): (usize, &Project),
        existing: &[usize],
        primaries: usize,
    ) -> Option<Wanted> {
        let points = &self.records.points;
        let mut seen = BTreeSet::new();
        for &index in existing {
            let point = &points[index];
            if !seen.insert((point.contact, point.role)) {
                self.find(Finding::new(Code::DuplicateContactPoint, point.id, "contact_id"));
            }
        }
        if primaries > 1 {
            let finding = Finding::new(Code::TwoPrimaries, project.id, "is_primary");
            self.find(finding.detail(format!("{primaries} of {} contact points", existing.len())));
        }
        let tenant = self.tenant_of(project);
        let contact = self.customers[at].filter(|&contact| {
            let row = &self.records.contacts[contact];
            let known = existing.iter().any(|&index| points[index].contact == Some(row.id));
            row.is_customer()
                && tenant.is_some()
                && self.resolution.tenants[contact] == tenant
                && !known
        });
        if contact.is_none() && primaries == 0 && !existing.is_empty() {
            self.find(Finding::new(Code::NoPrimaryPoint, project.id, "is_primary"));
        }
        Some(Wanted { project: at, contact: contact?, is_primary: primaries == 0 })
    }
}

/// A contact point without its id and role.
#[derive(Clone, Copy)]
struct Wanted {
    project: usize,
    contact: usize,
    is_primary: bool,
}
