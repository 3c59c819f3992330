"""What the measures over several months share: sources as CSV, plans read back, a source as a load
would leave it."""

import csv
import hashlib
import json
import pathlib
import subprocess

from measure import ORGFOLD

csv.field_size_limit(1 << 30)


def share(*of):
    """A number from 0 to 1 that follows from some texts: chance without chance."""
    digest = hashlib.sha256("\0".join(map(str, of)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def read(path):
    """Rows of a CSV file that another tool wrote."""
    with open(path, encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def write(path, rows, columns=None):
    """Rows as a foreign CSV file: what is missing is NULL."""
    columns = columns or list(dict.fromkeys(column for row in rows for column in row))
    with open(path, "w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def sheet(plan, name):
    """Rows of a file of a plan, in the values that it stands for."""
    def value(cell):
        if cell == r"\N":
            return ""
        return cell[1:] if cell.startswith("'") else cell

    return [{key: value(cell) for key, cell in row.items()} for row in read(plan / name)]


class Source:
    """A source by table, each row by its key."""

    COLUMNS = {"projects": ["id", "organization_id", "customer_id", "customer_organization_id"]}
    TABLES = ("organizations", "contacts", "projects", "users", "project_contact_points")

    def __init__(self, folder):
        self.tables = {}
        for table in self.TABLES:
            path = pathlib.Path(folder) / f"{table}.csv"
            rows = read(path) if path.exists() else []
            self.tables[table] = {row["id"]: row for row in rows}

    def __getitem__(self, table):
        return self.tables[table]

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for table, rows in self.tables.items():
            # A table without rows still has its columns.
            columns = None if rows else self.COLUMNS.get(table)
            if rows or columns:
                write(folder / f"{table}.csv", list(rows.values()), columns)

    def load(self, plan):
        """The rows as a load of the plan (mode rehome) leaves them."""
        for row in sheet(plan, "organizations.csv"):
            if row["action"] == "insert":
                own = {key: row[key] for key in ("id", "slug", "name", "owner_organization_id",
                                                 "website", "tax_id", "domain")}
                self["organizations"][row["id"]] = own
            else:
                self["organizations"][row["id"]]["owner_organization_id"] = \
                    row["owner_organization_id"]
        for table in ("contacts", "projects"):
            for row in sheet(plan, f"{table}.csv"):
                after = {key.removesuffix("_after"): value for key, value in row.items()
                         if key.endswith("_after")}
                self[table][row["id"]].update(after)
        for row in sheet(plan, "contact_points.csv"):
            self["project_contact_points"][row["id"]] = row


def plan(source, out, *options):
    """Plans a folder; gives back the plan's directory and what `--format json` says."""
    command = [ORGFOLD, "plan", source, "--out", out, "--format", "json", "--quiet", *options]
    ran = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    said = json.loads(ran.stdout)
    return pathlib.Path(said["dir"]), said


def diff(before, after):
    """What `orgfold diff` says of two plans."""
    command = [ORGFOLD, "diff", before, after, "--format", "json"]
    ran = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return json.loads(ran.stdout)
