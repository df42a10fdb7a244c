/** Sums are divided by their scale when it has grown to this; doubles reach 1e308. */
const LARGEST = 1e60

/**
 * Time for sums that fade, by forward decay: instead of making every old value smaller, each new one is
 * entered larger. A value of now is entered as `value * scale`; divided by the scale of a later moment it
 * has faded by all that lies between. So time passes in O(1), however many sums there are.
 *
 * `elapsed` is the integral of the scale, and so a clock for waiting: one that waits from `a` to `b`
 * enters `elapsed(b) - elapsed(a)`, its waiting time with each moment faded by its own age.
 *
 * Source: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay" (2009).
 */
export class FadingTime {
  scale = 1
  elapsed = 0
  /** How much has faded in all: what was entered when this was `f` less is worth `e ** -f` of what it was. */
  faded = 0

  /** Lets `ms` pass, in which what was entered fades to `e ** -fade`. */
  pass(ms: number, fade: number): void {
    const before = this.scale
    this.faded += fade
    if (fade > 0.25) {
      this.scale = before * Math.exp(fade)
      this.elapsed += (ms * (this.scale - before)) / fade
      return
    }
    // (e^x - 1) / x to x^4 / 120, which is 3e-5 at 0.25: without a call, and without 0 / 0.
    const growth = before * (1 + (fade / 2) * (1 + (fade / 3) * (1 + fade / 4)))
    this.elapsed += ms * growth
    this.scale = before + fade * growth
  }

  /** Has it grown so much that the sums have to be divided by what `shrink` returns? */
  get isLarge(): boolean {
    return this.scale > LARGEST
  }

  /** Starts again from a scale of 1; what was entered before is to be multiplied by the result. */
  shrink(): number {
    const factor = 1 / this.scale
    this.elapsed *= factor
    this.scale = 1
    return factor
  }
}
