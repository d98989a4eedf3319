"""lifetimes' fits of customers, for bench/cases/customers.c.

usage: lifetimes_peer.py ROWS.csv ANSWERS
Lines `model rows seconds parameters`: CPU seconds of fits to all rows, as in the package's
manual, and to those with equal rows joined and weighted, three of each; joining is not timed. Whether the parameters are the right ones the bench looks at.
"""
import sys
import time
import warnings

import pandas
from lifetimes import BetaGeoFitter, ParetoNBDFitter

warnings.filterwarnings("ignore")
rows = pandas.read_csv(sys.argv[1])
joined = rows.groupby(["x", "t_x", "T"]).size().reset_index(name="weight")
MODELS = {"bgnbd": (BetaGeoFitter, ("r", "alpha", "a", "b")),
          "pareto": (ParetoNBDFitter, ("r", "alpha", "s", "beta"))}

with open(sys.argv[2], "w") as out:
    for name, (make, parameters) in MODELS.items():
        for _ in range(3):
            for kind, data, weights in (("all", rows, {}),
                                        ("joined", joined, {"weights": joined["weight"]})):
                fitter = make(penalizer_coef=0.0)
                began = time.process_time()
                try:
                    fitter.fit(data["x"], data["t_x"], data["T"], **weights)
                except Exception:  # one that does not converge is no answer
                    continue
                seconds = time.process_time() - began
                print(name, kind, seconds, *(fitter.params_[p] for p in parameters), file=out)
