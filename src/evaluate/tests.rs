use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Rows written as `found truth name`, a name of `-` for none.
fn rows<'a>(lines: &[&'a str]) -> Vec<Row<'a>> {
    let row = |line: &&'a str| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let (found, truth, name) = (word(), word(), word());
        Row { found, truth, name: (name != "-").then_some(name) }
    };
    lines.iter().map(row).collect()
}

fn pair(a: u32, b: u32, millibits: i32, band: Band) -> Pair {
    Pair { a, b, bits: Weight::millibits(millibits), band }
}

#[track_caller]
fn close(measure: Measure, precision: f64, recall: f64, f1: f64) {
    let expected = [precision, recall, f1];
    let found = [measure.precision, measure.recall, measure.f1].map(Option::unwrap);
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}: {measure:?}");
    }
}

/// Found A = {1 2 3}, B = {4 5}, C = {6}; truth x = {1 2}, y = {3 4 5 6}.
///
/// Found pairs 3 + 1, true pairs 1 + 6, common 12 and 45: P = 2/4, R = 2/7, F1 = 4/11.
/// B-cubed precision of the rows 2/3 2/3 1/3 1 1 1, their mean 7/9;
/// recall 1 1 1/4 2/4 2/4 1/4, their mean 7/12; F1 = 2 × 7/9 × 7/12 / (7/9 + 7/12) = 2/3.
#[test]
fn a_small_clustering_scores_as_worked_by_hand() {
    let rows = rows(&["A x 1", "A x 2", "A y 3", "B y 4", "B y 5", "C y 6"]);
    let report = measure(&Sample::new(&rows));
    assert_eq!((report.rows, report.names), (6, 6));
    assert_eq!((report.clusters, report.true_clusters), (3, 2));
    assert_eq!((report.scores.found_pairs, report.true_pairs), (4, 7));
    assert_eq!(report.scores.common_pairs, 2);
    close(report.scores.pairwise, 0.5, 2.0 / 7.0, 4.0 / 11.0);
    close(report.scores.bcubed, 7.0 / 9.0, 7.0 / 12.0, 2.0 / 3.0);
    assert_eq!(report.candidates, None);
}

/// The two responses of the paper: true clusters of 5, 2 and 5; joining the last two costs less
/// precision (16/21, there 76 %) than joining the two large ones (7/12, there 58 %).
#[test]
fn b_cubed_gives_the_values_of_its_paper() {
    let check = |found: [&str; 3], precision: f64| {
        let sizes = [5, 2, 5];
        let rows: Vec<Row> = ["1", "2", "3"]
            .into_iter()
            .zip(found)
            .zip(sizes)
            .flat_map(|((truth, found), size)| vec![Row { found, truth, name: None }; size])
            .collect();
        let f1 = 2.0 * precision / (1.0 + precision);
        close(measure(&Sample::new(&rows)).scores.bcubed, precision, 1.0, f1);
    };
    check(["a", "b", "b"], 16.0 / 21.0);
    check(["a", "b", "a"], 7.0 / 12.0);
}

#[test]
fn a_share_of_nothing_is_none() {
    // No pair was found, one was to be found.
    let scores = measure(&Sample::new(&rows(&["A x 1", "B x 2"]))).scores;
    assert_eq!(scores.pairwise, Measure { precision: None, recall: Some(0.0), f1: Some(0.0) });
    // Nothing was to be found, a pair was.
    let scores = measure(&Sample::new(&rows(&["A x 1", "A y 2"]))).scores;
    assert_eq!(scores.pairwise, Measure { precision: Some(0.0), recall: None, f1: Some(0.0) });
    // All alone, and rightly so.
    let scores = measure(&Sample::new(&rows(&["A x 1", "B y 2"]))).scores;
    assert_eq!(scores.pairwise, Measure { precision: None, recall: None, f1: None });
    close(scores.bcubed, 1.0, 1.0, 1.0);
    // No rows.
    let report = measure(&Sample::new(&[]).with_pairs(Vec::new()));
    assert_eq!(report.scores.bcubed, Measure { precision: None, recall: None, f1: None });
    assert_eq!(report.candidates.unwrap().questions_per_1000, None);
}

