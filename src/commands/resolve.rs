//! `orgfold resolve`: the matcher alone, on any CSV of names.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::names::{Names, RowId};
use super::{DONE, print, write_file};
use crate::cli::{self, Format};
use crate::config::{self, Overrides};
use crate::dialect;
use crate::error::{Error, Exit};
use crate::ids::{Slug, TenantId};
use crate::plan::comparisons;
use crate::progress::{Laps, Progress};
use crate::report::{level_text, start_text};
use crate::transform::evidence::Flaw;
use crate::transform::matching::{Human, Matching, Step, match_watched};
use crate::transform::slug::{bare_slug, suffixed_slug};
use crate::transform::survivorship::clean;

pub(super) fn run(options: &cli::Resolve, progress: Progress) -> Result<Exit, Error> {
    let overrides =
        Overrides { preset: Some(options.preset), level: options.level, ..Overrides::default() };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let laps = Laps::new(progress);
    let names = Names::read(&options.names, &options.columns, &config)?;
    laps.end("reading", names.rows, "rows");
    if !names.flaws.is_empty() {
        let flaw = |(flaw, count): (&Flaw, &usize)| format!("{count} {}", flaw.code());
        let flaws: Vec<String> = names.flaws.iter().map(flaw).collect();
        progress.stage("values that tell nothing", 0).finish(&flaws.join(", "));
    }
    let settings = config.rules.settings();
    let watch = |step: Step| laps.end(step.name, step.count, step.unit);
    let matching = match_watched(&names.mentions, &Human::default(), &settings, &watch);
    let large = matching.passes.iter().filter(|pass| pass.skipped > 0);
    let large: Vec<String> = large.map(|pass| format!("{} {}", pass.skipped, pass.name)).collect();
    if !large.is_empty() {
        progress.stage("blocks too large to compare", 0).finish(&large.join(", "));
    }
    let clusters = names.clusters(&matching);
    write_file(&options.out, &Names::cluster_rows(&clusters))?;
    if let Some(path) = &options.pairs {
        write_file(path, &names.pair_rows(&matching))?;
    }
    if let Some(path) = &options.review {
        write_file(path, &names.review_rows(&matching))?;
    }
    laps.end("writing", names.rows, "rows");
    let asked = matching.asked().len();
    let text = match options.format {
        Format::Text => format!(
            "{} rows, {} spellings, {} clusters, {asked} questions of {} open\n{}\n{}\n",
            names.rows,
            names.spellings.len(),
            clusters.len(),
            matching.questions.len(),
            level_text(settings.level, matching.outlook),
            start_text(&[matching.start]).unwrap_or_default()
        ),
        Format::Json => format!(
            "{}\n",
            serde_json::json!({
                "rows": names.rows,
                "spellings": names.spellings.len(),
                "clusters": clusters.len(),
                "questions": asked,
                "open": matching.questions.len(),
                "level": settings.level.name(),
                "start": {
                    "bits": matching.start.bits().get(),
                    "level": matching.start.level.get(),
                    "size": matching.start.size.get(),
                    "list": matching.start.list.get(),
                    "above": matching.start.above,
                    "below": matching.start.below,
                },
                "other_level": {
                    "joins": matching.outlook.joins,
                    "parts": matching.outlook.parts,
                },
            })
        ),
    };
    print(&text);
    // The process ends here: to free millions of small values one by one would take seconds.
    std::mem::forget(clusters);
    std::mem::forget((names, matching));
    DONE
}

/// Rows that are written at once, in parallel.
const CHUNK: usize = 16_384;

/// One group of rows.
struct Cluster<'a> {
    ids: Vec<&'a RowId>,
    name: String,
    slug: Slug,
}

