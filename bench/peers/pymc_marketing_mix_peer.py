"""PyMC-Marketing's posterior of the media-mix model of bench/cases/mix.c, sampled with nutpie.

usage: pymc_marketing_mix_peer.py mmm_example.csv ANSWERS
The model of PyMC-Marketing's own example: geometric adstock, logistic saturation, two yearly
Fourier pairs, a trend and two events as controls, its default priors. Writes lines
`name mean sd bulk_ess` and a line `seconds wall cpu 0` of sampling, compiling included as it comes
with every model.
"""
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import arviz
import numpy
import pandas
from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
from pymc_marketing.mmm.multidimensional import MMM

CHAINS, TUNE, DRAWS = 4, 1000, 1000

rows = pandas.read_csv(sys.argv[1], parse_dates=["date_week"])
mmm = MMM(date_column="date_week", target_column="y", channel_columns=["x1", "x2"],
          control_columns=["event_1", "event_2", "t"], yearly_seasonality=2,
          adstock=GeometricAdstock(l_max=8), saturation=LogisticSaturation())
x, y = rows.drop(columns=["y"]), rows["y"]
mmm.build_model(x, y)
began, used = time.monotonic(), time.process_time()
mmm.fit(x, y, chains=CHAINS, tune=TUNE, draws=DRAWS, nuts_sampler="nutpie", random_seed=1,
        progressbar=False)
seconds, used = time.monotonic() - began, time.process_time() - used

posterior = mmm.idata.posterior
with open(sys.argv[2], "w") as out:
    print("seconds", seconds, used, 0, file=out)
    for name in ("adstock_alpha", "saturation_lam", "saturation_beta"):
        draws = posterior[name].values
        for c, channel in enumerate(("x1", "x2")):
            x = numpy.ascontiguousarray(draws[:, :, c])
            print(f"{name}.{channel}", x.mean(), x.std(), arviz.ess(x, method="bulk"),
                  file=out)
