"""PyMC-Marketing's maximum a posteriori fits of customers, for bench/cases/customers.c.

usage: pymc_marketing_peer.py ROWS.csv ANSWERS
Lines `model all seconds parameters`: CPU seconds of three fits on a model that is built already.
"""
import sys
import time
import warnings

import pandas
from pymc_marketing import clv

warnings.filterwarnings("ignore")
rows = pandas.read_csv(sys.argv[1]).rename(columns={"x": "frequency", "t_x": "recency"})
rows["customer_id"] = range(len(rows))
MODELS = {"bgnbd": (clv.BetaGeoModel, ("r", "alpha", "a", "b")),
          "pareto": (clv.ParetoNBDModel, ("r", "alpha", "s", "beta"))}

with open(sys.argv[2], "w") as out:
    for name, (make, parameters) in MODELS.items():
        model = make(data=rows)
        model.build_model()
        for _ in range(3):
            began = time.process_time()
            model.fit(method="map", progressbar=False)
            seconds = time.process_time() - began
            found = model.idata.posterior
            print(name, "all", seconds, *(float(found[p].values.ravel()[0]) for p in parameters),
                  file=out)
