"""mlsynth's port of GeoLift, for bench/cases/geolift.c.

usage: mlsynth_peer.py PRE.csv TEST.csv ANSWERS
Two lines, `what seconds value`: the processor time of the campaign's estimate and its average
effect; the same of a search among all pairs of cities for 15 days and three effects (one
process), and the number of designs it tried.
"""
import sys
import time
import warnings

import pandas

warnings.filterwarnings("ignore")
from mlsynth import GEOLIFT  # noqa: E402

USUAL = {"outcome": "Y", "unitid": "location", "time": "date", "treatment_size": 2,
         "durations": [15], "how": "mean", "fixed_effects": True, "display_graphs": False,
         "augment": None, "n_jobs": 1}
before, during = pandas.read_csv(sys.argv[1]), pandas.read_csv(sys.argv[2])
dates = sorted(during["date"].unique())
during["post"] = during["date"].isin(set(dates[90:])).astype(int)



def timed(settings):
    began = time.process_time()
    result = GEOLIFT({**USUAL, **settings}).fit()
    return time.process_time() - began, result


CAMPAIGN = {"df": during, "effect_sizes": [0.0, 0.1], "post_col": "post",
            "to_be_treated": ["chicago", "portland"]}
with open(sys.argv[3], "w") as out:
    timed(CAMPAIGN)  # what is compiled on first use is not counted
    seconds, result = timed(CAMPAIGN)
    print("effect", seconds, float(result.report.effects.att), file=out)
    seconds, result = timed({"df": before, "effect_sizes": [0.0, 0.05, 0.1]})
    print("search", seconds, len(result.selected_units), file=out)
