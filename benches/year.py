"""A simulated year: twelve dumps of one database, each with new contacts, people who change their
employer, companies that are renamed or taken over, a reviewer who knows the truth and answers 60
questions for 1,000 new names, and each plan loaded before the next dump: the rows that the plan says are
put into the source, without a server.

Says for each month what went wrong and what was asked. Fails where a name that is loaded gets a second
organization.

Run by `make year [SIZE=10000] [MONTHS=12]`.
"""

import collections
import os
import re
import shutil
import sys
import unicodedata

from measure import WORK, contacts
from months import Source, plan, read, share, sheet, write

# Of the contacts that are there at the beginning, so many come each month.
NEW = 0.03
# Of the contacts that are there, so many change their employer each month ...
LEAVE = 0.004
# ... of whom so many keep the mailbox that stands in their row.
KEEP_MAILBOX = 0.3
# Of the companies, so many are renamed, and so many taken over by another, each month.
RENAMED, TAKEN_OVER = 0.002, 0.001
# Answers for 1,000 names that are new.
ANSWERS = 60
BESIDE = ("email", "phone", "website", "address", "city", "country", "tax_id")


def folded(name):
    """A name as decisions speak of it."""
    return " ".join(unicodedata.normalize("NFC", name).lower().split())


def bare(name):
    """A name without case, marks and punctuation."""
    plain = unicodedata.normalize("NFKD", name).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", plain).strip()


class World:
    """What is true: whose each contact is."""

    def __init__(self, folder):
        self.source = Source(folder / "source")
        truth = read(folder / "truth.csv")
        # The generator writes both in one order.
        rows = list(self.source["contacts"].values())
        self.company = {row["id"]: true["cluster_id"] for row, true in zip(rows, truth)}
        self.waiting = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
        self.projects = collections.defaultdict(list)
        for row in self.source["projects"].values():
            self.projects[row["customer_id"]].append(row)
        for table in ("contacts", "projects"):
            self.source.tables[table] = {}
        # The name under which each contact came to its organization.
        self.came_as = {}

    def admit(self, count):
        """The next contacts come, with their projects."""
        come, self.waiting = self.waiting[:count], self.waiting[count:]
        for row in come:
            self.source["contacts"][row["id"]] = row
            for project in self.projects[row["id"]]:
                self.source["projects"][project["id"]] = project

    def members(self):
        found = collections.defaultdict(list)
        for id in self.source["contacts"]:
            found[self.company[id]].append(id)
        return found

    def change(self, month):
        """People leave for other companies, companies change their names or are taken over."""
        there, members = self.source["contacts"], self.members()
        ids, companies = sorted(there), sorted(members)
        for id in ids:
            if share("leaves", month, id) < LEAVE:
                other = ids[int(share("goes to", month, id) * len(ids))]
                keeps = share("keeps", month, id) < KEEP_MAILBOX
                taken = ("company_name", *BESIDE[1 if keeps else 0:])
                there[id] |= {column: there[other][column] for column in taken}
                self.company[id] = self.company[other]
        members = self.members()
        for company in companies:
            if not members[company]:
                continue
            luck = share("fate", month, company)
            if luck < RENAMED and self.waiting:
                # Nobody bears the name of a company that has not come yet.
                name = f"{self.waiting[-1]['company_name']} {company}"
                for id in members[company]:
                    there[id]["company_name"] = name
            elif luck < RENAMED + TAKEN_OVER:
                other = companies[int(share("buyer", month, company) * len(companies))]
                if members[other]:
                    # Those too who have yet to come.
                    self.company = {id: other if of == company else of
                                    for id, of in self.company.items()}


def true_company(world, ids):
    """Whose most of some contacts are."""
    counts = collections.Counter(world.company[id] for id in ids)
    return min(counts, key=lambda company: (-counts[company], company)) if counts else None


class Reviewer:
    """Answers by what is true."""

    def __init__(self, path):
        self.path, self.answers = path, []

    def answer(self, world, directory, most):
        """Answers the first questions of a plan; gives back how many."""
        homes, by_name = collections.defaultdict(list), collections.defaultdict(list)
        changed = {row["id"]: row["organization_id_after"]
                   for row in sheet(directory, "contacts.csv")}
        for id, row in world.source["contacts"].items():
            homes[changed.get(id, row["organization_id"])].append(id)
            by_name[folded(row["company_name"])].append(id)

        def meant(text, organization):
            spelling, at, value = text.rpartition(" @ ")
            if at and value in world.source["contacts"]:
                return [value]
            if organization:
                return homes[organization]
            return by_name[folded(spelling or text)]

        given = 0
        for row in sheet(directory, "review.csv")[:most]:
            one = true_company(world, meant(row["a"], row["organization_a"]))
            two = true_company(world, meant(row["b"], row["organization_b"]))
            if one is None or two is None:
                continue
            said = "same" if one == two else "different"
            self.answers.append({"decision": said, "tenant": row["tenant"], "a": row["a"],
                                 "b": row["b"]})
            given += 1
        write(self.path, self.answers, ["decision", "tenant", "a", "b"])
        return given


