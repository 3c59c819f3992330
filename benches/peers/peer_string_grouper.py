"""string_grouper as its README recommends to find duplicates: `group_similar_strings`.

usage: peer_string_grouper.py NAMES.csv CLUSTERS.csv THRESHOLD
"""

import sys

import pandas
from string_grouper import group_similar_strings

from common import read, write


def main(names, clusters, threshold):
    ids = read(names)
    found = group_similar_strings(pandas.Series(list(ids)), min_similarity=float(threshold))
    write(clusters, ids, found["group_rep_index"])


if __name__ == "__main__":
    main(*sys.argv[1:])
