//! The page of a plan: its bytes, that no value of a row becomes markup, that it stays small.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its samples has failed")]

use orgfold::commands::plan;
use orgfold::config::{self, Overrides};
use orgfold::extract::{Source, extract};
use orgfold::finding::{Code, Finding};
use orgfold::ids::OrganizationId;
use orgfold::plan::{Draft, Plan};
use orgfold::progress::Progress;
use orgfold::report::html;
use orgfold::transform::Decisions;
use orgfold::transform::desired::DesiredOrganization;
use orgfold::transform::matching::Compared;
use uuid::Uuid;

fn sample(name: &str) -> Plan {
    let source = Source::in_schema(format!("samples/{name}"), "public");
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    let config = config::load(None, &Overrides::default()).unwrap();
    plan(&snapshot, &config, &Decisions::read(&[]).unwrap()).unwrap()
}

/// Gives every comparison another name: they are few and lie in the program, so is a test's.
fn rename_comparisons(compared: &mut Compared, name: &'static str) {
    for comparison in &mut compared.comparisons {
        comparison.name = name;
    }
}

/// Every tag that is opened is closed, in order; nothing in an attribute or a text could be taken
/// for markup. Gives back what people read.
#[track_caller]
fn check_well_formed(page: &str) -> String {
    const VOID: [&str; 2] = ["meta", "br"];
    let mut open: Vec<&str> = Vec::new();
    let mut read = String::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    while let Some((text, tail)) = rest.split_once('<') {
        if open.last() != Some(&"style") {
            assert!(!text.contains('>'), "a bare `>` in {text:?}");
            for reference in text.split('&').skip(1) {
                let is_known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
                assert!(
                    is_known.iter().any(|it| reference.starts_with(it)),
                    "a bare `&` in {text:?}"
                );
            }
            read.push_str(text);
        }
        let (tag, tail) = tail.split_once('>').expect("every tag ends");
        assert!(!tag.contains('<'), "a bare `<` before {tag:?}");
        assert_eq!(tag.matches('"').count() % 2, 0, "every attribute is closed in <{tag}>");
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "no element is named {name:?}"
        );
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes what was opened last");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
        rest = tail;
    }
    assert_eq!(open, Vec::<&str>::new(), "everything is closed");
    assert_eq!(rest, "\n");
    read
}

/// Every `href` leads to an id of the page.
#[track_caller]
fn check_links(page: &str) {
    for link in page.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap();
        let id = link.strip_prefix('#').expect("links stay on the page");
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{link}");
    }
}

#[test]
fn the_page_of_a_sample_has_golden_bytes() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let page = html(&sample("factory-pulse"));
    settings.bind(|| insta::assert_snapshot!("report_factory_pulse", page));
}

#[test]
fn pages_are_well_formed_and_the_same_every_time() {
    for name in ["factory-pulse", "two-tenants"] {
        let page = html(&sample(name));
        check_well_formed(&page);
        check_links(&page);
        assert_eq!(page, html(&sample(name)), "{name}");
    }
}

