const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
]
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
]
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
/** Below it, and above its opposite, the tail's formula holds. */
const TAIL = 0.02425

/**
 * The value that a standard normal variable stays below with probability `p`, to 9 digits.
 *
 * Source: Peter J. Acklam, "An algorithm for computing the inverse normal cumulative distribution
 * function" (2003).
 */
export function normalQuantile(p: number): number {
  if (p < TAIL) return tail(Math.max(p, Number.EPSILON))
  if (p > 1 - TAIL) return -tail(Math.max(1 - p, Number.EPSILON))
  const q = p - 0.5
  const r = q * q
  return (q * polynomial(A, r)) / polynomial(B, r)
}

function tail(p: number): number {
  const q = Math.sqrt(-2 * Math.log(p))
  return polynomial(C, q) / polynomial(D, q)
}

/** By Horner's rule, the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (const coefficient of coefficients) sum = sum * x + coefficient
  return sum
}
