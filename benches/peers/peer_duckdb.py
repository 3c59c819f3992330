"""duckdb: Jaro-Winkler between names that begin with the same four letters; connected components.

usage: peer_duckdb.py NAMES.csv CLUSTERS.csv THRESHOLD
"""

import sys

import duckdb
import pandas

from common import components, read, write

NAMES = """
create table names as select k, lower(raw) as name, left(lower(raw), 4) as block from given
"""
PAIRS = """
select a.k as first, b.k as second
from names a join names b on a.block = b.block and a.k < b.k
where jaro_winkler_similarity(a.name, b.name) >= ?
"""


def main(names, clusters, threshold):
    ids = read(names)
    table = pandas.DataFrame({"k": range(len(ids)), "raw": list(ids)})
    base = duckdb.connect()
    base.register("given", table)
    base.execute(NAMES)
    pairs = base.execute(PAIRS, [float(threshold)]).fetchnumpy()
    first, second = (column.tolist() for column in pairs.values())
    write(clusters, ids, components(len(ids), zip(first, second)))


if __name__ == "__main__":
    main(*sys.argv[1:])
