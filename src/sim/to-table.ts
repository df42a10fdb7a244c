import { markdownTable } from 'markdown-table'
import type { Comparison, SimulationResult, Sweep } from './result.js'
import { rowsOf } from './rows.js'

/**
 * A result, a comparison or a sweep as a table of text, in Markdown. Latencies in ms; in comparisons
 * also p99 as a multiple of the oracle's.
 */
export function toTable(result: SimulationResult | Comparison | Sweep): string {
  const rows = rowsOf(result)
  return markdownTable(rows, { align: ['l', ...(rows[0] ?? []).slice(1).map(() => 'r')] })
}