impl Names {
    /// Clusters sorted by their smallest id.
    fn clusters(&self, matching: &Matching) -> Vec<Cluster<'_>> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); matching.places.len()];
        for (mention, &group) in matching.group_of.iter().enumerate() {
            members[group].push(mention);
        }
        let named = members.par_iter().map(|members| {
            let mut ids: Vec<&RowId> =
                members.iter().flat_map(|&at| &self.spellings[at].1).collect();
            ids.sort_unstable();
            // The spelling of most rows, then the one that is not all capitals, then the
            // longest, then by text.
            let best = members.iter().min_by_key(|&&at| {
                let (raw, ids) = &self.spellings[at];
                let shouting = !raw.chars().any(char::is_lowercase);
                (Reverse(ids.len()), shouting, Reverse(raw.len()), raw)
            });
            (ids, best.map_or_else(String::new, |&at| clean(&self.spellings[at].0)))
        });
        let nameless = self.nameless.par_iter().map(|(raw, id)| (vec![id], clean(raw)));
        let mut clusters: Vec<(Vec<&RowId>, String, Slug)> = named
            .chain(nameless)
            .map(|(ids, name)| {
                let slug = bare_slug(&name);
                (ids, name, slug)
            })
            .collect();
        clusters.par_sort_unstable();
        let mut taken = FxHashSet::default();
        clusters
            .into_iter()
            .map(|(ids, name, mut slug)| {
                if !taken.insert(slug.clone()) {
                    let (nobody, key) = (TenantId::new(uuid::Uuid::nil()), ids[0].to_string());
                    slug = suffixed_slug(&slug, nobody, &key, |slug| taken.contains(slug));
                    taken.insert(slug.clone());
                }
                Cluster { ids, name, slug }
            })
            .collect()
    }

    fn cluster_rows(clusters: &[Cluster<'_>]) -> Vec<u8> {
        let mut rows: Vec<(&RowId, &Cluster<'_>)> = clusters
            .iter()
            .flat_map(|cluster| cluster.ids.iter().map(move |id| (*id, cluster)))
            .collect();
        rows.par_sort_unstable_by_key(|(id, _)| *id);
        let header = table(&["id", "cluster", "name", "slug"], std::iter::empty());
        let write = |rows: &[(&RowId, &Cluster<'_>)]| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let written = "writing into memory does not fail";
            for &(id, cluster) in rows {
                let (id, label) = (id.to_string(), cluster.ids[0].to_string());
                let name = dialect::escape(&cluster.name);
                let row = [id.as_str(), &label, &name, cluster.slug.as_str()];
                writer.write_record(row).expect(written);
            }
            writer.into_inner().expect(written)
        };
        let parts: Vec<Vec<u8>> = rows.par_chunks(CHUNK).map(write).collect();
        std::iter::once(header).chain(parts).collect::<Vec<_>>().concat()
    }

    /// One row for each pair of spellings, by their smallest ids.
    fn pair_rows(&self, matching: &Matching) -> Vec<u8> {
        let mut rows: Vec<_> = matching
            .pairs()
            .into_iter()
            .map(|pair| {
                let (a, b) = (&self.spellings[pair.pair.0].1[0], &self.spellings[pair.pair.1].1[0]);
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                (a, b, pair.score, pair.band)
            })
            .collect();
        rows.sort_unstable();
        table(
            &["id_a", "id_b", "bits", "band"],
            rows.into_iter().map(|(a, b, score, band)| {
                [a.to_string(), b.to_string(), score.to_string(), band.name().to_owned()]
            }),
        )
    }

    fn review_rows(&self, matching: &Matching) -> Vec<u8> {
        table(
            &["id_a", "id_b", "a", "b", "bits", "comparisons", "decision"],
            matching.asked().iter().map(|question| {
                let side = |at: usize| {
                    let (raw, ids) = &self.spellings[at];
                    (ids[0].to_string(), dialect::escape(raw).into_owned())
                };
                let (a, b) = (side(question.pair.0), side(question.pair.1));
                let bits = question.compared.score.to_string();
                [a.0, b.0, a.1, b.1, bits, comparisons(&question.compared), String::new()]
            }),
        )
    }
}

/// CSV of cells that are guarded where they need to be.
fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = "writing into memory does not fail";
    writer.write_record(header).expect(written);
    for row in rows {
        writer.write_record(row).expect(written);
    }
    writer.into_inner().expect(written)
}
