"""Speed, memory and quality of `orgfold resolve` by size, then of `orgfold plan` (`plan.py`), held
against `benches/baseline.json`.

Run by `make bench`. Figures that are guarded do not depend on the machine: processor seconds are
divided by those of a fixed workload that runs in the same session, memory by rows, quality is what
it is. Seconds of the wall are printed, and guarded with a wide margin: others may use the machine.
"""

import csv
import gzip
import hashlib
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import time

import plan
from measure import ORGFOLD, ROOT, WORK, contacts, evaluate, measure, short

BASELINE = ROOT / "benches/baseline.json"
# What growth and drift are held against.
SMALLEST = 10_000
# Contacts, and how often they are resolved.
RUNS = {SMALLEST: 7, 100_000: 3, 1_000_000: 2}
# What may be lost against the baseline: figures that should be small, as a share of the baseline;
# figures that should be large, absolutely.
# `cost` is processor seconds, `wall` seconds of the wall, both in calibrations; `growth` is the
# cost of a row over that of a row at 10,000. On a machine with much else to do `cost` was seen to
# vary by 15 % either way, `growth` and `wall` by twice that.
MAY_GROW = {"growth": 0.60, "cost": 0.35, "wall": 0.75, "kb_per_row": 0.15}
MAY_FALL = {"f1": 0.005, "b3_f1": 0.005, "drift": 0.005}


class Calibration:
    """A fixed workload on one core: it hashes, sorts and counts."""

    def __init__(self):
        numbers = random.Random(1)
        self.words = [f"{numbers.randrange(10 ** 6):06}" for _ in range(400_000)]
        self.buffer = bytes(64 * 1024 * 1024)

    def measure(self):
        """Its wall and processor seconds, the best of three."""
        tries = [self.once() for _ in range(3)]
        return min(wall for wall, _ in tries), min(cpu for _, cpu in tries)

    def once(self):
        wall, cpu = time.monotonic(), time.process_time()
        hashlib.sha256(self.buffer).hexdigest()
        counts = {}
        for word in sorted(self.words):
            counts[word[:4]] = counts.get(word[:4], 0) + 1
        return time.monotonic() - wall, time.process_time() - cpu


CALIBRATION = Calibration()


def row(*cells):
    widths = (22, 10, 8, 8, 8, 9, 8, 6, 6, 6, 6, 7)
    print("".join(f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
                  for at, (cell, width) in enumerate(zip(cells, widths))), flush=True)


def quality(value):
    return f"{value:.3f}"


class Resolved:
    """Several runs over one file."""

    def __init__(self, names, out, runs):
        made, units = [], [CALIBRATION.measure()]
        for _ in range(runs):
            made.append(measure(ORGFOLD, "resolve", names, "--out", out, "--quiet"))
            units.append(CALIBRATION.measure())
        # Each run is held against the calibrations on both sides of it: others may use the machine.
        units = [[sum(pair) / 2 for pair in zip(*two)] for two in zip(units, units[1:])]
        self.wall_cost = statistics.median(run.wall / unit[0] for run, unit in zip(made, units))
        self.cost = statistics.median(run.cpu / unit[1] for run, unit in zip(made, units))
        self.fastest = min(run.wall for run in made)
        self.median = statistics.median(run.wall for run in made)
        self.cpu = min(run.cpu for run in made)
        self.peak = max(run.peak for run in made)


def generated(sizes):
    """Measures every size; the figures that are guarded."""
    figures, first = {}, None
    for size in sizes:
        folder = contacts(size)
        names, out = folder / "contacts.csv", WORK / "clusters.csv"
        made = Resolved(names, out, RUNS.get(size, 1))
        report = evaluate(out, folder / "truth.csv")
        pair, b3 = report["pairwise"], report["bcubed"]
        figure = figures[str(size)] = {
            "contacts": hashlib.sha256(names.read_bytes()).hexdigest()[:16],
            "cost": round(made.cost, 3),
            "wall": round(made.wall_cost, 3),
            "kb_per_row": round(made.peak * 1024 / size, 3),
            "f1": round(pair["f1"], 4),
            "b3_f1": round(b3["f1"], 4),
        }
        drift = "-"
        if size == SMALLEST:
            first = figure
        elif first is not None:
            figure["drift"] = round(figure["f1"] - first["f1"], 4)
            figure["growth"] = round(figure["cost"] / size * SMALLEST / first["cost"], 3)
            drift = f"{figure['drift']:+.3f}"
        row(f"{size:,} contacts", f"{report['names']:,}", short(made.fastest), short(made.median),
            short(made.cpu), f"{size / made.fastest:,.0f}", f"{made.peak:,.0f}",
            quality(pair["precision"]), quality(pair["recall"]), quality(pair["f1"]),
            quality(b3["f1"]), drift)
    return {"cores": os.cpu_count(), "sizes": figures}


