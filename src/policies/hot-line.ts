/** Weight of the newest count. */
const SMOOTHING = 1 / 100

/**
 * Above how many requests in flight an endpoint is hot: a quantile of what is seen, followed as the
 * counts come in. Each moves the line a little: up by q, or down by 1 - q, so that it rests where a share
 * of q lies below.
 */
export class HotLine {
  readonly #quantile: number
  /** No endpoint is hot before there was a count. */
  line = Number.POSITIVE_INFINITY
  #mean = 0

  constructor(quantile: number) {
    this.#quantile = quantile
  }

  learn(inFlight: number): void {
    if (this.line === Number.POSITIVE_INFINITY) {
      this.line = inFlight + 1
      this.#mean = inFlight
    }
    const step = (1 + this.#mean) * SMOOTHING
    this.line += inFlight > this.line ? step * this.#quantile : -step * (1 - this.#quantile)
    this.#mean += (inFlight - this.#mean) * SMOOTHING
  }
}
