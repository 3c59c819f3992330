"""What a load and its rollback cost, beside the floor and the migration as it is written by hand.

Run by `make bench-load [SIZE=100000] [TENANTS="1 50"]`. Generated contacts, two projects a customer, the
reference schema, a server of its own with `fsync`. The floor is the result of the load, copied into
empty tables as bytes and then given every index and key; whatever does more than that is above it.
Seconds are of the processor, of all processes of the server, and say as much about the machine as about
us: the ratio to the floor of the same run is what counts. A reader looks at a row of each table all the
time, a writer takes the lock of one who writes.
"""

import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from measure import ORGFOLD, ROOT, WORK, contacts, measure, short
from server import Probe, Server

TABLES = ("organizations", "users", "contacts", "projects")
MADE = "project_contact_points"
STRATEGIES = ("update", "rewrite")
# What a way may be at most: processor seconds and log over those of the floor; seconds that a reader
# waits; megabytes of the client.
BOUNDS = {
    "apply, update": {"reader": 1.0, "client": 1000},
    "rollback, update": {"reader": 1.0, "client": 1000},
    "apply, rewrite": {"client": 1000},
    "rollback, rewrite": {"reader": 1.0, "client": 1000},
}


class Figures:
    """What one way cost."""

    def __init__(self, seconds, log, wall, reader=None, writer=None, client=None):
        self.seconds, self.log, self.wall = seconds, log, wall
        self.reader, self.writer, self.client = reader, writer, client