/// True cluster x has the rows 0 p, 1 p, 2 q, 3 r, 4 s, true cluster y the row 5 q and 6 t.
///
/// True pairs 10 + 1. Candidates p-q, q-r (by row 5, which is in y but has q), r-t.
/// Direct: 01 by spelling, 02 and 12 by p-q, 23 by q-r: 4 of 11 (r-t is in no one cluster).
/// Reachable: 0 1 2 3 are connected, 6 of 11; 4 and 6 are not.
#[test]
fn blocking_counts_rows_of_a_spelling_and_paths_inside_a_cluster() {
    let rows = rows(&["A x p", "A x p", "A x q", "A x r", "A x s", "B y q", "B y t"]);
    let pairs = vec![
        pair(0, 2, 5000, Band::Same),
        pair(5, 3, 0, Band::Review),
        pair(3, 6, -5000, Band::Apart),
        pair(2, 3, 0, Band::Review),
    ];
    let report = measure(&Sample::new(&rows).with_pairs(pairs));
    assert_eq!((report.names, report.true_pairs), (5, 11));
    let candidates = report.candidates.unwrap();
    assert_eq!((candidates.pairs, candidates.same), (4, 1));
    assert_eq!((candidates.review, candidates.apart), (2, 1));
    assert_eq!((candidates.direct_pairs, candidates.reachable_pairs), (4, 6));
    assert_eq!(candidates.blocking_recall_direct, Some(4.0 / 11.0));
    assert_eq!(candidates.blocking_recall_reachable, Some(6.0 / 11.0));
}

/// A path that leaves the true cluster does not make its ends reachable: p and q of x are
/// connected only by t of y.
#[test]
fn a_path_through_another_cluster_reaches_nothing() {
    let rows = rows(&["A x p", "A x q", "A y t"]);
    let pairs = vec![pair(0, 2, 0, Band::Same), pair(2, 1, 0, Band::Same)];
    let candidates = measure(&Sample::new(&rows).with_pairs(pairs)).candidates.unwrap();
    assert_eq!((candidates.direct_pairs, candidates.reachable_pairs), (0, 0));
}

#[test]
fn rows_without_a_name_are_spellings_of_their_own() {
    let rows = rows(&["A x -", "A x -", "A x p"]);
    let report = measure(&Sample::new(&rows).with_pairs(vec![pair(0, 1, 0, Band::Same)]));
    assert_eq!(report.names, 3);
    assert_eq!(report.candidates.unwrap().direct_pairs, 1);
}

