"""What each comparison is worth at level company: `orgfold resolve`, balanced, on the core lists of
that level with one weight of [matching] at 0 and all else as configured; the mean F1, and its change against the full set.

Blocking and thresholds stay. A weight that is 0 anyway, or of which no set tells, changes nothing.
Without a comparison of which every pair has some, every score moves: most of the change is that the
start no longer fits. So the last two columns have the start that is best for what is left. The
other weights are not fitted again, and two comparisons that tell the same stand in for each other.

Run by `make ablation DATA=DIR`.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from measure import ORGFOLD, core_lists, evaluate


def run(*arguments):
    return subprocess.run([ORGFOLD, *arguments], check=True, capture_output=True).stdout


class Sets:
    """The core sets of a folder."""

    def __init__(self, files, work):
        self.files, self.work = files, work

    def means(self, weights):
        """The mean F1, pairwise and B-cubed, with some weights in place of the configured ones."""
        config, clusters = self.work / "config.toml", self.work / "clusters.csv"
        lines = [f"{key} = {bits}\n" for key, bits in weights.items()]
        config.write_text("[matching]\n" + "".join(lines), encoding="utf-8")
        sums = [0.0, 0.0]
        for file in self.files:
            run("resolve", file, "--out", clusters, "--config", config, "--preset", "balanced",
                "--quiet")
            report = evaluate(clusters, file)
            for at, measure in enumerate(["pairwise", "bcubed"]):
                sums[at] += (report[measure]["f1"] or 0.0) / len(self.files)
        return sums

    def restarted(self, weights, prior, first):
        """The best F1 on a walk of the start in steps of half a bit, until it falls twice."""
        best = first
        for side in (-0.5, 0.5):
            worse, by = 0, side
            while worse < 2:
                f1 = self.means(weights | {"prior": prior + by})[0]
                best, worse = (f1, 0) if f1 > best else (best, worse + 1)
                by += side
            if best > first:
                break
        return best


def ablated(sets):
    """The figures of the full set, and one row for each comparison that is left out."""
    # `fit` knows the comparisons and their weights.
    fitted = json.loads(run("fit", *sets.files[:1], "--format", "json", "--quiet"))
    known, prior = fitted["weights"], fitted["prior"]["configured"]
    full = sets.means({})
    full.append(sets.restarted({}, prior, full[0]))
    rows = []
    for key, weight in known.items():
        left = full
        if weight["configured"] != 0:
            left = sets.means({key: 0.0})
            is_felt = left != full[:2]
            left.append(sets.restarted({key: 0.0}, prior, left[0]) if is_felt else full[2])
        rows.append((key, weight["comparison"], left))
    rows.sort(key=lambda row: (round(row[2][0] - full[0], 6), row[2][1] - full[1], row[0]))
    return full, rows


def main(folder):
    files = core_lists(folder, "company")
    if not files:
        sys.exit("none of the core lists of level company is in the folder")
    with tempfile.TemporaryDirectory() as work:
        full, rows = ablated(Sets(files, pathlib.Path(work)))
    print(f"{'without':<24} {'weight':<16} {'F1':>5} {'change':>7}  {'B3F1':>5} {'change':>7}  "
          f"{'F1, own start':>13} {'change':>7}")
    print(f"{'nothing':<24} {'':<16} {full[0]:5.3f} {'':>7}  {full[1]:5.3f} {'':>7}  "
          f"{full[2]:13.3f}")
    for key, comparison, left in rows:
        f1, bcubed, own = (after - before for after, before in zip(left, full))
        print(f"{comparison:<24} {key:<16} {left[0]:5.3f} {f1:+7.4f}  {left[1]:5.3f} "
              f"{bcubed:+7.4f}  {left[2]:13.3f} {own:+7.4f}")


if __name__ == "__main__":
    main(sys.argv[1])
