"""Speed and memory of `orgfold plan` beside `orgfold resolve` on the same contacts, and of what is done
with a plan; each figure within its bound and what `benches/baseline.json` allows.

Run by `make bench`, after the matcher. A ratio is of processor seconds of the same session, so it
does not depend on the machine; peak memory hardly does.
"""

import os
import shutil
import statistics
import subprocess
import sys

from measure import GENERATE, ORGFOLD, WORK, contacts, measure, short

WITH_SOURCE = GENERATE.parent / "with_source"
# Contacts, and how often they are planned. Each customer has two projects: 1.76 for each contact.
RUNS = {100_000: 3, 1_000_000: 1}
# Contacts of which a private server is filled, so that the plan can be applied.
APPLIED = {100_000, 1_000_000}
# Contacts that are planned for many tenants as well.
TENANTS, MANY = 50, {100_000}
# What each figure may be at most, whatever the baseline says. `ratio`: of plan to resolve; `tenants`:
# of many tenants to one; the others are peaks in MB.
BOUNDS = {
    100_000: {"ratio": 2.0, "tenants": 1.1, "apply": 1000, "approve": 100, "status": 100},
    1_000_000: {"ratio": 2.0, "plan": 3000, "apply": 1000, "approve": 100, "status": 100},
    3_000_000: {"ratio": 2.0, "plan": 9000},
}
# How much more than in the baseline a figure may be, as a share.
MAY_GROW = 0.25


def row(*cells):
    widths = (28, 9, 9, 9, 10, 10)
    print("".join(f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
                  for at, (cell, width) in enumerate(zip(cells, widths))), flush=True)


def show(what, run, reference=None):
    ratio = "-" if reference is None else f"{run.cpu / reference:.2f}"
    row(what, short(run.wall), short(run.cpu), ratio, f"{run.peak:,.0f}")


def source(count, tenants):
    return contacts(count, "--tenants", str(tenants), "--projects-per-contact", "2")


def plan(folder):
    """One plan of a source, from nothing; the run, and the directory of the plan."""
    out = WORK / "plans"
    shutil.rmtree(out, ignore_errors=True)
    run = measure(ORGFOLD, "plan", folder / "source", "--out", out, "--quiet")
    return run, next(path for path in out.iterdir() if (path / "plan.json").is_file())


def planned(count):
    """What planning of a size costs; the figures that are guarded."""
    folder, runs = source(count, 1), []
    for _ in range(RUNS.get(count, 1)):
        # One after the other, so that both have the same neighbours.
        resolved = measure(ORGFOLD, "resolve", folder / "contacts.csv", "--out",
                           WORK / "clusters.csv", "--quiet")
        runs.append((resolved, plan(folder)[0]))
    resolved, made = (min((run[at] for run in runs), key=lambda run: run.cpu) for at in (0, 1))
    figures = {
        "ratio": round(statistics.median(made.cpu / base.cpu for base, made in runs), 3),
        "plan": round(max(run.peak for _, run in runs)),
    }
    show(f"resolve {count:,}", resolved)
    show(f"plan {count:,}", made, resolved.cpu)
    if count in MANY:
        many, _ = plan(source(count, TENANTS))
        figures["tenants"] = round(many.cpu / made.cpu, 3)
        show(f"  of {TENANTS} tenants", many, made.cpu)
    if count in APPLIED:
        figures |= applied(folder)
    return figures


def applied(folder):
    """What is done with a plan, on a private server that holds its source."""
    _, directory = plan(folder)
    here = [sys.executable, __file__, str(directory)]
    command = [str(WITH_SOURCE), str(folder / "source"), *here]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures = {}
    for line in ended.stdout.splitlines():
        name, wall, cpu, peak = line.split()
        row(f"  {name}", short(float(wall)), short(float(cpu)), "-", f"{float(peak):,.0f}")
        figures[name] = round(float(peak))
    return figures


def beside(directory):
    """Runs beside the server: approves and applies a plan, one line for each step."""
    config = WORK / "approval.toml"
    config.write_text('[approval]\nroles = ["bench"]\n', encoding="utf-8")
    database = ["--database", os.environ["ORGFOLD_DATABASE"], "--config", config, "--quiet"]
    steps = {
        "approve": [directory, "--role", "bench", "--by", "bench", "--config", config, "--quiet"],
        "status": ["--out", directory.parent, *database],
        "apply": [directory, "--yes", *database],
    }
    for name, options in steps.items():
        run = measure(ORGFOLD, name, *options)
        print(name, run.wall, run.cpu, run.peak, flush=True)


def worse(now, then):
    """One line for each figure that is over its bound, or worse than the baseline allows."""
    for size, figures in now.items():
        bounds, old = BOUNDS.get(int(size), {}), then.get(size, {})
        for name, value in figures.items():
            if value > bounds.get(name, value):
                yield f"plan of {int(size):,}: {name} is {value}, and may be {bounds[name]}"
            if name in old and value > old[name] * (1 + MAY_GROW):
                yield (f"plan of {int(size):,}: {name} is {value}, the baseline {old[name]}: "
                       f"more than {MAY_GROW:.0%} worse")


def measured(sizes):
    """The guarded figures of all sizes that are planned."""
    print("\nplans")
    row("", "s", "cpu s", "ratio", "peak MB")
    return {str(size): planned(size) for size in sizes}


if __name__ == "__main__":
    import pathlib
    beside(pathlib.Path(sys.argv[1]))
