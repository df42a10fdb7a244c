import { checkLoadReport, type LoadReport } from '../core/load-report.js'

/** The name of the header that servers report their load with: `evenkeel-load`. */
export const LOAD_HEADER = 'evenkeel-load'

/** How a report's fields are called in the header. */
const NAMES = [
  ['inFlight', 'in-flight'],
  ['latency', 'latency'],
  ['applicationUtilization', 'utilization'],
  ['cpuUtilization', 'cpu'],
  ['memUtilization', 'memory'],
  ['rps', 'rps'],
  ['eps', 'eps'],
] as const

/** A load report as the value of the header `evenkeel-load`: `in-flight=3, latency=21.5`. For servers. */
export function formatLoadReport(report: LoadReport): string {
  const checked = checkLoadReport(report) ?? {}
  const parts: string[] = []
  for (const [field, name] of NAMES) {
    const value = checked[field]
    if (value !== undefined) parts.push(`${name}=${Math.round(value * 1000) / 1000}`)
  }
  return parts.join(', ')
}