/// A = 2 rows of x, B = 1 of x, C = 1 of x and 1 of y (the tie is an x), D = 1 of y.
///
/// Questions in order: AC (3 bits, decides over 2 × 2 pairs of rows), AB (3 bits at best,
/// 2 × 1 pairs), BD (2 bits). The pair inside A and the `same` pair of C and D ask nothing.
/// AC and AB are joined, BD is not: ABC = xxxxy, D = y. True pairs 6 + 1, found 10, common 6.
#[test]
fn a_perfect_reviewer_is_asked_about_groups_and_answers_by_the_majority() {
    let rows = rows(&["A x 0", "A x 1", "B x 2", "C x 3", "C y 4", "D y 5"]);
    let pairs = vec![
        pair(0, 2, 1000, Band::Review),
        pair(2, 1, 3000, Band::Review),
        pair(1, 4, 3000, Band::Review),
        pair(2, 5, 2000, Band::Review),
        pair(0, 1, 9000, Band::Review),
        pair(4, 5, 9000, Band::Same),
    ];
    let found = Labels::of(&rows.iter().map(|row| Some(row.found)).collect::<Vec<_>>());
    let truth = Labels::of(&rows.iter().map(|row| Some(row.truth)).collect::<Vec<_>>());
    let table = Contingency::count(&found.of, &truth.of);
    let questions = reviewer::questions(&found.of, &pairs);
    let (after, all) = reviewer::answer(&table, &questions, &[0, 1, 2, 9]);
    let seen = |answered: &Answered| {
        let Answered { questions, joined, scores } = *answered;
        (questions, joined, scores.found_pairs, scores.common_pairs)
    };
    let seen: Vec<_> = after.iter().map(seen).collect();
    // AC first: xxxy is 6 pairs found, 3 common.
    assert_eq!(seen, [(0, 0, 2, 1), (1, 1, 6, 3), (2, 2, 10, 6), (3, 2, 10, 6)]);
    assert_eq!(all, after[3]);

    let candidates = measure(&Sample::new(&rows).with_pairs(pairs)).candidates.unwrap();
    assert_eq!(candidates.questions, 3);
    assert_eq!(candidates.questions_per_1000, Some(500.0));
    assert_eq!(candidates.perfect, all);
    close(candidates.perfect.scores.pairwise, 6.0 / 10.0, 6.0 / 7.0, 12.0 / 17.0);
    // Six names allow no question at 60 per 1,000.
    assert!(candidates.budgets.iter().all(|budget| budget.answered == after[0]));
}

#[test]
fn a_budget_is_a_share_of_the_distinct_names_rounded_down() {
    let names: Vec<String> = (0..99).map(|name| format!("n{name}")).collect();
    let rows: Vec<Row> =
        names.iter().map(|name| Row { found: name, truth: "x", name: Some(name) }).collect();
    let pairs = (1..99).map(|other| pair(0, other, 0, Band::Review)).collect();
    let candidates = measure(&Sample::new(&rows).with_pairs(pairs)).candidates.unwrap();
    let asked: Vec<_> = candidates
        .budgets
        .iter()
        .map(|budget| (budget.per_1000, budget.answered.questions))
        .collect();
    assert_eq!(asked, [(10, 0), (30, 2), (60, 5)]);
    assert_eq!(candidates.perfect.questions, 98);
    close(candidates.perfect.scores.pairwise, 1.0, 1.0, 1.0);
}

/// The first example; the one answer joins B and C, all y: found pairs 3 + 3, common 1 + 3,
/// F1 = 8/13; B-cubed precision 7/9 as before, recall (1 1 1/4 3/4 3/4 3/4) 3/4, F1 = 42/55.
#[test]
fn the_report_is_a_small_table() {
    let rows = rows(&["A x 1", "A x 2", "A y 3", "B y 4", "B y 5", "C y 6"]);
    let pairs = vec![pair(0, 1, 0, Band::Same), pair(3, 5, 0, Band::Review)];
    let report = measure(&Sample::new(&rows).with_pairs(pairs));
    let expected = "\
rows                          6
distinct names                6
clusters found                3
true clusters                 2

                      precision     recall         F1
pairwise                  0.500      0.286      0.364
B-cubed                   0.778      0.583      0.667

candidate pairs               2
  per name                  0.3
  same                        1
  review                      1
  apart                       0
blocking recall
  direct                  0.286
  reachable               0.286
questions                     1
  per 1,000 names         166.7

answered              questions     joined  pairwise F1   B-cubed F1
10 per 1,000 names            0          0        0.364        0.667
30 per 1,000 names            0          0        0.364        0.667
60 per 1,000 names            0          0        0.364        0.667
all                           1          1        0.615        0.764
";
    assert_eq!(report.to_string(), expected);
}

#[test]
fn json_says_null_where_text_says_a_dash() {
    let report = measure(&Sample::new(&rows(&["A x 1234"])));
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["pairwise"]["f1"].is_null());
    assert!(json["candidates"].is_null());
    assert_eq!(json["bcubed"]["f1"], 1.0);
    assert!(report.to_string().contains("pairwise                      -          -          -\n"));
}

