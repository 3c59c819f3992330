"""Quality of `orgfold resolve` on every NAME.csv (id,name,cluster_id,country) of a folder, each at its
level: one row for each list, with the figures of both presets, those of the best peer and of equal keys
beside them, and those of the balanced preset under weights, start and constants that `orgfold fit` finds
on all other lists of the level. Files named *.pairs.csv and files without cluster_id are left out.

What is known of a list stands in `benches/lists.csv`: its level (company where it is not there), whether
it is one of the core lists that the means are about, and published figures of the same public data: F1 and
B-cubed F1 of the best of several tools at the threshold that is best on the labels themselves, and
precision and recall of equal names without case, marks and legal forms.

Run by `make quality DATA=DIR`.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

from measure import ORGFOLD, evaluate, known_lists, measure

PRESETS = ("balanced", "cautious")
# Lists whose column `extra` holds, as JSON, what stands beside a name in a form or a register.
WITH_EXTRA = {"chicago_early_childhood", "us_hospitals_cms"}
# What of it is evidence, by the column that `resolve` reads.
EXTRA = {"address": "address", "city": "city", "phone": "phone", "email_address": "email",
         "website": "website"}


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


def measured(file, level, work):
    """Of each preset the report of `evaluate`, and the run."""
    found = {}
    for preset in PRESETS:
        clusters, pairs = work / "clusters.csv", work / "pairs.csv"
        run = measure(ORGFOLD, "resolve", file, "--out", clusters, "--pairs", pairs,
                      "--preset", preset, "--level", level, "--quiet")
        found[preset] = (evaluate(clusters, file, "--pairs", pairs), run)
    return found


def left_out(files, level):
    """Pairwise and B-cubed F1 of each file under what is fitted on the others of its level."""
    if len(files) < 2:
        return {}
    command = [ORGFOLD, "fit", "--leave-one-out", "--level", level, "--format", "json", "--quiet"]
    ran = subprocess.run([*command, *files], check=True, capture_output=True)
    each = (left["file"] for left in json.loads(ran.stdout)["leave_one_out"])
    scores = ((of["file"], of["after"]["scores"]) for of in each)
    return {pathlib.Path(file).stem: (of["pairwise"]["f1"], of["bcubed"]["f1"])
            for file, of in scores}


HEADER = (f"{'list':<26} {'level':<8} {'rows':>6}  {'P':>5} {'R':>5} {'F1':>5} {'peer':>5} "
          f"{'left':>5}  {'B3F1':>5} {'peer':>5} {'left':>5}  {'cautP':>5} {'keyP':>5} "
          f"{'cautR':>5} {'keyR':>5}  {'block':>5} {'q/1000':>6} {'F1rev':>5}  {'seconds':>7} "
          f"{'peakMB':>6}")


def row(name, level, found, known, left):
    (balanced, run), (cautious, _) = (found[preset] for preset in PRESETS)
    asked = cautious["candidates"]
    perfect = asked["perfect"]
    perfect = perfect.get("scores", perfect)["pairwise"]["f1"]
    pairwise, bcubed, sure = balanced["pairwise"], balanced["bcubed"], cautious["pairwise"]
    groups = [
        [pairwise["precision"], pairwise["recall"], pairwise["f1"], known["peer_f1"], left[0]],
        [bcubed["f1"], known["peer_b3"], left[1]],
        [sure["precision"], known["key_precision"], sure["recall"], known["key_recall"]],
    ]
    cells = "  ".join(" ".join(f"{text(of):>5}" for of in group) for group in groups)
    print(f"{name:<26} {level:<8} {balanced['rows']:>6}  {cells}  "
          f"{text(balanced['candidates']['blocking_recall_direct']):>5} "
          f"{asked['questions_per_1000'] or 0:>6.0f} {text(perfect):>5}  "
          f"{run.wall:>7.2f} {run.peak:>6.0f}", flush=True)


def mean(rows, of):
    told = [value for value in map(of, rows) if value is not None]
    return text(sum(told) / len(told)) if told else "-"


def main(folder):
    known = known_lists()
    nothing = dict.fromkeys(("peer_f1", "peer_b3", "key_precision", "key_recall"))
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        files = {}
        for file in sorted(pathlib.Path(folder).glob("*.csv")):
            if file.name.endswith(".pairs.csv") or not is_labelled(file):
                continue
            if file.stem in WITH_EXTRA:
                unpack(file, work / file.name)
                file = work / file.name
            files[file.stem] = (file, known.get(file.stem, nothing | {"level": "company", "core": ""}))
        # Fitted on the core lists, and at `group` on all of that level: there are few.
        left = {}
        for level in ("company", "group"):
            fitted = [file for file, of in files.values()
                      if of["level"] == level and (of["core"] or level == "group")]
            left |= left_out(fitted, level)
        print(HEADER)
        core = []
        for name, (file, of) in files.items():
            found = measured(file, of["level"], work)
            row(name, of["level"], found, of, left.get(name, (None, None)))
            if of["core"]:
                core.append((name, of, found["balanced"][0], found["cautious"][0]))
    if not core:
        return
    print(f"\nmeans of {len(core)} core lists")
    pairwise, bcubed = (lambda one, of=of: one[2][of]["f1"] for of in ("pairwise", "bcubed"))
    for label, own, peer, out in [("F1", pairwise, "peer_f1", 0), ("B3F1", bcubed, "peer_b3", 1)]:
        beaten = sum(own(one) >= one[1][peer] for one in core)
        print(f"  {label:<5} {mean(core, own)}, peer {mean(core, lambda one: one[1][peer])} "
              f"(not below it on {beaten}), left out "
              f"{mean(core, lambda one: left.get(one[0], (None, None))[out])}")
    print(f"  cautious: precision {mean(core, lambda one: one[3]['pairwise']['precision'])}, recall "
          f"{mean(core, lambda one: one[3]['pairwise']['recall'])}, key "
          f"{mean(core, lambda one: one[1]['key_precision'])} and "
          f"{mean(core, lambda one: one[1]['key_recall'])}")


if __name__ == "__main__":
    main(sys.argv[1])
