/**
 * What a server says of its own load, riding on a response. All fields are optional; utilisations are
 * fractions, 1 for "all that there is".
 *
 * Source: the Open Request Cost Aggregation standard (ORCA), `xds.data.orca.v3.OrcaLoadReport`.
 */
export interface LoadReport {
  /** CPU in use; may exceed 1. */
  readonly cpuUtilization?: number
  /** Memory in use, 0 to 1. */
  readonly memUtilization?: number
  /** The application's own measure, which goes before that of the CPU; may exceed 1. */
  readonly applicationUtilization?: number
  /** Requests a second that it serves now. */
  readonly rps?: number
  /** Errors a second that it answers now. */
  readonly eps?: number
  /** Requests that it has under way now, but for the one that is being answered. */
  readonly inFlight?: number
  /** How long in ms it takes, as it sees it, for a request at its present load. */
  readonly latency?: number
  /** Utilisations of other resources, by name. */
  readonly utilization?: Readonly<Record<string, number>>
  /** Whatever else it measures, by name. */
  readonly namedMetrics?: Readonly<Record<string, number>>
}

/** Far above whatever a server may measure; beyond that it is a mistake, or malice. */
const MOST = 1e9
/** Names of a server's own that are kept, of each of the two kinds. */
const MOST_NAMES = 64

const FIELDS = [
  'cpuUtilization',
  'memUtilization',
  'applicationUtilization',
  'rps',
  'eps',
  'inFlight',
  'latency',
] as const
const GROUPS = ['utilization', 'namedMetrics'] as const

type Written = { -readonly [K in keyof LoadReport]: LoadReport[K] }

/**
 * What of a report that came from anywhere can be believed: numbers from 0 to 10^9, and up to 64 names in
 * each group. `undefined` when that leaves nothing.
 */
export function checkLoadReport(value: unknown): LoadReport | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const given = value as Record<string, unknown>
  const report: Written = {}
  let empty = true
  for (const field of FIELDS) {
    const number = given[field]
    if (!isMeasure(number)) continue
    report[field] = number
    empty = false
  }
  for (const group of GROUPS) {
    const named = given[group]
    if (typeof named !== 'object' || named === null) continue
    const kept = Object.entries(named)
      .slice(0, MOST_NAMES)
      .filter(([, number]) => isMeasure(number))
    if (kept.length === 0) continue
    report[group] = Object.fromEntries(kept)
    empty = false
  }
  return empty ? undefined : report
}

/** How far a server is utilised by a measure of its own; by default the application's, else the CPU's. 0 if it does not say. */
export function utilizationOf(load: LoadReport, metric?: string): number {
  if (metric === undefined) return load.applicationUtilization || load.cpuUtilization || 0
  if (metric === 'cpu') return load.cpuUtilization ?? 0
  if (metric === 'memory') return load.memUtilization ?? 0
  return load.utilization?.[metric] ?? load.namedMetrics?.[metric] ?? 0
}

function isMeasure(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST
}
