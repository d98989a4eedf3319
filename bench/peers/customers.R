# Base R on the sales of customers, timed: a peer of bench/cases/segments.
# usage: Rscript customers.R SALES.csv
# SALES.csv: date,customer,amount. Prints a line a task: name, processor seconds, what came out.
# Reading the file is not timed.
lines <- read.csv(commandArgs(trailingOnly = TRUE)[1],
                  colClasses = c("character", "character", "numeric"))
lines <- lines[lines$customer != "", ]
lines$date <- as.Date(lines$date)
timed <- function(name, task) {
  began <- proc.time()
  said <- task()
  seconds <- sum((proc.time() - began)[c("user.self", "sys.self")])
  cat(name, "\t", seconds, "\t", said, "\n", sep = "")
}
# Days with a purchase: one row a customer and day.
purchases <- function() {
  who <- as.integer(factor(lines$customer))
  day <- as.integer(lines$date)
  key <- as.numeric(who) * 1e6 + day
  money <- rowsum(lines$amount, key)
  key <- as.numeric(rownames(money))
  kept <- money[, 1] > 0
  data.frame(who = (key %/% 1e6)[kept], day = (key %% 1e6)[kept], money = money[kept, 1])
}
month_of <- function(day) {
  date <- as.POSIXlt(as.Date(day, origin = "1970-01-01"))
  date$year * 12L + date$mon
}

timed("segments", function() {
  p <- purchases()
  last <- max(p$day)
  recent <- p[p$day > last - 365, ]
  r <- tapply(last - recent$day, recent$who, min)
  f <- tapply(recent$day, recent$who, length)
  m <- tapply(recent$money, recent$who, sum)
  score <- function(x) cut(x, unique(quantile(x, 0:5 / 5)), labels = FALSE, include.lowest = TRUE)
  rfm <- table(score(-r), score(f), score(m))
  x <- scale(cbind(log1p(r), log(f), log(m)))
  set.seed(1)
  within <- sapply(2:8, function(k) suppressWarnings(
    kmeans(x, k, nstart = 10, iter.max = 100))$tot.withinss)
  paste(sum(rfm), "customers,", length(within), "numbers of groups")
})

timed("cohorts", function() {
  p <- purchases()
  month <- month_of(p$day)
  month <- month - min(month)
  first <- tapply(month, p$who, min)[as.character(p$who)]
  age <- month - first
  money <- tapply(p$money, list(first, age), sum)
  seen <- !duplicated(cbind(p$who, month))
  active <- table(first[seen], age[seen])
  paste(nrow(active), "cohorts")
})

# The hazard of a customer-month as a logistic regression on silence, purchases and spend so far.
timed("churn", function() {
  p <- purchases()
  month <- month_of(p$day)
  month <- month - min(month) + 1
  n <- max(p$who)
  months <- max(month)
  count <- matrix(0, n, months)
  count[] <- tabulate(p$who + (month - 1) * n, n * months)
  spend <- rowsum(p$money, p$who + (month - 1) * n)
  money <- matrix(0, n, months)
  money[as.integer(rownames(spend))] <- spend[, 1]
  ever <- t(apply(count, 1, cumsum))
  worth <- t(apply(money, 1, cumsum))
  silent <- matrix(0, n, months)
  for (t in 2:months) silent[, t] <- ifelse(count[, t] > 0, 0, silent[, t - 1] + 1)
  rows <- do.call(rbind, lapply(1:(months - 6), function(t) {
    with <- which(ever[, t] > 0 & silent[, t] < 6)
    data.frame(gone = rowSums(count[with, t + 1:6, drop = FALSE]) == 0, silent = silent[with, t],
               ever = log(ever[with, t]), worth = log1p(worth[with, t]), month = factor(t %% 12))
  }))
  fit <- glm(gone ~ factor(silent) + ever + worth + month, binomial(link = "cloglog"), rows)
  paste(nrow(rows), "customer-months, converged:", fit$converged)
})
