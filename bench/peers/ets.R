# R forecast's ets() on series from a file, timed: the peer of bench/cases/ets.c.
# usage: Rscript ets.R SERIES.csv RESULTS.csv
# SERIES.csv: id,season,ahead,value, one row a period. RESULTS.csv: one row a series with
# model, AICc, processor seconds of ets() alone, then the forecasts.
suppressMessages(library(forecast))
files <- commandArgs(trailingOnly = TRUE)
all <- read.csv(files[1], colClasses = c("character", "integer", "integer", "numeric"))
out <- file(files[2], "w")
for (id in unique(all$id)) {
  rows <- all[all$id == id, ]
  y <- ts(rows$value, frequency = rows$season[1])
  began <- proc.time()
  fit <- ets(y)
  seconds <- sum((proc.time() - began)[c("user.self", "sys.self")])
  mean <- forecast(fit, h = rows$ahead[1], PI = FALSE)$mean
  model <- gsub("ETS|[(),]", "", fit$method)
  cat(id, model, format(fit$aicc, digits = 12), seconds,
      format(as.numeric(mean), digits = 12), sep = ",", file = out)
  cat("\n", file = out)
}
close(out)
cat(as.character(packageVersion("forecast")), "\n")
