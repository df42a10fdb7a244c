import { seededRandom } from 'evenkeel/testing'
import type { AdaptiveLimit } from '../../src/overload/adaptive-limit.js'
import { GradientLimit } from '../../src/overload/gradient.js'

/** A server that works on `slots` calls at a time, for `service` ms each on average, and lets the others wait. */
export interface Capacity {
  readonly slots: number
  readonly service: number
}

export interface Period {
  /** Mean limit, and the share of the capacity that was used. */
  readonly limit: number
  readonly used: number
  readonly latency: number
}

/** Sends `load` times what the server can do, as far as an adaptive limit lets it; tells of each period of `ms`. */
export function adapt(
  options: AdaptiveLimit,
  load: number,
  periods: readonly (Capacity & { readonly ms: number })[],
): Period[] {
  const random = seededRandom(7)
  const limit = new GradientLimit(options, random)
  const events: { at: number; happen(): void }[] = []
  const waiting: number[] = []
  let now = 0
  let busy = 0
  let inFlight = 0
  let done = 0
  let latencies = 0
  let { slots, service } = periods[0]!
  const rate = (load * slots) / service
  const exponential = () => -Math.log(1 - random())

  function at(time: number, happen: () => void): void {
    let low = 0
    for (let high = events.length; low < high; ) {
      const middle = (low + high) >> 1
      if (events[middle]!.at <= time) low = middle + 1
      else high = middle
    }
    events.splice(low, 0, { at: time, happen })
  }
  function work(since: number): void {
    busy++
    at(now + exponential() * service, () => {
      busy--
      done++
      latencies += now - since
      limit.answered(now - since, inFlight, now)
      inFlight--
      while (busy < slots && waiting.length > 0) work(waiting.shift()!)
    })
  }
  function arrive(): void {
    at(now + exponential() / rate, arrive)
    if (inFlight >= limit.limit) return
    inFlight++
    if (busy < slots) work(now)
    else waiting.push(now)
  }

  at(0, arrive)
  let end = 0
  return periods.map((period) => {
    end += period.ms
    slots = period.slots
    service = period.service
    done = 0
    latencies = 0
    let limits = 0
    let steps = 0
    for (; now < end; steps++) {
      const next = events.shift()!
      now = next.at
      next.happen()
      limits += limit.limit
    }
    return {
      limit: limits / steps,
      used: (done * service) / slots / period.ms,
      latency: latencies / done,
    }
  })
}