def placed(world):
    """Contacts by their loaded organization."""
    homes = collections.defaultdict(list)
    for id, row in world.source["contacts"].items():
        if row.get("owner_organization_id"):
            homes[row["organization_id"]].append(id)
    return homes


def wrong(world):
    """Contacts in an organization most of whose contacts are another company's."""
    counts = (collections.Counter(world.company[id] for id in ids)
              for ids in placed(world).values())
    return sum(of.total() - max(of.values()) for of in counts)


def told(world, directory):
    """Of those, so many are findings."""
    asked = {row["id"] for row in sheet(directory, "findings.csv")
             if row["code"] == "no_longer_fits"}
    homes = placed(world).values()
    company = {id: true_company(world, ids) for ids in homes for id in ids}
    return sum(id in company and world.company[id] != company[id] for id in asked)


def names_loaded(world):
    """Companies with the names under which they are loaded: of contacts that are where they belong, and
    have not changed their name since."""
    found = set()
    for ids in placed(world).values():
        company = true_company(world, ids)
        names = ((id, world.source["contacts"][id]["company_name"]) for id in ids)
        found |= {(company, bare(name)) for id, name in names
                  if world.company[id] == company and world.came_as[id] == name}
    return found


def seconds(world, directory, loaded):
    """Organizations that a plan mints although one of their names is loaded for the same company, and
    those that it mints for a company that has a loaded one under another name."""
    minted = {row["id"] for row in sheet(directory, "organizations.csv")
              if row["action"] == "insert"}
    of = collections.defaultdict(set)
    for row in sheet(directory, "contacts.csv"):
        if row["organization_id_after"] in minted:
            of[row["organization_id_after"]].add((world.company[row["id"]],
                                                  bare(row["company_name"])))
    companies = {company for company, _ in loaded}
    doubles = sum(bool(keys & loaded) for keys in of.values())
    beside = sum(any(company in companies for company, _ in keys) for keys in of.values())
    return doubles, beside - doubles


def month(world, reviewer, number, work, names):
    """One dump: planned, reviewed, planned again and loaded."""
    source, out = work / "source", work / "plans"
    loaded = names_loaded(world)
    shutil.rmtree(source, ignore_errors=True)
    world.source.write(source)
    now = {row["company_name"] for row in world.source["contacts"].values()}
    most = ANSWERS * len(now - names) // 1000
    names |= now
    known = ["--decisions", reviewer.path] if reviewer.answers else []
    first, said = plan(source, out, *known)
    questions = said["totals"]["questions"]
    given = reviewer.answer(world, first, most)
    directory, said = plan(source, out, "--decisions", reviewer.path)
    doubles, beside = seconds(world, directory, loaded)
    world.source.load(directory)
    for row in sheet(directory, "contacts.csv"):
        world.came_as[row["id"]] = row["company_name"]
    totals = said["totals"]
    fits = sum(row["code"] == "fits_several" for row in sheet(directory, "findings.csv"))
    decided = totals["decisions"]
    print(f"{number:>5}{len(world.source['contacts']):>9}{len(now):>8}"
          f"{totals['organizations']['insert']:>7}{doubles:>7}{beside:>8}{wrong(world):>7}"
          f"{told(world, directory):>6}{fits:>6}"
          f"{questions['open']:>8}{questions['shown']:>7}{given:>7}"
          f"{decided['used']:>7}{decided['settled']:>8}", flush=True)
    return doubles


def main(size, months):
    rows = round(size * (1 + NEW * (months - 1)))
    folder = contacts(rows, "--tenants", "1", "--projects-per-contact", "1")
    work = WORK / "year"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    world, reviewer = World(folder), Reviewer(work / "decisions.csv")
    print(f"{'month':>5}{'contacts':>9}{'names':>8}{'minted':>7}{'double':>7}{'beside':>8}"
          f"{'wrong':>7}{'told':>6}{'fits':>6}{'open':>8}{'asked':>7}{'given':>7}{'used':>7}{'settled':>8}")
    names, doubles = set(), 0
    world.admit(size)
    for number in range(1, months + 1):
        if number > 1:
            world.admit(round(NEW * size))
            world.change(number)
        doubles += month(world, reviewer, number, work, names)
    return 0 if doubles == 0 else 1


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("SIZE") or 10_000), int(os.environ.get("MONTHS") or 12)))
