"""What the peers share: the distinct names of a file, connected components, clusters as a file."""

import csv


def read(path):
    """Ids by distinct name, in the order of the file."""
    ids = {}
    with open(path, encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            ids.setdefault(row["name"], []).append(row["id"])
    return ids


def components(count, pairs):
    """For each of `count` members the first one it is connected with."""
    root = list(range(count))

    def find(member):
        while root[member] != member:
            root[member] = root[root[member]]
            member = root[member]
        return member

    for a, b in pairs:
        a, b = find(a), find(b)
        if a != b:
            root[max(a, b)] = min(a, b)
    return [find(member) for member in range(count)]


def write(path, ids, groups):
    """`id,cluster` for every row."""
    with open(path, "w", encoding="utf-8", newline="") as text:
        out = csv.writer(text, lineterminator="\n")
        out.writerow(["id", "cluster"])
        for rows, group in zip(ids.values(), groups):
            out.writerows((row, f"g{group}") for row in rows)
