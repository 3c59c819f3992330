//! One tenant: its rows and the organizations that exist, as mentions for the matcher, and what
//! people decided about them.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Said;
use super::parts::{Ties, part_of};
use super::placed::mark_loose;
use super::rows::{Row, Rows};
use super::{Resolver, to_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::transform::decisions::{self, Decision, Verdict};
use crate::transform::evidence::{Context, Evidence};
use crate::transform::matching::{Crowded, Human, Level, Matching, Mention, match_mentions};
use crate::transform::record::TextColumn;

/// One tenant, matched but not yet settled against the others.
pub(super) struct Draft<'a> {
    pub(super) tenant: TenantId,
    /// The rows, each of the mention at the same place.
    pub(super) rows: Vec<Row<'a>>,
    /// The rows, and behind them the organizations.
    pub(super) mentions: Vec<Mention>,
    pub(super) matching: Matching,
    /// Places of the decisions about the tenant, and of those that speak of something.
    pub(super) decisions: Vec<usize>,
    pub(super) used: Vec<usize>,
    /// Places of those without which the result would be the same, each with the reason.
    pub(super) settled: Vec<(usize, &'static str)>,
    /// Organizations that a decision of this tenant adopts, with the place of the decision.
    pub(super) adopted: BTreeMap<usize, usize>,
    /// Contacts in each group.
    pub(super) sizes: Vec<u32>,
    pub(super) findings: Vec<Finding>,
}

/// Mentions by folded spelling.
pub(super) type Spelled<'m> = BTreeMap<&'m str, Vec<usize>>;

fn spelled(mentions: &[Mention]) -> Spelled<'_> {
    let mut spelled = Spelled::new();
    for (at, mention) in mentions.iter().enumerate() {
        spelled.entry(&mention.name.folded).or_default().push(at);
    }
    spelled
}

