/** What comes after a term that is so much smaller than the sum changes nothing. */
const NEGLIGIBLE = 1e-12

/**
 * How likely it is that of `calls` calls at least `failures` fail, when of all `calls + peerCalls` calls
 * `failures + peerFailures` do and it is chance alone whose they are.
 *
 * Source: Fisher's exact test, one-sided: the upper tail of the hypergeometric distribution.
 */
export function chanceOf(failures: number, calls: number, peerFailures: number, peerCalls: number): number {
  const total = calls + peerCalls
  const failed = failures + peerFailures
  let term = Math.exp(
    choose(failed, failures) + choose(total - failed, calls - failures) - choose(total, calls),
  )
  let sum = term
  const most = Math.min(calls, failed)
  // Each term by the one before it.
  for (let k = failures; k < most && term > sum * NEGLIGIBLE; k++) {
    term *= ((failed - k) * (calls - k)) / ((k + 1) * (total - failed - calls + k + 1))
    sum += term
  }
  return Math.min(1, sum)
}

/** The logarithm of n over k. */
function choose(n: number, k: number): number {
  return factorial(n) - factorial(k) - factorial(n - k)
}

/** The logarithm of n!: by Stirling's series, which is exact to 1e-9 from 10 on. */
function factorial(n: number): number {
  if (n < 10) {
    let product = 1
    for (let i = 2; i <= n; i++) product *= i
    return Math.log(product)
  }
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3)
}
