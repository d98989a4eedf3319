"""Borgelt's frequent item set miners on baskets of a file, for bench/cases/baskets.c.

usage: pyfim_peer.py LINES ANSWERS LEAST...
LINES holds pairs of int32, basket and product. For each LEAST and each algorithm a line
`least algorithm sets seconds` goes to ANSWERS, seconds of CPU, the best of three. The baskets
are Python tuples of different products when the clock starts.
"""
import array
import sys
import time

import fim

pairs = array.array("i")
with open(sys.argv[1], "rb") as f:
    pairs.frombytes(f.read())
baskets = [set() for _ in range(max(pairs[0::2]) + 1)]
for basket, product in zip(pairs[0::2], pairs[1::2]):
    baskets[basket].add(product)
baskets = [tuple(b) for b in baskets]

MINERS = {"fpgrowth": lambda least: fim.fpgrowth(baskets, supp=-least, target="s"),
          "eclat": lambda least: fim.eclat(baskets, supp=-least, target="s"),
          "lcm": lambda least: fim.eclat(baskets, supp=-least, target="s", algo="o"),
          "apriori": lambda least: fim.apriori(baskets, supp=-least, target="s")}
with open(sys.argv[2], "w") as out:
    for least in map(int, sys.argv[3:]):
        for name, mine in MINERS.items():
            best = None
            for _ in range(3):
                began = time.process_time()
                found = len(mine(least))
                seconds = time.process_time() - began
                best = seconds if best is None else min(best, seconds)
            print(least, name, found, round(best, 3), file=out)