#[test]
fn a_page_brings_everything_and_asks_for_nothing() {
    let page = html(&sample("two-tenants"));
    for asset in ["src=", "url(", "@import", "<link", "<script", "<img", "<iframe"] {
        assert!(!page.contains(asset), "{asset}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn values_of_rows_never_become_markup() {
    let hostile = "</style><script>alert(\"1\")</script> & 'x' {{id}} {{/list}} --><b a=\"";
    let mut plan = sample("two-tenants");
    for row in &mut plan.draft.organizations {
        row.name = hostile.to_owned();
        row.slug = Some(hostile.to_owned());
        for (_, carried) in &mut row.attributes {
            carried.value = hostile.into();
        }
    }
    for company in &mut plan.draft.companies {
        for spelling in &mut company.spellings {
            let contacts = spelling.raws.iter().map(|(_, contacts)| contacts).sum();
            spelling.raws = vec![(hostile.into(), contacts)];
            spelling.join.compared.iter_mut().for_each(|it| rename_comparisons(it, hostile));
        }
    }
    for review in &mut plan.draft.reviews {
        review.spellings.0 = hostile.to_owned();
        rename_comparisons(&mut review.compared, hostile);
    }
    for slug in plan.draft.tenants.values_mut() {
        hostile.clone_into(slug);
    }
    plan.draft.findings.push(Finding::new(Code::DecisionUnused, hostile, "").detail(hostile));
    let page = html(&plan);
    let read = check_well_formed(&page);
    assert!(!page.contains("<script"));
    assert!(!page.contains("<b a="));
    let escaped = "&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; {{id}} {{/list}} --&gt;&lt;b a=&quot;";
    assert!(read.matches(escaped).count() > 100);
}

#[test]
fn letters_that_hide_are_shown_and_others_are_left_alone() {
    let mut plan = sample("two-tenants");
    for row in &mut plan.draft.organizations {
        row.name = "شركة النيل\u{202e} 株式会社".to_owned();
    }
    let page = html(&plan);
    check_well_formed(&page);
    assert!(page.contains("<bdi>شركة النيل⟨U+202E⟩ 株式会社</bdi>"));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_page_is_capped_and_says_so() {
    let mut plan = sample("two-tenants");
    let questions = plan.draft.reviews.len();
    let long = "&".repeat(5_000);
    for row in &mut plan.draft.organizations {
        row.name.clone_from(&long);
    }
    for spelling in plan.draft.companies.iter_mut().flat_map(|company| &mut company.spellings) {
        spelling.raws = vec![(long.as_str().into(), 1)];
    }
    for review in &mut plan.draft.reviews {
        review.spellings.0.clone_from(&long);
    }
    multiply(&mut plan.draft, 1_000);
    let findings = &mut plan.draft.findings;
    findings
        .extend((0..1_000).map(|at| {
            Finding::new(Code::DecisionUnused, format!("{at} {long}"), "").detail(&long)
        }));
    findings.sort();
    let page = html(&plan);
    let read = check_well_formed(&page);

    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    for told in [
        &*format!("of {questions},000 stand here; review.csv has all"),
        "of 39,000 stand here; organizations.csv has all",
        " more in findings.csv",
    ] {
        assert!(read.contains(told), "{told}");
    }
}

#[test]
fn short_names_fill_the_page_up_to_its_caps() {
    let mut plan = sample("two-tenants");
    let questions = plan.draft.reviews.len();
    multiply(&mut plan.draft, 1_000);
    let findings = &mut plan.draft.findings;
    findings.extend((0..1_000).map(|at| Finding::new(Code::NoCompany, format!("{at:036}"), "")));
    findings.sort();
    let page = html(&plan);
    let read = check_well_formed(&page);

    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    for told in [
        "and 955 more in findings.csv",
        &*format!("The first 200 of {questions},000"),
        "The first 150 of 4,000",
        "The first 300 of 39,000",
        "The first 50 of 6,000",
    ] {
        assert!(read.contains(told), "{told}");
    }
}

/// Repeats organizations, companies and questions; ids stay ids of their own.
fn multiply(draft: &mut Draft, times: u128) {
    let copy = |id: OrganizationId, copy: u128| {
        OrganizationId::new(Uuid::from_u128(id.uuid().as_u128() ^ (copy << 96)))
    };
    let companies = draft.companies.len();
    let organizations = draft.organizations.clone();
    let (known, ids, reviews) =
        (draft.companies.clone(), draft.company_ids.clone(), draft.reviews.clone());
    for at in 1..times {
        draft.organizations.extend(
            organizations
                .iter()
                .map(|row| DesiredOrganization { id: copy(row.id, at), ..row.clone() }),
        );
        draft.companies.extend(known.iter().cloned());
        draft.company_ids.extend(ids.iter().map(|id| copy(*id, at)));
        let shift = companies * usize::try_from(at).unwrap();
        draft.reviews.extend(reviews.iter().cloned().map(|mut review| {
            review.companies.0 = review.companies.0.map(|company| company + shift);
            review.companies.1 = review.companies.1.map(|company| company + shift);
            review
        }));
    }
    draft.organizations.sort_by_key(|row| row.id);
}

#[test]
fn an_empty_plan_says_so() {
    let mut plan = sample("factory-pulse");
    assert!(!html(&plan).contains("the plan is empty"));
    let counts = [("plan", "cells"), ("organizations", "insert"), ("organizations", "adopt")];
    for (table, name) in counts {
        plan.manifest.totals.get_mut(table).unwrap().insert(name.to_owned(), 0);
    }
    let page = html(&plan);
    check_well_formed(&page);
    assert!(page.contains("Nothing to do: the plan is empty."));
}

#[test]
fn rows_that_do_not_add_up_are_told() {
    let mut plan = sample("factory-pulse");
    assert_eq!(html(&plan).matches("✓ adds up").count(), 2);
    *plan.manifest.totals.get_mut("contacts").unwrap().get_mut("mapped").unwrap() += 1;
    assert_eq!(html(&plan).matches("✗ does not add up").count(), 1);
}
