"""What the benchmarks share: generated contacts, measured processes, quality of a grouping."""

import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
ORGFOLD = TARGET / "release/orgfold"
GENERATE = TARGET / "release/examples/generate"
WORK = TARGET / "bench"
SEED = 1


class Run:
    """One process: seconds of the wall, seconds of all cores, peak memory in MB."""

    def __init__(self, wall, cpu, peak):
        self.wall, self.cpu, self.peak = wall, cpu, peak


def measure(*command):
    """Runs a command alone; its failure is ours."""
    # An options file or a variable of the developer must not change what is measured.
    env = {key: value for key, value in os.environ.items() if not key.startswith("ORGFOLD_")}
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"error: {command[0]} {command[1]} ended with {code}")
    # Linux counts kilobytes, macOS bytes.
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def contacts(count, *options):
    """The folder with `contacts.csv` and `truth.csv` of this many contacts, and `source/` where the
    options of the generator ask for it; made once."""
    digest = hashlib.sha256()
    sources = [ROOT / "examples/generate.rs", *sorted((ROOT / "examples/generate").glob("*.rs"))]
    for name in ("legal_forms", "places", "token_frequencies", "trade_words"):
        sources.append(ROOT / f"config/{name}.csv")
    for source in sources:
        digest.update(source.read_bytes())
    digest.update(" ".join(options).encode())
    folder = WORK / f"{count}-{SEED}-{digest.hexdigest()[:12]}"
    if not (folder / "done").exists():
        print(f"generating {count:,} contacts", file=sys.stderr)
        measure(GENERATE, "--contacts", count, "--seed", SEED, "--out", folder, *options)
        (folder / "done").touch()
    return folder


def evaluate(clusters, truth, *options):
    """What `orgfold evaluate` says of a grouping."""
    command = [ORGFOLD, "evaluate", clusters, truth, *options, "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def known_lists():
    """What `lists.csv` says of each list; figures as numbers, None where there are none."""
    with open(ROOT / "benches/lists.csv", encoding="utf-8", newline="") as text:
        rows = {row["list"]: row for row in csv.DictReader(text)}
    for row in rows.values():
        for key in ("peer_f1", "peer_b3", "key_precision", "key_recall"):
            row[key] = float(row[key]) if row[key] else None
    return rows


def core_lists(folder, level):
    """The files of a folder that are core lists of a level."""
    names = [name for name, of in known_lists().items() if of["core"] and of["level"] == level]
    files = [pathlib.Path(folder) / f"{name}.csv" for name in names]
    return [file for file in files if file.exists()]


def short(seconds):
    """Seconds as people read them."""
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"
