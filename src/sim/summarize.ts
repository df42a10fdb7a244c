import type { Plan } from './check-scenario.js'
import type { Fleet } from './fleet.js'
import { quantile } from './quantile.js'
import { BUCKETS, type Recorder } from './recorder.js'
import type { GroupResult, LatencySummary, Series, SimulationResult } from './result.js'

/** Of so few the 99th percentile, or a share, means nothing. */
const FEW = 20

/** What else there is to say of a run. */
export interface Run {
  readonly plan: Plan
  readonly fleet: Fleet
  readonly recorder: Recorder
  readonly variant: string
  readonly policy: string
  readonly seed: number
  readonly duration: number
  readonly end: number
}

/** Puts a run into numbers. They are rounded to what means something, which also keeps them the same everywhere. */
export function summarize({
  plan,
  fleet,
  recorder,
  variant,
  policy,
  seed,
  duration,
  end,
}: Run): SimulationResult {
  const { answered, failed, arrived } = recorder
  const from = Math.floor(plan.warmUp * arrived)
  const sorted = recorder.sorted(from, arrived)
  const failures = recorder.failures(from, arrived)
  return {
    scenario: plan.name,
    title: plan.title,
    variant,
    policy,
    seed,
    clients: plan.clients.length,
    servers: fleet.servers.length,
    duration: round(duration),
    end: round(end),
    rate: round((plan.requests / duration) * 1_000),
    load: round(plan.requests / duration / plan.capacity),
    calls: { total: arrived, answered, failed, unfinished: arrived - answered - failed },
    measured: {
      calls: arrived - from,
      failed: failures,
      success: arrived === from ? 1 : round(sorted.length / (arrived - from), 6),
      latency: latencyOf(sorted),
    },
    attempts: fleet.servers.reduce((sum, { attempts }) => sum + attempts, 0),
    retries: total(recorder.retries),
    ejections: total(recorder.ejections),
    openings: total(recorder.openings),
    panics: recorder.panics,
    groups: groupsOf(plan, fleet, recorder, end),
    series: seriesOf(plan, recorder, duration),
  }
}

function latencyOf(sorted: Float64Array): LatencySummary {
  let sum = 0
  for (const latency of sorted) sum += latency
  return {
    mean: ms(sum / sorted.length),
    p50: ms(quantile(sorted, 0.5)),
    p90: ms(quantile(sorted, 0.9)),
    p99: ms(quantile(sorted, 0.99)),
    p999: ms(quantile(sorted, 0.999)),
    max: ms(quantile(sorted, 1)),
  }
}

function groupsOf(plan: Plan, fleet: Fleet, recorder: Recorder, end: number): GroupResult[] {
  const warm = Math.ceil(plan.warmUp * BUCKETS)
  return plan.groups.map(({ name, count, first, slots }, index) => {
    const servers = fleet.servers.slice(first, first + count)
    const sum = (of: (server: (typeof servers)[number]) => number) =>
      servers.reduce((s, each) => s + of(each), 0)
    return {
      name,
      servers: count,
      attempts: sum(({ attempts }) => attempts),
      share: round(shareOf(recorder, index, warm, BUCKETS), 6),
      endShare: round(shareOf(recorder, index, 0.9 * BUCKETS, BUCKETS), 6),
      evenShare: round(count / fleet.servers.length, 6),
      utilization: round(sum(({ busyTime }) => busyTime) / (count * slots * end), 6),
      inside: round(sum(({ insideTime }) => insideTime) / (count * end), 6),
    }
  })
}

function seriesOf(plan: Plan, recorder: Recorder, duration: number): Series {
  const width = duration / BUCKETS
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => {
    const [from, to] = recorder.range(bucket)
    return { bucket, from, to, sorted: recorder.sorted(from, to) }
  })
  return {
    at: buckets.map(({ bucket }) => round((bucket + 0.5) * width)),
    rate: buckets.map(({ from, to }) => round(((to - from) / width) * 1_000)),
    p50: buckets.map(({ sorted }) => ms(quantile(sorted, 0.5))),
    p99: buckets.map(({ sorted }) => (sorted.length < FEW ? null : ms(quantile(sorted, 0.99)))),
    failed: buckets.map(({ from, to }) => recorder.failures(from, to)),
    retries: shown(recorder.retries),
    ejections: shown(recorder.ejections),
    shares: plan.groups.map((_, index) =>
      buckets.map(({ bucket }) =>
        attemptsOf(recorder, bucket) < FEW ? null : round(shareOf(recorder, index, bucket, bucket + 1), 4),
      ),
    ),
  }
}

function attemptsOf({ attempts, groups }: Recorder, bucket: number): number {
  let all = 0
  for (let i = 0; i < groups.length; i++) all += attempts[bucket * groups.length + i]!
  return all
}

function shareOf({ attempts, groups }: Recorder, index: number, from: number, to: number): number {
  let all = 0
  let own = 0
  for (let i = from * groups.length; i < to * groups.length; i++) {
    all += attempts[i]!
    if (i % groups.length === index) own += attempts[i]!
  }
  return all === 0 ? 0 : own / all
}

function shown(counts: Uint32Array): number[] {
  return [...counts.subarray(0, BUCKETS)]
}

function total(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function ms(value: number): number | null {
  return Number.isNaN(value) ? null : round(value)
}

function round(value: number, digits = 3): number {
  const unit = 10 ** digits
  return Math.round(value * unit) / unit
}