class Bench:
    """One source on a server; each way on a copy of it."""

    def __init__(self, server, size, tenants):
        self.server = server
        options = ("--tenants", str(tenants), "--projects-per-contact", "2")
        self.source = contacts(size, *options) / "source"
        self.ways = {}
        self.config = WORK / "load.toml"
        self.config.write_text('[approval]\nroles = ["bench"]\n', encoding="utf-8")
        server.psql("postgres", "create database source")
        reference = (ROOT / "src/load/sql/reference.sql").read_text(encoding="utf-8")
        server.psql("source", reference.replace(":schema", "public"))
        for table in TABLES:
            file = self.source / f"{table}.csv"
            with open(file, encoding="utf-8") as text:
                columns = text.readline().strip()
            # A source may say what the tables cannot hold yet: who owns an organization.
            extra = "owner_organization_id" in columns
            server.psql("source", "\n".join([
                "set session_replication_role = replica;",
                f"alter table {table} add column owner_organization_id uuid;" if extra else "",
                f"\\copy public.{table} ({columns}) from '{file}' csv header",
                f"alter table {table} drop column owner_organization_id;" if extra else "",
            ]))
        server.psql("source", "vacuum (analyze)")

    def measured(self, database, way, probed=()):
        """Runs a way; `probed` are the tables that are looked at meanwhile."""
        server = self.server
        server.psql("postgres", "checkpoint")
        probes = []
        if probed:
            probes = [
                Probe(server, database, [f"select from {table} limit 1;" for table in probed]),
                Probe(server, database, [f"begin; lock table {table} in row exclusive mode; rollback;"
                                         for table in probed]),
            ]
        without = {probe.pid for probe in probes}
        for probe in probes:
            probe.start()
        before = server.processor_seconds(without), server.log_position()
        run = way()
        # Its session has ended by then, and is counted once.
        time.sleep(0.5)
        after = server.processor_seconds(without), server.log_position()
        for probe in probes:
            probe.end()
        waits = [probe.longest for probe in probes] or [None, None]
        return Figures(after[0] - before[0], after[1] - before[1], run.wall, *waits,
                       run.peak if probed else None)

    def script(self, database, sql):
        """A way that is a script."""
        file = WORK / "way.sql"
        file.write_text(sql, encoding="utf-8")
        command = self.server.psql_command(database, "-f", file)
        return lambda: measure(*command)

    def load(self, strategy):
        """A load by a strategy, and its rollback; leaves the database as it was loaded first."""
        database, server = f"by_{strategy}", self.server
        server.copy(database, "source")
        out = WORK / "load-plans"
        shutil.rmtree(out, ignore_errors=True)
        measure(ORGFOLD, "plan", self.source, "--out", out, "--quiet")
        plan = next(path for path in out.iterdir() if (path / "plan.json").is_file())
        options = ["--config", self.config, "--quiet"]
        there = ["--database", server.url(database), *options]
        measure(ORGFOLD, "approve", plan, "--role", "bench", "--by", "bench", *options)
        how = [] if strategy == STRATEGIES[0] else ["--strategy", strategy]
        apply = lambda: measure(ORGFOLD, "apply", plan, "--yes", *how, *there)
        self.ways[f"apply, {strategy}"] = self.measured(database, apply, TABLES)
        if "floor" not in self.ways:
            self.floor(database)
        undo = ["rollback", plan.name, "--yes", "--out", out, "--drop-schema-changes", *there]
        back = lambda: measure(ORGFOLD, *undo)
        self.ways[f"rollback, {strategy}"] = self.measured(database, back, TABLES)
        server.drop(database)

    def floor(self, loaded):
        """The rows of a load as bytes into empty tables, then every index and key."""
        server = self.server
        bytes_of = {table: WORK / f"{table}.bin" for table in (*TABLES, MADE)}
        for table, file in bytes_of.items():
            server.psql(loaded, f"\\copy public.{table} to '{file}' binary\n")
        copies = "".join(f"\\copy public.{table} from '{file}' binary\n" for table, file in bytes_of.items())
        server.psql("postgres", "create database floor")
        sql = "\n".join([server.dump(loaded, "pre-data"), copies, server.dump(loaded, "post-data"),
                         "vacuum (analyze);"])
        self.ways["floor"] = self.measured("floor", self.script("floor", sql))
        server.drop("floor")
        for file in bytes_of.values():
            file.unlink()

    def document(self):
        """The migration as it is written by hand."""
        self.server.copy("document", "source")
        sql = (pathlib.Path(__file__).parent / "document.sql").read_text(encoding="utf-8")
        self.ways["by hand"] = self.measured("document", self.script("document", sql), TABLES)
        self.server.drop("document")

    def show(self):
        """The table, and what is over its bound."""
        floor = self.ways["floor"]
        row("", "cpu s", "ratio", "log MB", "ratio", "s", "reader s", "writer s", "client MB")
        over = []
        for name, way in self.ways.items():
            ratios = {"cpu": way.seconds / floor.seconds, "log": way.log / floor.log}
            mega = way.log / 1e6
            row(name, short(way.seconds), f"{ratios['cpu']:.2f}", f"{mega:,.0f}", f"{ratios['log']:.2f}",
                short(way.wall), *("-" if wait is None else f"{wait:.2f}" for wait in (way.reader, way.writer)),
                "-" if way.client is None or name == "by hand" else f"{way.client:,.0f}")
            found = ratios | {"reader": way.reader, "client": way.client}
            for what, most in BOUNDS.get(name, {}).items():
                if found[what] > most:
                    over.append(f"{name}: {what} is {found[what]:.2f}, and may be {most}")
        return over


def row(*cells):
    widths = (20, 9, 7, 9, 7, 8, 9, 9, 10)
    print("".join(f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
                  for at, (cell, width) in enumerate(zip(cells, widths))), flush=True)


def main():
    size = int(os.environ.get("SIZE") or 100_000)
    over = []
    # Ended by a supervisor, it takes its server along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for tenants in map(int, (os.environ.get("TENANTS") or "1 50").split()):
        with Server() as server:
            bench = Bench(server, size, tenants)
            for strategy in STRATEGIES:
                bench.load(strategy)
            bench.document()
        print(f"\n{size:,} contacts of {tenants} tenants")
        over += bench.show()
    if over:
        sys.exit("\n".join(over))


if __name__ == "__main__":
    main()
