import {
  type BalancerOptions,
  createBalancer,
  fetchTransport,
  httpCheck,
  retryBudget,
  wrapFetch,
} from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { fleet, outcomeOf } from '../support/fleet.js'

const endpoints = ['http://a.test']

/** The options with one mistake in them, and what the message says of it: which option, what it was, what may be. */
const MISTAKES: readonly [string, object, RegExp][] = [
  ['neither list nor source', {}, /`endpoints` and `discovery` is needed; neither is given/],
  [
    'list and source',
    { endpoints, discovery: { name: 'x', watch() {} } },
    /`endpoints` and `discovery` is needed; both are given/,
  ],
  [
    'an unknown option',
    { endpoints, polcy: 1 },
    /`polcy`: there is no such option; known are name, endpoints/,
  ],
  ['a name that is none', { endpoints, name: '' }, /`name`: got .*"".*string that is not empty/],
  ['a name of another type', { endpoints, name: 7 }, /`name`: got .*7/],
  [
    'a list that is none',
    { endpoints: 'http://a.test' },
    /`endpoints`: got .*"http:\/\/a\.test".*(list|array)/,
  ],
  ['a URL that is none', { endpoints: ['a.test:80:80'] }, /`endpoints\[0\]`: got .*"a\.test:80:80"/],
  ['an endpoint that is none', { endpoints: [5] }, /`endpoints\[0\]`: got .*5/],
  [
    'redundancy of nobody knows what',
    { endpoints, redundancy: {} },
    /`redundancy` needs to know.*`required: 3`.*`capacity: \{ concurrent: 50 \}`.*neither is given/,
  ],
  ['redundancy that is none', { endpoints, redundancy: 'N+1' }, /`redundancy`: got "N\+1".*any of required/],
  [
    'a capacity of nothing',
    { endpoints, redundancy: { capacity: {} } },
    /`redundancy\.capacity`: got an empty object.*exactly one of concurrent, perSecond, utilization/,
  ],
  [
    'two capacities',
    { endpoints, redundancy: { capacity: { concurrent: 5, perSecond: 5 } } },
    /`redundancy\.capacity`: got an object with concurrent, perSecond.*exactly one/,
  ],
  [
    'a capacity of 0',
    { endpoints, redundancy: { capacity: { perSecond: 0 } } },
    /`redundancy\.capacity\.perSecond`: got 0.*greater than 0/,
  ],
  [
    'a utilisation in percent',
    { endpoints, redundancy: { capacity: { utilization: 80 } } },
    /`redundancy\.capacity\.utilization`: got 80.*at most 1/,
  ],
  [
    'a spare that is a word',
    { endpoints, redundancy: { required: 1, spare: '3N' } },
    /`redundancy\.spare`: got "3N".*whole number or '2N'/,
  ],
  [
    'half a spare',
    { endpoints, redundancy: { required: 1, spare: 0.5 } },
    /`redundancy\.spare`: got 0\.5.*whole/,
  ],
  [
    'backups of another kind',
    { endpoints, redundancy: { required: 1, backups: 'own' } },
    /`redundancy\.backups`: got "own".*'shared' or 'dedicated'/,
  ],
  [
    'a unit of 0',
    { endpoints, redundancy: { required: 1, unit: 0 } },
    /`redundancy\.unit`: got 0.*greater than 0/,
  ],
  [
    'no endpoint where one was',
    { endpoints: ['http://a.test', undefined] },
    /`endpoints\[1\]`: got .*undefined/,
  ],
  [
    'a URL that includes credentials',
    { endpoints: ['http://me:secret@a.test'] },
    /`endpoints\[0\](?!.*secret)/,
  ],
  [
    'a weight below 0',
    { endpoints: [{ url: 'http://a.test', weight: -1 }] },
    /`endpoints\[0\]\.weight`: got .*-1/,
  ],
  ['a weight that is NaN', { endpoints: [{ url: 'http://a.test', weight: NaN }] }, /\.weight`: got NaN/],
  [
    'an endless weight',
    { endpoints: [{ url: 'http://a.test', weight: Infinity }] },
    /\.weight`: got Infinity/,
  ],
  [
    'half a priority',
    { endpoints: [{ url: 'http://a.test', priority: 0.5 }] },
    /\.priority`: got 0\.5.*whole/,
  ],
  ['a zone that is none', { endpoints: [{ url: 'http://a.test', zone: 3 }] }, /\.zone`: got 3/],
  ['metadata that is none', { endpoints: [{ url: 'http://a.test', metadata: 'x' }] }, /\.metadata`: got "x"/],
  ['an unknown field', { endpoints: [{ url: 'http://a.test', wieght: 2 }] }, /`endpoints\[0\]\.wieght/],
  [
    'one id twice',
    { endpoints: ['http://b.test', 'http://a.test', 'http://a.test/'] },
    /`endpoints\[2\].*http:\/\/a\.test.*endpoints\[1\] has the same/,
  ],
  ['a hole in the list', { endpoints: new Array(1) }, /`endpoints\[0\]/],
  ['a source that is none', { discovery: { name: 'x' } }, /`discovery`: got .*watch\(\)/],
  ['a policy that is none', { endpoints, policy: 'random' }, /`policy`: got .*"random".*leastLatency\(\)/],
  ['a timeout that is none', { endpoints, timeout: 500 }, /`timeout`: got .*500.*attempt, total/],
  [
    'a timeout below 0',
    { endpoints, timeout: { attempt: -5 } },
    /`timeout\.attempt`: got .*-5.*greater than 0/,
  ],
  ['a timeout of 0', { endpoints, timeout: { total: 0 } }, /`timeout\.total`: got .*0.*greater than 0/],
  [
    'a timeout past all timers',
    { endpoints, timeout: { total: 2 ** 31 } },
    /`timeout\.total`: got .*2147483647/,
  ],
  ['an unknown timeout', { endpoints, timeout: { connect: 5 } }, /`timeout\.connect/],
  ['retry: true', { endpoints, retry: true }, /`retry`: got .*true/],
  ['no attempt at all', { endpoints, retry: { attempts: 0 } }, /`retry\.attempts`: got .*0.*at least 1/],
  ['half an attempt', { endpoints, retry: { attempts: 1.5 } }, /`retry\.attempts`: got .*1\.5.*whole/],
  ['methods that are none', { endpoints, retry: { methods: 'GET' } }, /`retry\.methods`: got .*"GET"/],
  [
    'statuses that are none',
    { endpoints, retry: { statuses: [99] } },
    /`retry\.statuses`: got an array of 1; .*from 400 to 599/,
  ],
  [
    'a pause that is none',
    { endpoints, retry: { backoff: { base: 'x' } } },
    /`retry\.backoff\.base`: got .*"x"/,
  ],
  [
    'a longest pause below the first',
    { endpoints, retry: { backoff: { base: 9, max: 3 } } },
    /`retry\.backoff\.max`: got 3; allowed is no less than the base, which is 9/,
  ],
  [
    'a share that is none',
    { endpoints, retry: { budget: { ratio: -1 } } },
    /`retry\.budget\.ratio`: got .*-1/,
  ],
  [
    'a budget that is not whole',
    { endpoints, retry: { budget: { deposit() {}, withdraw: () => true } } },
    /`retry\.budget`: got an object with deposit, withdraw; allowed is options, or a budget with deposit\(\), withdraw\(\) and balance\(\)/,
  ],
  ['a rule that is none', { endpoints, retry: { shouldRetry: true } }, /`retry\.shouldRetry`: got .*true/],
  ['an unknown retry option', { endpoints, retry: { retries: 3 } }, /`retry\.retries.*attempts/],
  [
    'more than all calls',
    { endpoints, circuitBreaker: { errorThresholdPercentage: 101 } },
    /`circuitBreaker\.errorThresholdPercentage`: got .*101/,
  ],
  [
    'an unknown scope',
    { endpoints, circuitBreaker: { scope: 'all' } },
    /\.scope`: got "all".*'endpoint' or 'service'/,
  ],
  [
    'a reset of 0',
    { endpoints, circuitBreaker: { resetTimeout: 0 } },
    /`circuitBreaker\.resetTimeout`: got .*0/,
  ],
  ['an unknown breaker option', { endpoints, circuitBreaker: { timeout: 5 } }, /`circuitBreaker\.timeout/],
  [
    'a count that is none',
    { endpoints, outlierDetection: { consecutiveFailures: '5' } },
    /Failures`: got "5"/,
  ],
  ['more than all', { endpoints, outlierDetection: { maxEjectedShare: 2 } }, /`outlierDetection\.max.*2/],
  [
    'a check that is none',
    { endpoints, healthCheck: true },
    /`healthCheck`: got true; allowed is .*httpCheck/,
  ],
  [
    'a check without a check',
    { endpoints, healthCheck: { interval: 5 } },
    /`healthCheck\.check`: got undefined/,
  ],
  [
    'an unknown option of a check',
    { endpoints, healthCheck: { check() {}, path: '/' } },
    /`healthCheck\.path`: there is no such option/,
  ],
  [
    'an interval of 0',
    { endpoints, healthCheck: { check() {}, interval: 0 } },
    /`healthCheck\.interval`: got 0; allowed is a number greater than 0/,
  ],
  ['half a rise', { endpoints, healthCheck: { check() {}, rise: 0.5 } }, /`healthCheck\.rise`: got 0\.5/],
  ['a fall of 0', { endpoints, healthCheck: { check() {}, fall: 0 } }, /`healthCheck\.fall`: got 0/],
  [
    'more than all of it',
    { endpoints, healthCheck: { check() {}, jitter: 2 } },
    /`healthCheck\.jitter`: got 2/,
  ],
  [
    'a switch that is none',
    { endpoints, healthCheck: { check() {}, beforeTraffic: 1 } },
    /`healthCheck\.beforeTraffic`: got 1/,
  ],
  ['a threshold that is none', { endpoints, panicThreshold: 50 }, /`panicThreshold`: got .*50.*at most 1/],
  ['a factor below 1', { endpoints, priority: { overprovisioningFactor: 0.5 } }, /`priority\.over.*0\.5/],
  ['an unknown end', { endpoints, completion: 'end' }, /`completion`: got .*"end".*'headers' or 'body'/],
  ['a transport that is none', { endpoints, transport: fetch }, /`transport`: got .*send\(\)/],
  ['a clock that only tells the time', { endpoints, clock: Date }, /`clock`: got .*setTimer\(\)/],
  ['chance that is none', { endpoints, random: 0.5 }, /`random`: got .*0\.5/],
]

