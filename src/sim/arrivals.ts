import type { Random } from '../core/random.js'
import type { CheckedMoment } from './moment.js'

/** When requests arrive, checked and completed. */
export interface ArrivalPlan {
  /** Requests per ms, before the pattern. */
  readonly rate: number
  readonly process: 'poisson' | 'even'
  readonly pattern: readonly { readonly at: CheckedMoment; readonly factor: number }[]
  readonly ramp: boolean
}

interface Step {
  readonly at: number
  readonly factor: number
}

/** The factor of the rate at each time, for a run of a known length. */
class RatePattern {
  readonly #steps: readonly Step[]
  readonly #ramp: boolean
  readonly highest: number

  constructor({ pattern, ramp }: ArrivalPlan, duration: number) {
    const steps = pattern.map(({ at, factor }) => ({ at: at(duration), factor }))
    steps.sort((a, b) => a.at - b.at)
    if (steps.length === 0 || steps[0]!.at > 0)
      steps.unshift({ at: 0, factor: ramp ? (steps[0]?.factor ?? 1) : 1 })
    this.#steps = steps
    this.#ramp = ramp
    this.highest = Math.max(...steps.map(({ factor }) => factor))
  }

  at(time: number): number {
    const steps = this.#steps
    let i = steps.length - 1
    while (i > 0 && steps[i]!.at > time) i--
    const { at, factor } = steps[i]!
    const next = steps[i + 1]
    if (!this.#ramp || next === undefined) return factor
    return factor + ((next.factor - factor) * (time - at)) / (next.at - at)
  }

  /** The mean factor from 0 to `end`, by the midpoints of 1 000 slices. */
  mean(end: number): number {
    const slices = 1_000
    let sum = 0
    for (let i = 0; i < slices; i++) sum += this.at(((i + 0.5) * end) / slices)
    return sum / slices
  }
}

/**
 * How long it takes until `requests` have arrived, on average: what shares of the run are shares of.
 * The pattern may depend on the length itself, which is found step by step.
 */
export function durationOf(plan: ArrivalPlan, requests: number): number {
  let duration = requests / plan.rate
  if (plan.pattern.length === 0) return duration
  for (let i = 0; i < 50; i++) {
    const next = requests / (plan.rate * Math.max(1e-6, new RatePattern(plan, duration).mean(duration)))
    if (Math.abs(next - duration) < 1e-6 * duration) return next
    duration = (duration + next) / 2
  }
  return duration
}

/** Gives the time of the next arrival after `now`. */
export function arrivalProcess(plan: ArrivalPlan, duration: number, random: Random): (now: number) => number {
  const pattern = new RatePattern(plan, duration)
  if (plan.process === 'even') return (now) => now + 1 / (plan.rate * Math.max(1e-6, pattern.at(now)))
  const highest = plan.rate * pattern.highest
  // A rate that varies: draws at the highest, of which as many are taken as the rate of the moment says.
  return (now) => {
    for (let time = now; ; ) {
      time -= Math.log1p(-random()) / highest
      if (plan.pattern.length === 0 || random() * pattern.highest < pattern.at(time)) return time
    }
  }
}
