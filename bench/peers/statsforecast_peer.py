"""statsforecast's automatic methods on series from a file, timed: the peer of bench/cases/theta.c.

usage: python statsforecast_peer.py SERIES.csv RESULTS.csv JOBS MODEL...
SERIES.csv: id,season,ahead,value, one row a period. RESULTS.csv, one line a model:
  time,MODEL,clock seconds,processor seconds,clock seconds of starting the processes
then one line a series: MODEL,id,forecasts. Each season length is a call of its own, as the
models take it as a parameter. Compilation is not counted: every model is run once before.
"Starting" is the same calls with a model that does nothing but repeat the last value.
"""
import os
import resource
import sys
import time
import warnings

import pandas as pd
import statsforecast
from statsforecast import StatsForecast
from statsforecast.models import (AutoARIMA, AutoETS, AutoTheta, DynamicOptimizedTheta, Naive)

MODELS = {
    "AutoETS": lambda m: AutoETS(season_length=m),
    "AutoARIMA": lambda m: AutoARIMA(season_length=m),
    "AutoTheta": lambda m: AutoTheta(season_length=m),
    "DynamicOptimizedTheta": lambda m: DynamicOptimizedTheta(season_length=m),
    "Naive": lambda m: Naive(),
}


def processor_seconds():
    return sum(u.ru_utime + u.ru_stime for u in
               (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def forecast(groups, model, jobs):
    """Forecasts of all groups of one season length and horizon, with intervals."""
    answers = []
    for (season, ahead), frame in groups:
        engine = StatsForecast(models=[MODELS[model](int(season))], freq=1, n_jobs=jobs)
        answers.append(engine.forecast(df=frame, h=int(ahead), level=[80, 95]))
    return answers


def timed(groups, model, jobs):
    began, used = time.perf_counter(), processor_seconds()
    answers = forecast(groups, model, jobs)
    return answers, time.perf_counter() - began, processor_seconds() - used


def main(series, results, jobs, models):
    warnings.simplefilter("ignore")
    frame = pd.read_csv(series, dtype={"id": str})
    frame["ds"] = frame.groupby("id").cumcount() + 1
    frame = frame.rename(columns={"id": "unique_id", "value": "y"})
    groups = [(key, rows[["unique_id", "ds", "y"]].reset_index(drop=True))
              for key, rows in frame.groupby(["season", "ahead"])]
    few = [(key, rows[rows.unique_id.isin(rows.unique_id.unique()[:2])].reset_index(drop=True))
           for key, rows in groups]
    with open(results, "w", encoding="ascii") as out:
        for model in models:
            forecast(few, model, 1)
            forecast(few, "Naive", jobs)
            _, starting, _ = timed(groups, "Naive", jobs)
            answers, clock, processor = timed(groups, model, jobs)
            out.write(f"time,{model},{clock:.4f},{processor:.4f},{starting:.4f}\n")
            for answer in answers:
                answer = answer.reset_index() if answer.index.name else answer
                for name, rows in answer.groupby("unique_id"):
                    values = ",".join(f"{v:.12g}" for v in rows.sort_values("ds")[model])
                    out.write(f"{model},{name},{values}\n")
            out.flush()
    print(statsforecast.__version__, file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    os.environ["NIXTLA_ID_AS_COL"] = "1"
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