impl<'a> Resolver<'_, 'a> {
    /// Matches one tenant's spellings among themselves and with the organizations that exist.
    pub(super) fn match_tenant(&self, rows: Rows<'a>) -> Result<Draft<'a>, decisions::Error> {
        let Rows { tenant, spellings: rows, mentions } = rows;
        let decisions = self.decisions_about(tenant)?;
        let (rows, mentions) = self.part_rows(rows, mentions, &decisions);
        let mut draft = Draft {
            tenant,
            rows,
            mentions,
            matching: Matching::default(),
            decisions,
            used: Vec::new(),
            settled: Vec::new(),
            adopted: BTreeMap::new(),
            sizes: Vec::new(),
            findings: Vec::new(),
        };
        let mut titles: BTreeSet<usize> =
            draft.mentions.iter().filter_map(|row| row.place).map(super::from_place).collect();
        titles.extend(self.by_owner.get(&tenant.organization()).into_iter().flatten());
        titles.extend(self.free_organizations(&draft.mentions));
        if !draft.decisions.is_empty() {
            self.adopt(&mut draft, &mut titles);
        }
        let title = |&title: &usize| self.title(title, tenant, &draft.adopted);
        let mut titles: Vec<Mention> = titles.iter().filter_map(title).collect();
        draft.mentions.append(&mut titles);
        let alone = self.alone(&draft);
        let (human, said) = if draft.decisions.is_empty() {
            Default::default()
        } else {
            self.human(&mut draft, &alone)?
        };
        let held = mark_loose(&mut draft, &human, alone);
        let mut matching = match_mentions(&draft.mentions, &human, &self.rules.settings());
        self.report_crowded(&mut draft, &std::mem::take(&mut matching.crowded));
        self.report_emptied(&mut draft, &matching);
        self.settle_decisions(&mut draft, &said, &held, &matching);
        // Nothing that follows asks which pairs were compared.
        (matching.compared, matching.classes) = (Vec::new(), Vec::new());
        if self.rules.level == Level::Group {
            // Who chose this level after a load at the other one finds its companies apart.
            for &place in matching.rivals.iter().flat_map(|(a, b)| [a, b]) {
                let id = self.organization(super::from_place(place)).id;
                draft.findings.push(Finding::new(Code::PlacedApart, id, "name"));
            }
        }
        draft.sizes = vec![0; matching.places.len()];
        for (mention, &group) in std::iter::zip(&draft.mentions, &matching.group_of) {
            draft.sizes[group] += mention.rows;
        }
        draft.matching = matching;
        Ok(draft)
    }

    /// Findings about values that unrelated names share, each at the first contact that has it.
    fn report_crowded(&self, draft: &mut Draft<'a>, crowded: &[Crowded]) {
        for Crowded { kind, value, names, mentions } in crowded {
            let rows = mentions.iter().filter_map(|&mention| draft.rows.get(mention));
            let all = rows.flat_map(|row| row.contacts.iter().map(|&at| at as usize));
            let having = all.filter_map(|at| Some((at, self.column_of(at, (*kind, value))?)));
            let having: Vec<(usize, &str)> = having.collect();
            if let Some(&(first, column)) = having.iter().min() {
                let id = self.records.contacts[first].id;
                let detail = format!("{} contacts of {names} names", having.len());
                draft.findings.push(Finding::new(Code::SharedValue, id, column).detail(detail));
            }
        }
    }

    /// The column in which a contact has a value of a kind.
    fn column_of(&self, contact: usize, (kind, value): (usize, &str)) -> Option<&'static str> {
        let contact = &self.records.contacts[contact];
        let text = |&(column, kind): &(TextColumn, usize)| Some((kind, contact.text(column)?));
        let country =
            self.rules.kinds.country(self.beside.iter().filter_map(text), &self.rules.lists);
        let context = Context { lists: &self.rules.lists, country: country.as_deref() };
        let mut columns = self.beside.iter().filter(|(_, of)| *of == kind);
        let found = columns.find(|(column, kind)| {
            let text = contact.text(*column);
            let read = text.map(|text| self.rules.kinds.read_one((*kind, text), &context));
            matches!(read, Some(Ok(Some(read))) if read.text == *value)
        });
        found.map(|(column, _)| column.field.name())
    }

    /// The own name of an organization.
    fn title(
        &self,
        title: usize,
        tenant: TenantId,
        adopted: &BTreeMap<usize, usize>,
    ) -> Option<Mention> {
        let name = self.names[title].clone()?;
        let row = self.organization(title);
        let mut evidence = Evidence::default();
        let texts = self.titles_beside.iter();
        let texts = texts.filter_map(|&(column, kind)| Some((kind, row.text(column)?)));
        self.rules.kinds.read(&mut evidence, texts, &self.rules.lists);
        Some(Mention {
            name,
            evidence,
            rows: 0,
            projects: 0,
            place: Some(to_place(title)),
            is_title: true,
            is_decided: adopted.contains_key(&title),
            is_loose: false,
            by_score: row.owner == Some(tenant.organization()),
        })
    }

    /// Organizations that nobody owns and that share a telling word with the tenant's names.
    fn free_organizations(&self, mentions: &[Mention]) -> BTreeSet<usize> {
        /// A word that more organizations hold is no reason to look at each of them.
        const COMMON: usize = 50;
        let mut found = BTreeSet::new();
        if self.free_by_word.is_empty()
            || !self.tenancy.users_known && !self.tenancy.is_tenantless()
        {
            return found;
        }
        for name in mentions.iter().map(|mention| &mention.name) {
            for word in &name.words {
                let Some(list) = self.free_by_word.get(&word.text) else { continue };
                let same_core = |index: &&usize| {
                    self.names[**index].as_ref().is_some_and(|title| title.has_core_of(name))
                };
                if list.len() <= COMMON {
                    found.extend(list);
                } else {
                    found.extend(list.iter().filter(same_core));
                }
            }
        }
        found
    }

    /// The organizations that the tenant's `adopt` decisions name, where they may be adopted.
    fn adopt(&self, draft: &mut Draft<'a>, titles: &mut BTreeSet<usize>) {
        let spelled = spelled(&draft.mentions);
        for &at in &draft.decisions {
            let decision = self.decisions.at(at);
            let Verdict::Adopt(slug) = &decision.verdict else { continue };
            let part = || self.of_contact(&decision.a, &spelled, &draft.rows);
            if !spelled.contains_key(decision.a.as_str()) && part().is_none() {
                continue;
            }
            draft.used.push(at);
            let target = self.by_slug.get(slug.as_str()).copied();
            let own = draft.tenant.organization();
            let is_others =
                |target: usize| self.organization(target).owner.is_some_and(|owner| owner != own);
            match target.filter(|&target| !is_others(target)) {
                Some(target) => {
                    titles.insert(target);
                    draft.adopted.insert(target, at);
                }
                None => draft.findings.push(Finding::new(
                    Code::DecisionRefused,
                    decision.content(),
                    "value",
                )),
            }
        }
    }

    /// Turns decisions on spellings into pairs of mentions; also says what those on two whole names
    /// mean.
    fn human(
        &self,
        draft: &mut Draft<'a>,
        alone: &BTreeSet<usize>,
    ) -> Result<(Human, Vec<Said>), decisions::Error> {
        let mentions = &draft.mentions;
        let spelled = spelled(mentions);
        let all = |text: &str| self.meant_by(text, &spelled, &draft.rows);
        // A spelling means the contacts that use it; where none does, the organization of that name.
        let meant = |spelling: &str| -> Vec<usize> {
            let all = all(spelling);
            let used: Vec<usize> =
                all.iter().copied().filter(|&at| !mentions[at].is_title).collect();
            if used.is_empty() { all } else { used }
        };
        // Two that are one company are so with the organizations of their names: what comes later
        // finds both at one place.
        let one = |spelling: &str| -> Vec<usize> {
            let owned = |&at: &usize| mentions[at].is_title && mentions[at].by_score;
            meant(spelling).into_iter().chain(all(spelling).into_iter().filter(owned)).collect()
        };
        // Beside a part of it, a bare spelling means all its other contacts.
        let others = |text: &str, other: &str, found: Vec<usize>| -> Vec<usize> {
            match part_of(other) {
                Some((spelling, _)) if spelling == text => {
                    let part = all(other);
                    found.into_iter().filter(|at| !part.contains(at)).collect()
                }
                _ => found,
            }
        };
        let mut ties = Ties::new(mentions.len());
        let titles = draft.rows.len()..mentions.len();
        let free: Vec<usize> = titles.clone().filter(|&title| !mentions[title].by_score).collect();
        let decided: BTreeMap<Option<u32>, usize> = titles
            .filter(|&title| mentions[title].is_decided)
            .map(|title| (mentions[title].place, title))
            .collect();
        let mut human = Human::default();
        let mut said = Vec::new();
        for &at in &draft.decisions {
            let decision = self.decisions.at(at);
            let Decision { a, b, .. } = decision;
            let (left, right) = (others(a, b, meant(a)), others(b, a, meant(b)));
            let are_whole = [a, b].iter().all(|text| spelled.contains_key(text.as_str()));
            match &decision.verdict {
                Verdict::Same => {
                    ties.same(decision, &pairs(&left, &right));
                    let sides = [others(a, b, one(a)), others(b, a, one(b))];
                    let sides = if are_whole { at_home(sides, mentions, alone) } else { sides };
                    human.same.extend(pairs(&sides[0], &sides[1]));
                    said.extend(are_whole.then_some(Said { decision: at, sides }));
                    let is_part = |text: &&String| !spelled.contains_key(text.as_str());
                    let parts = [a, b].into_iter().filter(is_part).flat_map(|part| all(part));
                    human.by_contact.extend(parts.filter(|&at| mentions[at].place.is_some()));
                }
                Verdict::Different => {
                    let (left, right) = (others(a, b, all(a)), others(b, a, all(b)));
                    ties.different(decision, &pairs(&left, &right));
                    human.different.extend(pairs(&left, &right));
                    let sides = [left, right];
                    said.extend(are_whole.then_some(Said { decision: at, sides }));
                }
                Verdict::NeverAdopt => {
                    for &a in &left {
                        let others = free.iter().copied();
                        let others = others.filter(|&b| mentions[b].place != mentions[a].place);
                        human.different.extend(others.map(|title| (a, title)));
                    }
                }
                Verdict::Adopt(slug) => {
                    let target = self.by_slug.get(slug.as_str()).copied();
                    let target = target.filter(|target| draft.adopted.contains_key(target));
                    let title = target.and_then(|target| decided.get(&Some(to_place(target))));
                    if let Some(&title) = title {
                        let own = left.iter().filter(|&&a| a != title);
                        human.same.extend(own.map(|&a| (a, title)));
                    }
                }
                Verdict::Name(_) | Verdict::Slug(_) => {}
            }
            let is_pair = matches!(decision.verdict, Verdict::Same | Verdict::Different);
            if !left.is_empty() && (!is_pair || !right.is_empty()) {
                draft.used.push(at);
            }
        }
        ties.check()?;
        human.different.extend(self.rests(draft, &spelled, &mut ties, &all));
        Ok((human, said))
    }
}

