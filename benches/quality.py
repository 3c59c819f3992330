"""Quality of `orgfold resolve` on every NAME.csv (id,name,cluster_id,country) of a folder: one row for
each set and preset. Files named *.pairs.csv and files without cluster_id are left out. A set that
keeps evidence in a column `extra` gets rows NAME+ that use it. At the end the mean over the core
sets, and each of these under weights that `orgfold fit` finds on all others.

Run by `make quality DATA=DIR`.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

from measure import ORGFOLD, core_sets, evaluate, measure

PRESETS = ("balanced", "cautious")
# Sets whose column `extra` holds, as JSON, what stands beside a name in a form or a register.
WITH_EXTRA = {"chicago_early_childhood"}
# What of it is evidence, by the column that `resolve` reads.
EXTRA = {"address": "address", "city": "city", "zip": "zip", "phone": "phone", "fax": "fax",
         "email_address": "email", "website": "website"}


def unpack(source, target):
    """Columns for what `extra` holds."""
    with open(source, encoding="utf-8-sig", newline="") as source, \
            open(target, "w", encoding="utf-8", newline="") as target:
        rows = csv.DictReader(source)
        columns = [column for column in rows.fieldnames if column != "extra"]
        columns += [column for column in EXTRA.values() if column not in columns]
        writer = csv.DictWriter(target, columns, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            beside = json.loads(row["extra"] or "{}")
            writer.writerow(row | {column: beside.get(key, "") for key, column in EXTRA.items()
                                   if not row.get(column)})


def is_labelled(file):
    with open(file, encoding="utf-8-sig", newline="") as text:
        return "cluster_id" in next(csv.reader(text), [])


def text(value):
    if value is None:
        return "-"
    return f"{value:.3f}".replace("0.", ".", 1) if value < 1 else "1.00"


def measured(file, name, work):
    """One row for each preset; pairwise and B-cubed figures by preset."""
    found = {}
    for preset in PRESETS:
        clusters, pairs = work / "clusters.csv", work / "pairs.csv"
        run = measure(ORGFOLD, "resolve", file, "--out", clusters, "--pairs", pairs,
                      "--preset", preset, "--quiet")
        report = evaluate(clusters, file, "--pairs", pairs)
        pairwise, b3, asked = report["pairwise"], report["bcubed"], report["candidates"]
        perfect = asked["perfect"]
        perfect = perfect.get("scores", perfect)["pairwise"]["f1"]
        found[preset] = (pairwise, b3)
        figures = [text(of[key]) for of in (pairwise, b3) for key in ("precision", "recall", "f1")]
        print(f"{name:<26} {preset:<9} {report['rows']:>6}  "
              + " ".join(f"{figure:>5}" for figure in figures[:3]) + "  "
              + " ".join(f"{figure:>5}" for figure in figures[3:])
              + f"  {text(asked['blocking_recall_direct']):>6} "
              f"{asked['questions_per_1000'] or 0:>6.0f} {text(perfect):>6}  "
              f"{run.wall:>6.2f} {run.peak:>6.0f}", flush=True)
    return found


def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.csv"))
    core = core_sets(folder)
    print(f"{'set':<26} {'preset':<9} {'rows':>6}  {'P':>5} {'R':>5} {'F1':>5}  {'B3P':>5} "
          f"{'B3R':>5} {'B3F1':>5}  {'block':>6} {'q/1000':>6} {'F1rev':>6}  {'seconds':>6} "
          f"{'peakMB':>6}")
    means = {preset: [] for preset in PRESETS}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        for file in files:
            if file.name.endswith(".pairs.csv") or not is_labelled(file):
                continue
            found = measured(file, file.stem, work)
            if file in core:
                for preset in PRESETS:
                    means[preset].append(found[preset])
            if file.stem in WITH_EXTRA:
                unpacked = work / f"{file.stem}+.csv"
                unpack(file, unpacked)
                measured(unpacked, f"{file.stem}+", work)
    for preset, sets in means.items():
        if sets:
            of = lambda at, key: sum(found[at][key] for found in sets) / len(sets)
            print(f"{'mean of core sets':<26} {preset:<9} {len(sets):>6}  {of(0, 'precision'):.3f} "
                  f"{of(0, 'recall'):.3f} {of(0, 'f1'):.3f}                {of(1, 'f1'):.3f}")
    if len(core) >= 2:
        print(flush=True)
        subprocess.run([ORGFOLD, "fit", "--leave-one-out", "--quiet", *core], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
