import { checkLoadReport, type LoadReport } from '../core/load-report.js'
import { LOAD_HEADER } from './format-load-report.js'

/** ORCA's header. */
const ORCA = 'endpoint-load-metrics'

/** Longer values are not read: all that is of use fits into a fraction of that. */
const MOST_CHARACTERS = 4096

/** A field of one number. */
type Measure = Exclude<keyof LoadReport, 'utilization' | 'namedMetrics'>

/** What a report's numbers are called in ORCA's text and JSON (also as proto3 writes it), and by us. */
const NAMES: ReadonlyMap<string, Measure> = new Map([
  ['cpu_utilization', 'cpuUtilization'],
  ['mem_utilization', 'memUtilization'],
  ['application_utilization', 'applicationUtilization'],
  ['rps_fractional', 'rps'],
  ['rps', 'rps'],
  ['eps', 'eps'],
  ['cpuUtilization', 'cpuUtilization'],
  ['memUtilization', 'memUtilization'],
  ['applicationUtilization', 'applicationUtilization'],
  ['rpsFractional', 'rps'],
  ['in-flight', 'inFlight'],
  ['latency', 'latency'],
  ['utilization', 'applicationUtilization'],
  ['cpu', 'cpuUtilization'],
  ['memory', 'memUtilization'],
])

/** ORCA has no fields for these two, so they go by names among a server's own metrics. */
const OWN_METRICS: ReadonlyMap<string, Measure> = new Map([
  ['in_flight', 'inFlight'],
  ['latency_ms', 'latency'],
])

/** What is read, before it is checked. */
type Raw = Record<string, unknown> & {
  utilization: Record<string, unknown>
  namedMetrics: Record<string, unknown>
}

/**
 * What a response says of its server's load, if anything: `evenkeel-load: in-flight=12, latency=23.5`, or
 * ORCA's `endpoint-load-metrics: TEXT cpu_utilization=0.3` and `JSON {"cpu_utilization": 0.3}`; of both,
 * the plain one's fields go first. What is not understood is passed over. ORCA's binary form is not read:
 * it is what gRPC servers put into trailers, which `fetch` does not show.
 *
 * Source: Envoy's `orca_parser.cc` for the prefixes; the ORCA design (envoy#6614) for the names.
 */
export function readLoadReport(headers: Headers): LoadReport | undefined {
  const plain = textOf(headers, LOAD_HEADER)
  const orca = textOf(headers, ORCA)
  if (plain === undefined && orca === undefined) return undefined
  const raw: Raw = { utilization: named(), namedMetrics: named() }
  if (orca !== undefined) readOrca(orca, raw)
  if (plain !== undefined) readPairs(plain, raw)
  return checkLoadReport(raw)
}

/** A transport may give anything for a response, and what is no header must not spoil the call. */
function textOf(headers: Partial<Headers> | undefined, name: string): string | undefined {
  const value: unknown = headers?.get?.(name)
  return typeof value === 'string' && value.length <= MOST_CHARACTERS ? value : undefined
}

function readOrca(value: string, raw: Raw): void {
  const form = value.slice(0, 4)
  const body = value.slice(4)
  if (form === 'TEXT') readPairs(body, raw)
  else if (form === 'JSON') readJson(body, raw)
}

/** `name=number` or `name:number` (both are found in the wild), with commas between. */
function readPairs(text: string, raw: Raw): void {
  for (const pair of text.split(',')) {
    const at = pair.search(/[=:]/)
    if (at < 0) continue
    const value = pair.slice(at + 1).trim()
    // Number('') is 0.
    if (value !== '') put(raw, pair.slice(0, at).trim(), Number(value))
  }
}

function readJson(text: string, raw: Raw): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // Not JSON, so no report; the response is as good as without one.
    return
  }
  if (typeof parsed !== 'object' || parsed === null) return
  for (const [name, value] of Object.entries(parsed)) {
    if (name === 'utilization' && typeof value === 'object') putAll(raw, 'utilization.', value)
    else if (name === 'named_metrics' || name === 'namedMetrics') putAll(raw, 'named_metrics.', value)
    // In proto3's JSON a 64-bit integer, which `rps` is, is a string.
    else put(raw, name, name === 'rps' && typeof value === 'string' && value !== '' ? Number(value) : value)
  }
}

function putAll(raw: Raw, prefix: string, values: unknown): void {
  if (typeof values !== 'object' || values === null) return
  for (const [name, value] of Object.entries(values)) put(raw, prefix + name, value)
}

function put(raw: Raw, name: string, value: unknown): void {
  const field = NAMES.get(name)
  if (field !== undefined) {
    // `rps` is what `rps_fractional` was called before.
    if (name !== 'rps' || raw[field] === undefined) raw[field] = value
  } else if (name.startsWith('utilization.')) raw.utilization[name.slice(12)] = value
  else if (name.startsWith('named_metrics.')) {
    const metric = name.slice(14)
    raw.namedMetrics[metric] = value
    const own = OWN_METRICS.get(metric)
    if (own !== undefined) raw[own] = value
  }
}

/** Has no prototype, so that a name can be anything. */
function named(): Record<string, unknown> {
  return Object.create(null)
}