/// Found cluster, true cluster and name.
type Numbers = (u8, u8, Option<u8>);

/// Labels and pairs of a random sample, as numbers.
#[derive(Clone, Debug)]
struct Random {
    rows: Vec<Numbers>,
    pairs: Vec<(prop::sample::Index, prop::sample::Index, i32, u8)>,
}

fn random() -> impl Strategy<Value = Random> {
    let row = (0..6u8, 0..6u8, prop::option::weighted(0.9, 0..9u8));
    let pair = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), -3..4i32, 0..3u8);
    (prop::collection::vec(row, 1..24), prop::collection::vec(pair, 0..24))
        .prop_map(|(rows, pairs)| Random { rows, pairs })
}

impl Random {
    fn pairs(&self) -> Vec<Pair> {
        let len = self.rows.len();
        let position = |index: prop::sample::Index| u32::try_from(index.index(len)).unwrap();
        self.pairs
            .iter()
            .map(|&(a, b, bits, band)| {
                pair(position(a), position(b), bits, Band::ALL[usize::from(band)])
            })
            .collect()
    }

    /// The rows in another order, given as the old position of each new row.
    fn sample(&self, order: &[usize]) -> Sample {
        let texts: Vec<[Option<String>; 3]> = order
            .iter()
            .map(|&old| {
                let (found, truth, name) = self.rows[old];
                [Some(found), Some(truth), name].map(|label| label.map(|label| label.to_string()))
            })
            .collect();
        let rows: Vec<Row> = texts
            .iter()
            .map(|[found, truth, name]| Row {
                found: found.as_deref().unwrap(),
                truth: truth.as_deref().unwrap(),
                name: name.as_deref(),
            })
            .collect();
        let moved = |old: u32| {
            let new = order.iter().position(|&position| position == old as usize).unwrap();
            u32::try_from(new).unwrap()
        };
        let pairs = self.pairs();
        let pairs = pairs.into_iter().map(|p| Pair { a: moved(p.a), b: moved(p.b), ..p });
        Sample::new(&rows).with_pairs(pairs.collect())
    }

    fn in_order(&self) -> Sample {
        self.sample(&(0..self.rows.len()).collect::<Vec<_>>())
    }

    fn row_pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let len = self.rows.len();
        (0..len).flat_map(move |a| (a + 1..len).map(move |b| (a, b)))
    }

    fn true_together(&self, (a, b): (usize, usize)) -> bool {
        self.rows[a].1 == self.rows[b].1
    }

    /// Whether two rows are a candidate pair, looked up pair by pair.
    fn candidate(&self, a: usize, b: usize) -> bool {
        let spelled = |a: usize, b: usize| {
            a == b || (self.rows[a].2.is_some() && self.rows[a].2 == self.rows[b].2)
        };
        spelled(a, b)
            || self.pairs().iter().any(|pair| {
                let (c, d) = (pair.a as usize, pair.b as usize);
                (spelled(a, c) && spelled(b, d)) || (spelled(a, d) && spelled(b, c))
            })
    }
}

fn count(pairs: impl Iterator<Item = (usize, usize)>) -> u64 {
    pairs.count() as u64
}

