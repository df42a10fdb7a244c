import { exponential, seeded } from './seeded.mjs'

/**
 * Who arrives when, and how much work each brings: Poisson arrivals between two times in ms. The same for all
 * contenders, so that a difference between two of them is not the luck of the draw.
 */
export function poisson({ seed, perSecond, from, to, meanDemand }) {
  const random = seeded(seed)
  const times = []
  const demands = []
  for (let time = from; ; ) {
    time += exponential(random, 1000 / perSecond)
    if (time >= to) return { times, demands }
    times.push(time)
    demands.push(exponential(random, meanDemand))
  }
}
