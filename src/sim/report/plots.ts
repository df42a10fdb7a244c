import type { Comparison, SimulationResult, Sweep } from '../result.js'
import type { Line, Plot } from './plot.js'

const TIME = { label: 'time [s]' }

/** What there is to be seen in a comparison, or in a single run. */
export function plotsOf(runs: readonly SimulationResult[]): Plot[] {
  const [first] = runs
  if (first === undefined) return []
  // The first group has what the others leave.
  const groups = first.groups.slice(1)
  return [
    {
      name: 'p99-over-time',
      title: '99th percentile of the latency over time',
      x: TIME,
      y: { label: 'p99 [ms]', scale: 'log' },
      lines: runs.map((run) => overTime(run, run.series.p99)),
    },
    {
      name: 'p50-over-time',
      title: 'Median of the latency over time',
      x: TIME,
      y: { label: 'p50 [ms]', scale: 'log' },
      lines: runs.map((run) => overTime(run, run.series.p50)),
    },
    ...groups.map((group, i) => ({
      name: `share-of-${group.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
      title: `Share of the traffic of "${group.name}": ${count(group.servers)} of ${first.servers}`,
      x: TIME,
      y: { label: 'share of the attempts [%]', percent: true },
      lines: runs.map((run) => overTime(run, run.series.shares[i + 1] ?? [])),
    })),
    ...countsOf(runs, 'failed', 'Calls that failed, over time', 'calls'),
    ...countsOf(runs, 'retries', 'Retries over time', 'retries'),
    ...countsOf(runs, 'ejections', 'Ejections by outlier detection over time', 'ejections'),
  ]
}

/** The tail of each variant against the load. */
export function plotOfSweep({ loads, comparisons }: Sweep): Plot {
  const runs = comparisons.map(allOf)
  return {
    name: 'p99-by-load',
    title: '99th percentile of the latency against the load',
    x: { label: 'load [% of what the fleet can do]', percent: true, fromZero: false },
    y: { label: 'p99 [ms]', scale: 'log' },
    lines: (runs[0] ?? []).map(({ variant }, i) => ({
      name: variant,
      points: loads.map((load, n) => [load, runs[n]?.[i]?.measured.latency.p99 ?? null] as const),
    })),
  }
}

/** The oracle last, so that it is drawn over the others and named after them. */
export function allOf({ oracle, results }: Comparison): SimulationResult[] {
  return [...results, oracle]
}

/** Nothing, where nothing happened. */
function countsOf(
  runs: readonly SimulationResult[],
  what: 'failed' | 'retries' | 'ejections',
  title: string,
  unit: string,
): Plot[] {
  if (runs.every(({ series }) => series[what].every((value) => value === 0))) return []
  return [
    {
      name: `${what}-over-time`,
      title,
      x: TIME,
      y: { label: `${unit} [per second]` },
      lines: runs.map((run) => {
        const seconds = run.duration / run.series.at.length / 1_000
        return overTime(
          run,
          run.series[what].map((value) => value / seconds),
        )
      }),
    },
  ]
}

function overTime({ variant, series }: SimulationResult, values: readonly (number | null)[]): Line {
  return { name: variant, points: series.at.map((at, i) => [at / 1_000, values[i] ?? null] as const) }
}

function count(servers: number): string {
  return servers === 1 ? '1 server' : `${servers} servers`
}