impl<'a> Resolver<'_, 'a> {
    /// The mentions that a decision means by a text: an exact spelling wins; else the last ` @ ` parts
    /// spelling and value.
    fn meant_by(&self, text: &str, spelled: &Spelled<'_>, rows: &[Row<'a>]) -> Vec<usize> {
        if let Some(exact) = spelled.get(text) {
            return exact.clone();
        }
        let Some((spelling, value)) = part_of(text) else { return Vec::new() };
        let has = |at: &usize| {
            let row = rows.get(*at);
            row.is_some_and(|row| row.values.iter().any(|own| own == value))
        };
        let parts: Vec<usize> =
            spelled.get(spelling).into_iter().flatten().copied().filter(has).collect();
        if parts.is_empty() {
            // A contact that is placed is not parted from its row, and means all of it.
            return self.of_contact(text, spelled, rows).into_iter().collect();
        }
        parts
    }

    /// Parts that people made one with others, and the rest of their spelling: who says of a part what
    /// it is does not say it of the others.
    fn rests(
        &self,
        draft: &Draft<'a>,
        spelled: &Spelled<'_>,
        ties: &mut Ties<'_>,
        all: &dyn Fn(&str) -> Vec<usize>,
    ) -> Vec<(usize, usize)> {
        let mut apart = Vec::new();
        // Of parts of one spelling nothing is said about its rest.
        let is_within = |decision: &Decision| {
            let spelling = |text| part_of(text).map(|(spelling, _)| spelling);
            spelling(&decision.a).is_some() && spelling(&decision.a) == spelling(&decision.b)
        };
        let decisions = draft.decisions.iter().map(|&at| self.decisions.at(at));
        let same = decisions.filter(|decision| decision.verdict == Verdict::Same);
        for decision in same.filter(|decision| !is_within(decision)) {
            for text in [&decision.a, &decision.b] {
                let Some((spelling, _)) = part_of(text) else { continue };
                if !spelled.contains_key(text.as_str()) {
                    let part = all(text);
                    let rest = spelled.get(spelling).into_iter().flatten().copied();
                    let rest: Vec<usize> = rest.filter(|at| !part.contains(at)).collect();
                    apart.extend(
                        pairs(&part, &rest).into_iter().filter(|&pair| !ties.are_one(pair)),
                    );
                }
            }
        }
        apart
    }
}

/// Every pair of a left and a right mention.
fn pairs(left: &[usize], right: &[usize]) -> Vec<(usize, usize)> {
    left.iter().flat_map(|&a| right.iter().map(move |&b| (a, b))).collect()
}

/// What a decision makes one, without whoever has taken on one of its names while being in another
/// organization, where others bear that name: it is about companies, and does not take the old employer
/// for the new one.
fn at_home(
    [left, right]: [Vec<usize>; 2],
    mentions: &[Mention],
    alone: &BTreeSet<usize>,
) -> [Vec<usize>; 2] {
    let belongs = |at: usize, others: &[usize]| {
        let is_there = |&other: &usize| mentions[other].place == mentions[at].place;
        !alone.contains(&at) || others.iter().any(is_there)
    };
    let of = |side: &[usize], others: &[usize]| -> Vec<usize> {
        let there: Vec<usize> = side.iter().copied().filter(|&at| belongs(at, others)).collect();
        if there.is_empty() { side.to_vec() } else { there }
    };
    [of(&left, &right), of(&right, &left)]
}
