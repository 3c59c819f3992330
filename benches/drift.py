"""Drift: how many contacts land elsewhere when 4 % are added before anything is loaded, on generated
contacts and on every NAME.csv of a folder. Fails where it is over the limit.

Run by `make drift [DATA=DIR] [SIZES="10000 100000"]`.
"""

import os
import pathlib
import shutil
import sys
import uuid

from measure import WORK, contacts, known_lists
from months import Source, diff, plan, read, share, write

# Contacts that are added.
ADDED = 0.04
# Most of the others that may land elsewhere.
MOST = 0.003
TENANT = str(uuid.uuid5(uuid.NAMESPACE_DNS, "tenant.example"))
# What of a list is evidence.
BESIDE = ("email", "website", "phone", "address", "city", "country", "tax_id")


def of_list(file):
    """The rows of a list as contacts of one tenant, the later the farther down."""
    folder = WORK / "drift" / pathlib.Path(file).stem / "all"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "organizations.csv", [{"id": TENANT, "name": "Drift", "slug": "drift"}])
    write(folder / "users.csv", [{"id": str(uuid.uuid5(uuid.UUID(TENANT), "user")),
                                  "organization_id": TENANT}])
    write(folder / "projects.csv", [], ["id", "organization_id", "customer_id"])
    rows = [{"id": str(uuid.uuid5(uuid.UUID(TENANT), row["id"])), "organization_id": TENANT,
             "type": "customer", "company_name": row["name"]}
            | {column: row[column] for column in BESIDE if row.get(column)} for row in read(file)]
    write(folder / "contacts.csv", rows)
    return folder


def drift(name, folder):
    """Plans without what is added, and with it; says what became of the rest."""
    work = WORK / "drift" / name
    whole = Source(folder)
    order = sorted(whole["contacts"], key=lambda id: share("added", id))
    added = set(order[:round(ADDED * len(order))])
    # Who is added is younger.
    for id, row in whole["contacts"].items():
        row["created_at"] = f"202{5 if id in added else 4}-01-01 00:00:00+00"
    whole.write(work / "after")
    for id in added:
        del whole["contacts"][id]
    whole.tables["projects"] = {
        id: row for id, row in whole["projects"].items() if row["customer_id"] not in added}
    whole.write(work / "before")
    shutil.rmtree(work / "plans", ignore_errors=True)
    plans = [plan(work / side, work / "plans") for side in ("before", "after")]
    found = diff(plans[0][0], plans[1][0])
    of = found["organizations"]
    merged = sum(part["contacts"] for one in of["merged"] for part in one["from"])
    split = sum(part["contacts"] for one in of["split"] for part in one["into"])
    renamed = [one for one in of["renamed"] if {"id", "slug"} & set(one["changed"])]
    moved = found["counts"]["contacts_moved"]
    old = plans[0][1]["totals"]["contacts"]["mapped"] + plans[0][1]["totals"]["contacts"]["review"]
    part = (merged + split + moved) / old
    is_good = part <= MOST and not renamed
    print(f"{name:<28}{old:>9}{merged:>9}{split:>9}{moved:>9}{100 * part:>10.3f} %"
          f"{len(renamed):>9}{'' if is_good else '   over the limit'}", flush=True)
    return is_good


def main(sizes, data):
    print(f"{'':<28}{'contacts':>9}{'merged':>9}{'split':>9}{'moved':>9}{'elsewhere':>12}"
          f"{'renamed':>9}")
    good = [drift(f"generated-{size}", contacts(size, "--tenants", "1",
                                                "--projects-per-contact", "1") / "source")
            for size in sizes]
    if data:
        core = [name for name, of in known_lists().items() if of["core"]]
        for name in core:
            file = pathlib.Path(data) / f"{name}.csv"
            if file.exists():
                good.append(drift(name, of_list(file)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main([int(size) for size in (os.environ.get("SIZES") or "10000 100000").split()],
                  os.environ.get("DATA")))
