/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number

/** A whole number in [0, n). */
export function below(random: Random, n: number): number {
  return Math.floor(random() * n)
}
