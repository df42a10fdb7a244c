// The results of `npm run bench` as sections of a report.
import { number } from './lib/section.mjs'

export function sections(results) {
  return parts.flatMap((part) => (results[part] === undefined ? [] : PARTS[part](results[part])))
}

const PARTS = {
  picks: (rows) => ({
    title: 'One pick, with 32 calls under way',
    notes: [
      'hand: a counter and a remainder. alone: the policy itself; its bytes are without the 16 that each Math.random() takes. balancer: balancer.pick() and succeed(), with health, budget and upkeep.',
    ],
    head: [
      'policy',
      'weights',
      'endpoints',
      'hand ns',
      'alone ns',
      'best ns',
      'x hand',
      'bytes',
      'balancer ns',
      'x hand',
      'bytes',
    ],
    rows: rows.map(({ policy, weights, endpoints, byHand, alone, whole }) => [
      policy,
      weights,
      count(endpoints),
      ...[
        ns(byHand),
        ns(alone),
        number(alone.best),
        ratio(alone),
        bytes(alone),
        ns(whole),
        ratio(whole),
        bytes(whole),
      ],
    ]),
  }),

  peers: (rows) => ({
    title: "One pick, others' pickers and ours",
    notes: [
      'grpc-js: its own policies over stub connections that are ready. BalancedPool: its own choice among pools without connections.',
    ],
    head: ['endpoints', 'picker', 'ns', 'x hand', 'bytes'],
    rows: rows.flatMap(({ endpoints, ...results }) =>
      named(PICKERS, results).map(([label, own]) => [
        count(endpoints),
        label,
        ns(own),
        spread(own),
        bytes(own),
      ]),
    ),
  }),

  calls: (rows) =>
    rows.map(({ endpoints, callers, ...results }) => ({
      title: `One call over a stubbed transport, ${count(endpoints)} endpoints, ${people(callers)}`,
      head: ['', 'ns', 'best ns', 'ns above bare', 'x bare', 'x p-retry + opossum', 'bytes'],
      rows: named(CALLS, results).map(([label, own]) => [
        label,
        ns(own),
        number(own.best),
        number(own.above),
        spread(own),
        (own.ratio / results.pRetryOpossum.ratio).toFixed(2),
        bytes(own),
      ]),
    })),

  sockets: (rows) =>
    rows.map(({ callers, ...results }) => ({
      title: `One call over loopback sockets, three servers, ${people(callers)}`,
      head: ['', 'us', 'x bare', 'us above bare'],
      rows: named(CALLS, results).map(([label, own]) => [
        label,
        number(own.ns / 1000),
        spread(own),
        number(own.above / 1000),
      ]),
    })),

  updates: (rows) => ({
    title: 'One new list: setEndpoints() with one endpoint replaced, and the pick after it',
    notes: [
      'parse: new URL() for each, which cannot be saved. firstList: createBalancer(), and allNew: setEndpoints() with nobody who was there before, both with the default policy.',
    ],
    head: ['endpoints', 'policy', 'us', 'ns an endpoint', 'x parse', 'kB'],
    rows: rows.flatMap(({ endpoints, ...results }) =>
      Object.entries(results).map(([policy, own]) => [
        count(endpoints),
        policy,
        number(own.ns / 1000),
        number(own.ns / endpoints),
        ratio(own),
        number(own.bytes / 1000),
      ]),
    ),
  }),

  tables: (rows) => ({
    title: 'One endpoint of 10,000 changes',
    notes: [
      'gate: it is ejected or comes back. weight: another weight. replace: it goes and another comes. table: that alone; the others with a pick after it, for which the policy brings its index up to date.',
    ],
    head: ['change', 'with the pick of', 'ns', 'best ns', 'bytes'],
    rows: rows.flatMap(({ change, endpoints, ...results }) =>
      Object.entries(results).map(([policy, own]) => [change, policy, ns(own), number(own.best), bytes(own)]),
    ),
  }),

  memory: (rows) => ({
    title: 'Memory of an endpoint, in bytes',
    notes: [
      'With its URL and its share of all tables. Breakers are those of endpoints that have just failed once.',
    ],
    head: ['endpoints', 'as it comes', 'after four calls each', 'more while it has a breaker'],
    rows: rows.map(({ endpoints, idle, used, breaker }) => [
      count(endpoints),
      ...[idle, used, breaker].map((weight) => number(weight)),
    ]),
  }),
}

/** What can be measured alone, in the order of the report. */
export const parts = Object.keys(PARTS)

const CALLS = {
  bare: 'fetch, round robin by hand',
  bareAgain: 'the same again (A/A control)',
  undiciFetch: "undici's own fetch, round robin by hand",
  undiciRequest: "undici's request, round robin by hand",
  balancedPool: "undici BalancedPool's request",
  timeout: '... with AbortSignal.timeout',
  pRetryOpossum: '... with p-retry and opossum',
  cockatiel: '... with cockatiel',
  nginx: 'fetch through nginx',
  haproxy: 'fetch through HAProxy',
  balancerFetch: 'balancer.fetch',
  balancerNode: 'balancer.fetch of evenkeel/node',
  balancerNodeAll: '... with everything on',
  balancerExecute: 'balancer.execute',
}

const PICKERS = {
  byHand: 'a counter and a remainder',
  roundRobin: 'evenkeel roundRobin()',
  leastLatency: 'evenkeel leastLatency()',
  grpcRoundRobin: 'grpc-js round_robin',
  grpcWeighted: 'grpc-js weighted_round_robin',
  balancedPool: 'undici BalancedPool',
}

/** Those that took part, with their labels, in the order of the labels. */
const named = (labels, results) =>
  Object.entries(labels).flatMap(([key, label]) =>
    results[key] === undefined ? [] : [[label, results[key]]],
  )
const count = (value) => value.toLocaleString('en')
const people = (callers) => (callers === 1 ? '1 caller' : `${callers} callers`)
const ns = (result) => number(result.ns)
const ratio = (result) => result.ratio.toFixed(2)
const spread = ({ ratio, low, high }) => `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
// Less than a byte is the measurement's own.
const bytes = (result) => (result.bytes < 1 ? '0' : number(result.bytes))
