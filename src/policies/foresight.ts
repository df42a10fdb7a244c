/** The weight of one answer in the score: what was right 200 answers ago counts e^-1. */
const FADE = 1 / 200
/** No single answer, however odd, says more than this. */
const MOST = 0.5
const MOST_SPREAD = 400

/**
 * Which of two forecasts of latencies has been the better one of late?
 *
 * Each answer adds how much more likely the lasting memory held it than the quick one: the logarithm of
 * the ratio of the densities, which is `-ln m - x / m` for a latency of x after a mean of m.
 */
export class Foresight {
  #lead = 0
  /** How far answers lie from the better forecast: the mean of the squares, each in squares of its forecast. */
  spread = 1

  /** True when the lasting memory leads: the fleet is steady. */
  get steady(): boolean {
    return this.#lead > 0
  }

  /** Forecasts of 0 or NaN are none. */
  judge(latency: number, quick: number, lasting: number): void {
    if (!(quick > 0 && lasting > 0)) return
    const lead = Math.log(quick / lasting) + latency / quick - latency / lasting
    const surprise = latency / (this.steady ? lasting : quick) - 1
    this.spread += (Math.min(MOST_SPREAD, surprise * surprise) - this.spread) * FADE
    this.#lead += Math.max(-MOST, Math.min(MOST, lead)) - this.#lead * FADE
  }
}
