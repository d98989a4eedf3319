"""Meridian's posterior of the media-mix model of bench/cases/mix.c.

usage: meridian_peer.py ROWS.csv ANSWERS
ROWS is Meridian's own simulated table (geo or national). Writes lines `name mean sd bulk_ess` of
channel returns, carry-overs and half-saturations, and a line `seconds wall cpu 0` of sampling,
compiling included as it comes with every model.
"""
import os
import sys
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import arviz
import numpy
import pandas
from meridian.data import data_frame_input_data_builder
from meridian.model import model, spec

CHAINS, ADAPT, BURN, KEEP = (int(v) for v in os.environ.get("SETTINGS", "4 500 500 1000").split())

rows = pandas.read_csv(sys.argv[1])
rows = rows.drop(columns=[c for c in rows if c.startswith("Unnamed")])
if "geo" not in rows:
    rows["geo"] = "national_geo"
channels = [c[: -len("_spend")] for c in rows if c.endswith("_spend")]
controls = [c for c in rows if c.endswith("_control")]
builder = data_frame_input_data_builder.DataFrameInputDataBuilder(kpi_type="non_revenue")
national = "population" not in rows
builder = builder.with_kpi(rows, kpi_col="conversions")
builder = builder.with_revenue_per_kpi(rows, revenue_per_kpi_col="revenue_per_conversion")
if not national:
    builder = builder.with_population(rows)
builder = builder.with_controls(rows, control_cols=controls)
builder = builder.with_media(rows, media_cols=[c + "_impression" for c in channels],
                             media_spend_cols=[c + "_spend" for c in channels],
                             media_channels=channels)
mmm = model.Meridian(input_data=builder.build(), model_spec=spec.ModelSpec())
began, used = time.monotonic(), time.process_time()
mmm.sample_posterior(n_chains=CHAINS, n_adapt=ADAPT, n_burnin=BURN, n_keep=KEEP, seed=1)
seconds, used = time.monotonic() - began, time.process_time() - used

posterior = mmm.inference_data.posterior
with open(sys.argv[2], "w") as out:
    print("seconds", seconds, used, 0, file=out)
    for name in ("roi_m", "alpha_m", "ec_m"):
        draws = posterior[name].values
        for c, channel in enumerate(channels):
            x = numpy.ascontiguousarray(draws[:, :, c])
            print(f"{name}.{channel}", x.mean(), x.std(), arviz.ess(x, method="bulk"),
                  file=out)
