// The process of one contender: makes the calls of the schedule and says how they fared while the fault lasted.
import { openLoop } from '../lib/open-loop.mjs'
import { obey } from '../lib/program.mjs'
import { poisson } from '../lib/schedule.mjs'
import { quantile, sorted } from '../lib/statistics.mjs'
import { CALLS_PER_SECOND, NOTICED } from './fault.mjs'
import { SENDERS } from './senders.mjs'

/** Three tries of a second each, and pauses between them. */
const GRACE = 5_000

let run
let send
const stop = new AbortController()

obey({
  async prepare(given) {
    run = given
    send = await SENDERS[run.sender](run)
  },
  async measure({ startAt }) {
    const { seed, from, to, duration } = run
    const { times } = poisson({ seed, perSecond: CALLS_PER_SECOND, from, to, meanDemand: 0 })
    const call = async (i) => (await send(`/${i}`)) === 200
    const { latency, late, succeeded } = await openLoop({
      times,
      startAt,
      send: call,
      grace: GRACE,
      stop: stop.signal,
    })
    const first = times.findIndex((time) => time >= 0)
    const last = times.findLastIndex((time) => time < duration) + 1
    const during = sorted(latency.subarray(first, last))
    const count = (ok) => succeeded.subarray(first, last).filter((one) => one === ok).length
    return {
      calls: during.length,
      success: (count(1) / during.length) * 100,
      noticed: during.filter((took) => took > NOTICED).length,
      p50: quantile(during, 0.5),
      p99: quantile(during, 0.99),
      healthy: quantile(sorted(latency.subarray(0, first)), 0.99),
      late: quantile(sorted(late.subarray(first, last)), 0.99),
    }
  },
  stop: () => stop.abort(),
})