describe('createBalancer', () => {
  it.each(MISTAKES)('refuses %s', (_mistake, options, message) => {
    expect(() => createBalancer(options as BalancerOptions)).toThrow(
      expect.objectContaining({
        name: 'BalancerError',
        code: 'ERR_INVALID_CONFIG',
        message: expect.stringMatching(message),
      }),
    )
  })

  it.each([undefined, null, 5, 'http://a.test', []])('refuses %j for options', (options) => {
    expect(() => createBalancer(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }),
    )
  })

  it('takes what is left out and what is undefined for the same', () => {
    const options = { endpoints, name: undefined, policy: undefined, timeout: undefined, retry: undefined }
    const { name, policy } = createBalancer(options as unknown as BalancerOptions).snapshot()
    expect({ name, policy }).toEqual({ name: 'default', policy: 'least-latency' })
  })

  it('takes an empty list, whose calls fail at once', async () => {
    const { error } = await outcomeOf(createBalancer({ endpoints: [] }).fetch('/'))
    expect(error).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
  })
})

describe('what stands beside a balancer refuses mistakes as well', () => {
  const balancer = createBalancer({ endpoints })

  it.each<[string, () => unknown, RegExp]>([
    ['fetchTransport', () => fetchTransport({ fetch: 'x' as never }), /`fetchTransport\.fetch`: got .*"x"/],
    [
      'httpCheck',
      () => httpCheck({ path: 'healthz' }),
      /`httpCheck\.path`: got "healthz"; .* begins with one '\/'/,
    ],
    [
      'a path of another server',
      () => httpCheck({ path: '//evil.test/' }),
      /`httpCheck\.path`: got "\/\/evil/,
    ],
    ['a path of a server by any name', () => httpCheck({ path: '//here.invalid/' }), /`httpCheck\.path`/],
    ['the same in disguise', () => httpCheck({ path: '/\\evil.test/' }), /`httpCheck\.path`/],
    ['a method that is none', () => httpCheck({ method: 'G T' }), /`httpCheck\.method`/],
    [
      'headers that are none',
      () => httpCheck({ headers: { 'a b': 'c' } }),
      /`httpCheck\.headers`: got an object with a b/,
    ],
    ['a port that is none', () => httpCheck({ port: 70_000 }), /`httpCheck\.port`: got 70000/],
    ['a status that is none', () => httpCheck({ status: 'ok' as never }), /`httpCheck\.status`: got "ok"/],
    ['no status at all', () => httpCheck({ status: [] }), /`httpCheck\.status`: got an array of 0/],
    ['an empty body', () => httpCheck({ body: '' }), /`httpCheck\.body`: got ""/],
    ['an unknown option of httpCheck', () => httpCheck({ url: '/' } as never), /`httpCheck\.url`/],
    ['retryBudget', () => retryBudget({ ratio: NaN }), /`retryBudget\.ratio`: got NaN/],
    ['wrapFetch without a fetch', () => wrapFetch('x' as never, {}), /`fetch`: got .*"x"/],
    ['wrapFetch without services', () => wrapFetch(fetch, null as never), /`services`: got .*null/],
    [
      'wrapFetch of no balancer',
      () => wrapFetch(fetch, { a: {} as never }),
      /`services\.a`: got .*a balancer/,
    ],
    ['wrapFetch of no host', () => wrapFetch(fetch, { 'a/b': balancer }), /`services\.a\/b`: got .*host/],
    ['wrapFetch of one host twice', () => wrapFetch(fetch, { a: balancer, A: balancer }), /`services\.A/],
    ['pick', () => balancer.pick({ avod: [] } as never), /`pick\.avod/],
    ['pick', () => balancer.pick({ avoid: 'a' } as never), /`pick\.avoid`: got "a"; allowed is an array/],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })

  it.each([
    [{ timeout: { attempt: Number.NaN } }, /`balancer\.timeout\.attempt`: got .*NaN/],
    [{ retry: { attempts: -1 } }, /`balancer\.retry\.attempts`: got .*-1/],
    [{ retry: { budget: {} } }, /`balancer\.retry\.budget`: got .*set on the balancer/],
    [{ idempotent: 'yes' }, /`balancer\.idempotent`: got .*"yes".*true or false/],
    [{ completion: 'never' }, /`balancer\.completion`: got .*"never"/],
    [{ hash: 1 }, /balancer\.hash.*there is no such option/],
  ])('one call with %j, and nothing is sent', async (options, message) => {
    const { balancer, sent } = fleet({ a: () => new Response() })
    const { error } = await outcomeOf(balancer.fetch('/', { balancer: options as never }))
    expect(error).toMatchObject({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) })
    expect(sent).toEqual([])
  })

  it.each([null, 5, {}])('ready with the signal %j', async (signal) => {
    const { error } = await outcomeOf(balancer.ready({ signal: signal as never }))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringMatching(/ready\.signal/),
    })
  })
})
