import type { Comparison, SimulationResult, Sweep } from './result.js'

/** A result, a comparison or a sweep as rows of text, the first of which is the head. */
export function rowsOf(result: SimulationResult | Comparison | Sweep): string[][] {
  if ('comparisons' in result) return sweepRows(result)
  const results = 'results' in result ? [result.oracle, ...result.results] : [result]
  const oracle = 'results' in result ? result.oracle : undefined
  const groups = results[0]?.groups ?? []
  // The first group has what the others leave.
  const others = groups.slice(1)
  const head = [
    'variant',
    'mean',
    'p50',
    'p99',
    ...(oracle ? ['p99 / oracle'] : []),
    'p99.9',
    'failed',
    'retries',
    'ejections',
    ...others.flatMap(({ name }) => [`to ${name}`, 'at the end']),
  ]
  const rows = results.map((each) => {
    const { latency, failed } = each.measured
    return [
      each.variant,
      ms(latency.mean),
      ms(latency.p50),
      ms(latency.p99),
      ...(oracle ? [ratio(latency.p99, oracle.measured.latency.p99)] : []),
      ms(latency.p999),
      `${failed}`,
      `${each.retries}`,
      `${each.ejections}`,
      ...each.groups.slice(1).flatMap(({ share, endShare }) => [percent(share), percent(endShare)]),
    ]
  })
  return [head, ...rows]
}

/** p99 by load: a row for each variant. */
function sweepRows({ loads, comparisons }: Sweep): string[][] {
  const runs = comparisons.map(({ oracle, results }) => [oracle, ...results])
  const head = ['p99 at a load of', ...loads.map((load) => `${Math.round(load * 100)} %`)]
  const rows = (runs[0] ?? []).map(({ variant }, i) => [
    variant,
    ...runs.map((results) => ms(results[i]?.measured.latency.p99 ?? null)),
  ])
  return [head, ...rows]
}

/** Two digits after the point below 10, one below 1 000. */
function ms(value: number | null): string {
  if (value === null) return '-'
  return value.toFixed(value < 10 ? 2 : value < 1_000 ? 1 : 0)
}

function ratio(value: number | null, base: number | null): string {
  return value === null || base === null || base === 0 ? '-' : (value / base).toFixed(2)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
