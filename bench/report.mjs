// The results as tables for people.
export function report({ quick, node, picks, calls, updates, seconds }) {
  return [
    `evenkeel benchmarks on Node ${node}${quick ? ', quick: too short to quote' : ''}, ${seconds.toFixed(0)} s`,
    'Times are medians. Compare ratios, not times: those differ from machine to machine and hour to hour. A ratio is the',
    'median over rounds in which all contenders took turns. Bytes are what one operation allocates.',
    '',
    'ONE PICK, with 32 calls under way. hand: a counter and a remainder. alone: the policy itself; its bytes are without the 16',
    'that each Math.random() takes. balancer: balancer.pick() and succeed(), with health, budget and upkeep.',
    table(
      [
        'policy',
        'weights',
        'endpoints',
        'hand ns',
        'alone ns',
        'x hand',
        'bytes',
        'balancer ns',
        'x hand',
        'bytes',
      ],
      picks.map(({ policy, weights, endpoints, byHand, alone, whole }) => [
        policy,
        weights,
        endpoints.toLocaleString('en'),
        ...[ns(byHand), ns(alone), ratio(alone), bytes(alone), ns(whole), ratio(whole), bytes(whole)],
      ]),
    ),
    '',
    'ONE CALL over a stubbed transport, 10 endpoints.',
    ...calls.map(({ callers, ...results }) => {
      const rows = Object.entries(CALLS).map(([key, label]) => {
        const own = results[key]
        return [
          label,
          ns(own),
          number(own.best),
          ratio(own),
          (own.ratio / results.pRetryOpossum.ratio).toFixed(2),
          bytes(own),
        ]
      })
      const title = callers === 1 ? '1 caller' : `${callers} callers`
      return `${table([title, 'ns', 'best ns', 'x bare', 'x p-retry + opossum', 'bytes'], rows)}\n`
    }),
    'ONE UPDATE: setEndpoints() with one endpoint replaced, and the pick after it, which brings the index up to date.',
    'parse: new URL() for each, which cannot be saved.',
    table(
      ['endpoints', 'policy', 'us', 'ns an endpoint', 'x parse', 'kB'],
      updates.flatMap(({ endpoints, ...results }) =>
        Object.entries(results).map(([policy, own]) => [
          endpoints.toLocaleString('en'),
          policy,
          number(own.ns / 1000),
          number(own.ns / endpoints),
          ratio(own),
          number(own.bytes / 1000),
        ]),
      ),
    ),
  ].join('\n')
}

const CALLS = {
  bare: 'fetch, round robin by hand',
  timeout: '... with AbortSignal.timeout',
  pRetryOpossum: '... with p-retry and opossum',
  balancerFetch: 'balancer.fetch',
  balancerExecute: 'balancer.execute',
}

const number = (value) => (value < 99.95 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))
const ns = (result) => number(result.ns)
const ratio = (result) => result.ratio.toFixed(2)
// Less than a byte is the measurement's own.
const bytes = (result) => (result.bytes < 1 ? '0' : number(result.bytes))

/** Text to the left, numbers to the right. */
function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)))
  const isText = head.map((_, i) => rows.every((row) => !/^[\d,.]+$/.test(row[i])))
  const line = (cells) =>
    cells.map((cell, i) => (isText[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
