# R forecast's thetaf() on series from a file, timed: a peer of bench/cases/theta.c.
# usage: Rscript theta.R SERIES.csv RESULTS.csv
# SERIES.csv: id,season,ahead,value, one row a period. RESULTS.csv: first the processor
# seconds of thetaf() alone, then one row a series with its forecasts.
suppressMessages(library(forecast))
files <- commandArgs(trailingOnly = TRUE)
all <- read.csv(files[1], colClasses = c("character", "integer", "integer", "numeric"))
series <- lapply(split(all, factor(all$id, unique(all$id))), function(rows)
  list(id = rows$id[1], ahead = rows$ahead[1], y = ts(rows$value, frequency = rows$season[1])))
began <- proc.time()
means <- lapply(series, function(s) as.numeric(thetaf(s$y, h = s$ahead)$mean))
seconds <- sum((proc.time() - began)[c("user.self", "sys.self")])
out <- file(files[2], "w")
cat("time,thetaf,", seconds, ",", seconds, ",0\n", sep = "", file = out)
for (i in seq_along(series))
  cat("thetaf,", series[[i]]$id, ",", paste(format(means[[i]], digits = 12, trim = TRUE),
                                          collapse = ","), "\n", sep = "", file = out)
close(out)
