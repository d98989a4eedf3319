"""CausalImpact's model by bsts-causalimpact (Rust) on series of files, for bench/cases/impact.c.

usage: bsts_peer.py ANSWERS ITERATIONS FILE...
For each FILE (a heading, then y and its columns) a line `effect lo hi seconds` goes to ANSWERS:
the effect a period of the last three tenths with its interval, seconds of CPU, the best of three. A
tenth is warm-up.
"""
import sys
import time

import pandas as pd
from causal_impact import CausalImpact

iterations = int(sys.argv[2])
with open(sys.argv[1], "w") as out:
    for path in sys.argv[3:]:
        data = pd.read_csv(path)
        first = len(data) * 7 // 10
        best = None
        for _ in range(3):
            began = time.process_time()
            impact = CausalImpact(data, [0, first - 1], [first, len(data) - 1],
                                  model_args={"niter": iterations, "prior_level_sd": 0.01})
            seconds = time.process_time() - began
            best = seconds if best is None else min(best, seconds)
        found = impact.summary_stats
        print(found["point_effect_mean"], found["ci_lower"], found["ci_upper"], round(best, 4),
              file=out)