def real(folder):
    """Speed on real files: those with `id` and `name`, plain or gzipped."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        if not path.name.endswith((".csv", ".csv.gz")):
            continue
        packed = path.suffix == ".gz"
        with (gzip.open if packed else open)(path, "rt", encoding="utf-8", newline="") as text:
            header = next(csv.reader(text), [])
            if not {"id", "name"} <= set(header):
                continue
            spellings = {line[header.index("name")] for line in csv.reader(text) if line}
        plain = path
        if packed:
            plain = WORK / path.stem
            with gzip.open(path) as source, open(plain, "wb") as target:
                shutil.copyfileobj(source, target)
        with open(plain, encoding="utf-8", newline="") as text:
            rows = sum(1 for _ in csv.reader(text)) - 1
        runs = 1 if rows > 200_000 else 3
        made = Resolved(plain, WORK / "clusters.csv", runs)
        row(path.name.split(".")[0][:21], f"{len(spellings):,}", short(made.fastest),
            short(made.median), short(made.cpu), f"{rows / made.fastest:,.0f}",
            f"{made.peak:,.0f}", *["-"] * 5)


def candidates(sizes):
    """What the search for candidates finds by size: pairs for each name, and of the pairs of rows that
    are one company the share that is a candidate, or joined by a way of candidates inside the company."""
    out, pairs = WORK / "clusters.csv", WORK / "pairs.csv"
    print(f"{'':<22}{'names':>10}{'pairs':>12}{'a name':>8}{'direct':>8}{'reached':>9}", flush=True)
    for size in sizes:
        folder = contacts(size)
        measure(ORGFOLD, "resolve", folder / "contacts.csv", "--out", out, "--pairs", pairs, "--quiet")
        report = evaluate(out, folder / "truth.csv", "--pairs", pairs)
        found = report["candidates"]
        print(f"{f'{size:,} contacts':<22}{report['names']:>10,}{found['pairs']:>12,}"
              f"{found['pairs'] / report['names']:>8.1f}{found['blocking_recall_direct']:>8.4f}"
              f"{found['blocking_recall_reachable']:>9.4f}", flush=True)


def worse(now, then):
    """One line for each figure that is worse than the baseline allows."""
    for size, figures in now["sizes"].items():
        old = then["sizes"].get(size)
        if old is None:
            yield f"{int(size):,}: the baseline has no such size"
            continue
        if old["contacts"] != figures["contacts"]:
            yield f"{int(size):,}: the generated contacts are not those of the baseline"
            continue
        for name, value in figures.items():
            if name == "wall" and now["cores"] != then["cores"]:
                continue
            if name in MAY_GROW and name in old and value > old[name] * (1 + MAY_GROW[name]):
                yield (f"{int(size):,}: {name} is {value}, the baseline {old[name]}: "
                       f"more than {MAY_GROW[name]:.0%} worse")
            if name in MAY_FALL and name in old and value < old[name] - MAY_FALL[name]:
                yield (f"{int(size):,}: {name} is {value}, the baseline {old[name]}: "
                       f"more than {MAY_FALL[name]} worse")


def main():
    sizes = [int(size) for size in os.environ.get("SIZES", "").split()] or list(RUNS)
    plans = [size for size in sizes if size in plan.BOUNDS]
    WORK.mkdir(parents=True, exist_ok=True)
    if os.environ.get("CANDIDATES"):
        candidates(sizes)
        return 0
    row("", "spellings", "s min", "s med", "cpu s", "rows/s", "MB", "P", "R", "F1", "B3F1", "drift")
    now = generated(sizes) | {"plans": plan.measured(plans)}
    if os.environ.get("DATA"):
        print("\nreal names, speed only")
        real(os.environ["DATA"])
    then = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {"sizes": {}}
    if os.environ.get("ACCEPT"):
        for part in ("sizes", "plans"):
            now[part] = then.get(part, {}) | now[part]
        BASELINE.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
        print(f"\nwritten: {BASELINE.relative_to(ROOT)}")
        return 0
    problems = [*worse(now, then), *plan.worse(now["plans"], then.get("plans", {}))]
    for problem in problems:
        print(f"worse: {problem}", file=sys.stderr)
    if problems:
        print("help: mend it, or `make bench ACCEPT=1` and say why in the commit", file=sys.stderr)
        return 1
    print("\nno figure is worse than benches/baseline.json allows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
