# R forecast's auto.arima() on series from a file, timed: the peer of bench/cases/arima.c.
# usage: Rscript arima.R SERIES.csv RESULTS.csv
# SERIES.csv: id,season,ahead,value, one row a period. RESULTS.csv: one row a series with
# id, AICc, processor seconds of auto.arima() alone, the model, a bar, then the forecasts.
suppressMessages(library(forecast))
files <- commandArgs(trailingOnly = TRUE)
all <- read.csv(files[1], colClasses = c("character", "integer", "integer", "numeric"))
out <- file(files[2], "w")
for (id in unique(all$id)) {
  rows <- all[all$id == id, ]
  y <- ts(rows$value, frequency = rows$season[1])
  began <- proc.time()
  fit <- auto.arima(y)
  seconds <- sum((proc.time() - began)[c("user.self", "sys.self")])
  ahead <- forecast(fit, h = rows$ahead[1])
  cat(id, format(fit$aicc, digits = 12), seconds, ahead$method, sep = ",", file = out)
  cat("|", paste(format(as.numeric(ahead$mean), digits = 12, trim = TRUE), collapse = ","), "\n",
      sep = "", file = out)
}
close(out)
