// The few numbers that a report is made of.

export function median(samples) {
  return quantile(sorted(samples), 0.5)
}

export function sorted(samples) {
  return Float64Array.from(samples).sort()
}

/** Of samples in ascending order, between two of them where it falls there; NaN of none. */
export function quantile(ascending, share) {
  if (ascending.length === 0) return Number.NaN
  const at = share * (ascending.length - 1)
  const below = Math.floor(at)
  const above = Math.ceil(at)
  return ascending[below] + (ascending[above] - ascending[below]) * (at - below)
}

/** What rounds gave: the median, and between which limits they lay. */
export function spread(samples, outside = 0) {
  const ascending = sorted(samples)
  return {
    median: quantile(ascending, 0.5),
    low: quantile(ascending, outside),
    high: quantile(ascending, 1 - outside),
  }
}