proptest! {
    #[test]
    fn a_perfect_clustering_scores_one(random in random()) {
        let rows = random.rows.iter().map(|&(_, truth, name)| (truth, truth, name)).collect();
        let report = measure(&Random { rows, ..random }.in_order());
        let one = Measure { precision: Some(1.0), recall: Some(1.0), f1: Some(1.0) };
        prop_assert_eq!(report.scores.bcubed, one);
        if report.true_pairs > 0 {
            prop_assert_eq!(report.scores.pairwise, one);
        }
        prop_assert_eq!(report.candidates.unwrap().perfect.scores, report.scores);
    }

    #[test]
    fn the_order_of_rows_and_pairs_changes_nothing(
        (random, order, reversed) in random().prop_flat_map(|random| {
            let order: Vec<usize> = (0..random.rows.len()).collect();
            (Just(random), Just(order).prop_shuffle(), any::<bool>())
        })
    ) {
        let before = measure(&random.in_order());
        let mut random = random;
        if reversed {
            random.pairs.reverse();
            for pair in &mut random.pairs {
                std::mem::swap(&mut pair.0, &mut pair.1);
            }
        }
        prop_assert_eq!(before, measure(&random.sample(&order)));
    }

    #[test]
    fn pairwise_equals_counting_every_pair(random in random()) {
        let report = measure(&random.in_order());
        let found = |&(a, b): &(usize, usize)| random.rows[a].0 == random.rows[b].0;
        let truth = |&pair: &(usize, usize)| random.true_together(pair);
        prop_assert_eq!(report.scores.found_pairs, count(random.row_pairs().filter(found)));
        prop_assert_eq!(report.true_pairs, count(random.row_pairs().filter(truth)));
        let common = count(random.row_pairs().filter(found).filter(truth));
        prop_assert_eq!(report.scores.common_pairs, common);
    }

    #[test]
    fn b_cubed_equals_the_mean_over_rows_and_is_in_range(random in random()) {
        let scores = measure(&random.in_order()).scores;
        let (mut precision, mut recall) = (0.0, 0.0);
        for row in &random.rows {
            let share = |of: &dyn Fn(&Numbers) -> bool| {
                let all = random.rows.iter().filter(|other| of(other));
                let common = all.clone().filter(|other| (other.0, other.1) == (row.0, row.1));
                f64::from(u32::try_from(common.count()).unwrap())
                    / f64::from(u32::try_from(all.count()).unwrap())
            };
            precision += share(&|other| other.0 == row.0);
            recall += share(&|other| other.1 == row.1);
        }
        let rows = f64::from(u32::try_from(random.rows.len()).unwrap());
        let found = [scores.bcubed.precision, scores.bcubed.recall].map(Option::unwrap);
        prop_assert!((found[0] - precision / rows).abs() < 1e-12);
        prop_assert!((found[1] - recall / rows).abs() < 1e-12);
        for share in [found[0], found[1], scores.bcubed.f1.unwrap()] {
            prop_assert!(share > 0.0 && share <= 1.0, "{}", share);
        }
    }

    #[test]
    fn blocking_equals_looking_at_every_pair(random in random()) {
        let candidates = measure(&random.in_order()).candidates.unwrap();
        let together = |&pair: &(usize, usize)| random.true_together(pair);
        let direct = count(
            random.row_pairs().filter(together).filter(|&(a, b)| random.candidate(a, b)),
        );
        prop_assert_eq!(candidates.direct_pairs, direct);

        // Transitive closure inside each true cluster.
        let len = random.rows.len();
        let all = || (0..len).flat_map(|a| (0..len).map(move |b| (a, b)));
        let mut reached: BTreeSet<(usize, usize)> = all()
            .filter(together)
            .filter(|&(a, b)| random.candidate(a, b))
            .collect();
        for via in 0..len {
            let through = |&(a, b): &(usize, usize)| {
                reached.contains(&(a, via)) && reached.contains(&(via, b))
            };
            let new: Vec<_> = all().filter(through).collect();
            reached.extend(new);
        }
        let reachable = count(random.row_pairs().filter(|pair| reached.contains(pair)));
        prop_assert_eq!(candidates.reachable_pairs, reachable);
        prop_assert!(direct <= reachable);
    }

    #[test]
    fn answers_never_lower_recall(random in random()) {
        let report = measure(&random.in_order());
        let candidates = report.candidates.unwrap();
        let states = candidates.budgets.iter().map(|budget| &budget.answered);
        let mut before = &report.scores;
        for state in states.chain([&candidates.perfect]) {
            prop_assert!(state.scores.common_pairs >= before.common_pairs);
            prop_assert!(state.scores.pairwise.recall >= before.pairwise.recall);
            prop_assert!(
                state.scores.bcubed.recall.unwrap() >= before.bcubed.recall.unwrap() - 1e-12
            );
            before = &state.scores;
        }
    }

    #[test]
    fn questions_are_the_distinct_pairs_of_groups_in_doubt(random in random()) {
        let groups: BTreeSet<(u8, u8)> = random
            .pairs()
            .iter()
            .filter(|pair| pair.band == Band::Review)
            .map(|pair| [pair.a, pair.b].map(|row| random.rows[row as usize].0))
            .filter(|[a, b]| a != b)
            .map(|[a, b]| (a.min(b), a.max(b)))
            .collect();
        let candidates = measure(&random.in_order()).candidates.unwrap();
        prop_assert_eq!(candidates.questions, groups.len());
        prop_assert_eq!(candidates.perfect.questions, groups.len());
    }
}

