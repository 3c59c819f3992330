"""orgfold beside its peers on one generated file: same rows, same measure, one table.

usage: compare.py CONTACTS...

Every tool is a process of its own, and its seconds and memory are those of the whole process. The
peers see the distinct names, as they are meant to; orgfold sees the rows with what stands beside
the names, and once the names alone. A peer is shown at its default and at the best threshold of a
grid, found by looking at the answers, which nobody has beforehand: it flatters the peer.
"""

import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measure import ORGFOLD, WORK, contacts, evaluate, measure, short  # noqa: E402

# Peer, its default threshold, the grid.
PEERS = [
    ("string_grouper", "0.8", ["0.7", "0.75", "0.8", "0.85", "0.9", "0.95"]),
    ("duckdb", "0.9", ["0.88", "0.9", "0.92", "0.94", "0.95", "0.96", "0.97", "0.98"]),
]
WIDTHS = (16, 26, 10, 9, 8, 7, 7, 7, 7)


def line(*cells):
    cells = [f"{cell:<{width}}" if at < 2 else f"{cell:>{width}}"
             for at, (cell, width) in enumerate(zip(cells, WIDTHS))]
    print("".join(cells).rstrip(), flush=True)


def show(tool, setting, rows, run, report):
    pair, b3 = report["pairwise"], report["bcubed"]
    scores = (pair["precision"], pair["recall"], pair["f1"], b3["f1"])
    line(tool, setting, f"{rows:,}", short(run.wall), f"{run.peak:,.0f}",
         *("-" if score is None else f"{score:.3f}" for score in scores))


def names_only(folder):
    path = folder / "names.csv"
    with open(folder / "contacts.csv", encoding="utf-8", newline="") as source, \
            open(path, "w", encoding="utf-8", newline="") as target:
        out = csv.writer(target, lineterminator="\n")
        out.writerow(["id", "name"])
        out.writerows((row["id"], row["name"]) for row in csv.DictReader(source))
    return path


def peer(name, folder, threshold):
    out = WORK / "peer.csv"
    run = measure(sys.executable, HERE / f"peer_{name}.py", folder / "contacts.csv", out, threshold)
    return run, evaluate(out, folder / "truth.csv")


def compare(size):
    folder = contacts(size)
    truth, out = folder / "truth.csv", WORK / "clusters.csv"
    for setting, names in (("all columns", folder / "contacts.csv"), ("names only", None)):
        names = names or names_only(folder)
        run = measure(ORGFOLD, "resolve", names, "--out", out, "--quiet")
        show("orgfold", setting, size, run, evaluate(out, truth))
    for name, default, grid in PEERS:
        tried = {threshold: peer(name, folder, threshold) for threshold in grid}
        show(name, f"default ({default})", size, *tried[default])
        best = max(grid, key=lambda threshold: tried[threshold][1]["pairwise"]["f1"] or 0)
        show(name, f"best on the answers ({best})", size, *tried[best])


def main(sizes):
    WORK.mkdir(parents=True, exist_ok=True)
    line("tool", "setting", "rows", "seconds", "MB", "P", "R", "F1", "B3 F1")
    for size in sizes:
        compare(size)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
