// The process of one contender: makes the calls of the schedule and says how long they took.
import { openLoop } from '../lib/open-loop.mjs'
import { obey } from '../lib/program.mjs'
import { poisson } from '../lib/schedule.mjs'
import { quantile, sorted } from '../lib/statistics.mjs'
import { callsPerSecond, MEAN_DEMAND } from './fleet.mjs'
import { SENDERS } from './senders.mjs'

/** How long an answer is waited for after the last arrival, in ms. */
const GRACE = 3_000

let run
let send

obey({
  async prepare(given) {
    run = given
    send = await SENDERS[run.sender](run)
  },
  async measure({ startAt }) {
    const { seed, scenario, duration, warmUp } = run
    const perSecond = callsPerSecond(scenario, duration)
    const schedule = poisson({ seed, perSecond, from: -warmUp, to: duration, meanDemand: MEAN_DEMAND })
    const { times, demands } = schedule
    const before = process.cpuUsage()
    const call = (i) => send(`/${demands[i].toFixed(3)}`, times[i])
    const { latency, late, succeeded, unfinished } = await openLoop({
      times,
      startAt,
      send: call,
      grace: GRACE,
    })
    const { user, system } = process.cpuUsage(before)
    const first = times.findIndex((time) => time >= 0)
    const measured = sorted(latency.subarray(first))
    return {
      calls: measured.length,
      failed: succeeded.subarray(first).filter((ok) => ok === 0).length,
      unfinished,
      p50: quantile(measured, 0.5),
      p99: quantile(measured, 0.99),
      p999: quantile(measured, 0.999),
      late: quantile(sorted(late.subarray(first)), 0.99),
      cpu: (user + system) / 1000 / times.length,
    }
  },
})