/// Clusters of thousands of rows, and as many candidate pairs, in no time.
#[test]
fn large_clusters_are_counted_without_their_pairs() {
    const ROWS: u32 = 200_000;
    let names: Vec<String> = (0..ROWS).map(|row| format!("n{}", row / 2)).collect();
    let rows: Vec<Row> =
        names.iter().map(|name| Row { found: "A", truth: "x", name: Some(name) }).collect();
    let chain = (2..ROWS).step_by(2).map(|row| pair(row - 2, row, 0, Band::Same)).collect();
    let report = measure(&Sample::new(&rows).with_pairs(chain));
    let all = u64::from(ROWS) * u64::from(ROWS - 1) / 2;
    assert_eq!(report.scores.common_pairs, all);
    let candidates = report.candidates.unwrap();
    // Each of 100,000 names has two rows, and all but the last are paired with the next name.
    assert_eq!(candidates.direct_pairs, 100_000 + 99_999 * 4);
    assert_eq!(candidates.reachable_pairs, all);
}

fn csv(file: &str, content: &str) -> Input {
    Input { file: file.into(), content: content.into() }
}

const CLUSTERS: &str = "id,cluster,name\n1,A,n\n2,A,n\n3,B,m\n";
const TRUTH: &str = "country,cluster_id,name,id\n,x,p,3\n,x,p,1\nVN,y,,2\n";

#[test]
fn files_are_joined_on_the_text_of_the_id() {
    let pairs = csv("P", "id_a,id_b,bits,band\n1,2,-1500,review\n2,3,7,same\n");
    let sample = read(csv("C", CLUSTERS), csv("T", TRUTH), Some(pairs)).unwrap();
    let expected = Sample::new(&rows(&["B x p", "A x p", "A y -"]))
        .with_pairs(vec![pair(1, 2, -1500, Band::Review), pair(2, 0, 7, Band::Same)]);
    assert_eq!(sample, expected);
    // A byte order mark, Windows line ends, quoted line breaks, no name column.
    let clusters = "\u{feff}id,cluster\r\n\"a\r\nb\",A\r\n";
    let truth = "cluster_id,id\n7,\"a\r\nb\"\n";
    let sample = read(csv("C", clusters), csv("T", truth), None).unwrap();
    assert_eq!(sample, Sample::new(&rows(&["A 7 -"])));
}

#[track_caller]
fn refused(clusters: &[u8], truth: &[u8], pairs: &[u8], expected: &str) {
    let input = |file: &str, content: &[u8]| Input { file: file.into(), content: content.into() };
    let result = read(input("C", clusters), input("T", truth), Some(input("P", pairs)));
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert!(!error.help().is_empty());
}

#[test]
fn files_that_cannot_be_measured_are_refused_with_the_place() {
    let clusters = |bytes: &[u8], expected| refused(bytes, TRUTH.as_bytes(), b"", expected);
    clusters(b"", "C: the file is empty");
    clusters(b"id,name\n", "C:1: column `cluster`: the column is missing; found: id, name");
    clusters(b"id,cluster,id\n", "C:1: column `id`: the column is named twice");
    clusters(b"id,cluster\n1\n", "C:2: the row has 1 values, the header has 2 columns");
    clusters(b"id,cluster\r\n1,A\r\n2,\xff\r\n", "C:3: column `cluster`: the bytes are not UTF-8");
    clusters(b"id,\xff\n1,A\n", "C:1: the bytes are not UTF-8");
    clusters(
        b"id,cluster\n1,A\n2,\n",
        "C:3: column `cluster`: the value is empty, and every row must have one",
    );
    clusters(
        b"id,cluster,n\r\n\r\n1,A,\"a\r\nb\"\r\n2,A,\r\n1,A,\r\n",
        "C:6: column `id`: the id `1` is already used on line 3",
    );
    clusters(
        b"id,cluster\n1,A\n7,A\n2,A\n8,A\n3,A\n",
        "C:3: column `id`: 2 of its ids are not in T, the first is `7`",
    );
    clusters(
        b"id,cluster\n1,A\n2,A\n",
        "T:2: column `id`: 1 of its ids is not in C, the first is `3`",
    );

    let pairs =
        |bytes: &[u8], expected| refused(CLUSTERS.as_bytes(), TRUTH.as_bytes(), bytes, expected);
    pairs(
        b"id_a,id_b,bits\n",
        "P:1: column `band`: the column is missing; found: id_a, id_b, bits",
    );
    pairs(b"id_a,id_b,bits,band\n1,9,0,same\n", "P:2: column `id_b`: the id `9` is not in T");
    pairs(
        b"id_a,id_b,bits,band\n1,1,0,same\n",
        "P:2: column `id_b`: the id `1` is paired with itself",
    );
    pairs(
        b"id_a,id_b,bits,band\n1,2,0.5,same\n",
        "P:2: column `bits`: the score is not a whole number of millibits",
    );
    pairs(
        b"id_a,id_b,bits,band\n1,2,0,Same\n",
        "P:2: column `band`: the band is not one of same, review, apart",
    );
    pairs(
        b"id_a,id_b,bits,band\n1,2,0,same\n1,3,0,same\n2,1,0,same\n",
        "P:4: the pair is already listed on line 2",
    );
}

#[test]
fn a_file_that_is_not_there_is_refused_by_its_name() {
    let error = Input::load("no/such.csv".as_ref()).unwrap_err();
    assert!(error.to_string().starts_with("no/such.csv: cannot read it: "), "{error}");
}

#[test]
fn the_order_of_questions_is_bits_then_pairs_of_rows() {
    let mut keys = BTreeMap::new();
    for (name, bits, rows) in [("c", 5, [1, 1]), ("a", 9, [1, 1]), ("b", 5, [2, 3])] {
        keys.insert(asking_order(Weight::millibits(bits), rows), name);
    }
    assert_eq!(keys.into_values().collect::<String>(), "abc");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        cells in prop::collection::vec(
            prop::sample::select(vec!["1", "2", "A", ",", "\"", "\n", "\r\n", "\r", "x", "\u{1}"]),
            0..40,
        ),
        end in any::<Option<u8>>(),
    ) {
        let body = |header: &str| {
            let mut content = format!("{header}\n{}", cells.concat()).into_bytes();
            content.extend(end);
            Input { file: "F".into(), content }
        };
        let pairs = "id_a,id_b,bits,band";
        let _ = read(body("id,cluster"), body("id,cluster_id"), Some(body(pairs)));
        let _ = read(body(""), body(""), None);
        let _ = read(csv("C", CLUSTERS), csv("T", TRUTH), Some(body(pairs)));
    }
}
