import type { Scenario, ServerGroup } from './scenario.js'

/**
 * Ten servers of four slots, 20 ms a request on average: what the built-in scenarios are variations of. They
 * report their load, for policies that go by that; others do not look.
 */
const usual = (name: string, count: number, more: Partial<ServerGroup> = {}): ServerGroup => ({
  name,
  count,
  service: { exponential: 20 },
  reports: true,
  ...more,
})

/** The built-in scenarios. */
export type ScenarioName =
  | 'equal-servers'
  | 'slow-servers'
  | 'grey-server'
  | 'grey-heals'
  | 'antagonists'
  | 'failures'
  | 'rolling-restart'
  | 'scale-up'
  | 'heavy-tail'
  | 'load-spikes'

/**
 * The built-in scenarios, by name. Each shows one thing that happens to fleets; change them as you
 * like, since they are plain data: `{ ...scenarios['grey-server'], requests: 1e6 }`.
 */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  'equal-servers': {
    name: 'equal-servers',
    title: 'All is well: ten equal servers at 72 % of what they can do',
    description:
      'Nothing is wrong, and every policy should be close to the best. What is left is luck: one that ' +
      'does not look may queue a request behind a long one while another server has nothing to do.',
    servers: usual('servers', 10),
  },
  'slow-servers': {
    name: 'slow-servers',
    title: 'Two of ten servers are five times slower, for good',
    description:
      'Older machines, or a wrong setting. Whoever gives each server the same overloads the slow ones. ' +
      'Counting requests in flight avoids that, and measuring latency finds out what it costs to use them at all.',
    servers: [usual('fast', 8), usual('slow', 2, { slowdown: 5 })],
  },
  'grey-server': {
    name: 'grey-server',
    title: 'A third into the run one of ten servers becomes twenty times slower',
    description:
      'It fails no health check and answers no error: a dying disk, a leak, a throttled CPU. Nothing but ' +
      'its latency tells, and who does not look at that sends it a tenth of everything.',
    servers: [usual('healthy', 9), usual('grey', 1)],
    changes: [{ kind: 'slow', servers: 'grey', factor: 20, from: '33.3%' }],
  },
  'grey-heals': {
    name: 'grey-heals',
    title: 'A grey server heals after a third of the run',
    description:
      'Avoiding a slow server is one half. The other is to find out that it is well again: a policy that ' +
      'never looks leaves a tenth of the fleet idle for good. See what share it gets in the end.',
    servers: [usual('healthy', 9), usual('grey', 1)],
    changes: [{ kind: 'slow', servers: 'grey', factor: 20, from: '33.3%', until: '66.7%' }],
  },
  antagonists: {
    name: 'antagonists',
    title: 'At any time three of ten servers are four times slower, others every second',
    description:
      'Noisy neighbours, garbage collection, batch jobs. What was learned a second ago is wrong now, so ' +
      'policies that remember for long do worse here than with one that stays slow.',
    servers: usual('servers', 10),
    // 72 % of what is left: 0.72 x (7 + 3 / 4) / 10.
    arrivals: { load: 0.558 },
    changes: [{ kind: 'antagonist', count: '30%', factor: 4, every: 1_000 }],
  },
  failures: {
    name: 'failures',
    title: 'Two of ten servers refuse, one answers 503, one never answers, for 20 s of 60',
    description:
      'What outlier detection, breakers, timeouts and retries are for. Policies differ little here; try ' +
      'it without retries, or without ejection, to see what each of them does.',
    servers: [usual('healthy', 6), usual('refusing', 2), usual('erring', 1), usual('silent', 1)],
    arrivals: { rate: 300 },
    requests: 18_000,
    warmUp: 0,
    changes: [
      { kind: 'outage', servers: 'refusing', how: 'refuse', from: 20_000, until: 40_000 },
      { kind: 'outage', servers: 'erring', how: 503, from: 20_000, until: 40_000 },
      { kind: 'outage', servers: 'silent', how: 'silent', from: 20_000, until: 40_000 },
    ],
    balancer: { timeout: { attempt: 1_000 } },
  },
  'rolling-restart': {
    name: 'rolling-restart',
    title: 'Ten servers are restarted one by one, and come back cold',
    description:
      'A deployment. Each is gone for 2 s and then four times slower, which wears off in 8 s. Clients ' +
      'are not told: they see refused connections, and a server that is slow at first.',
    servers: usual('servers', 10),
    arrivals: { load: 0.5 },
    changes: [
      {
        kind: 'restart',
        servers: '100%',
        from: 10_000,
        every: 7_000,
        downtime: 2_000,
        cold: { factor: 4, duration: 8_000 },
      },
    ],
  },
  'scale-up': {
    name: 'scale-up',
    title: 'Traffic doubles, and five new servers join ten that have too much to do',
    description:
      'The new ones have nothing to do, so whoever counts requests sends them everything at once, while ' +
      'they are cold. Traffic rises above what ten can do before they come.',
    servers: [usual('old', 10), usual('new', 5)],
    arrivals: { load: 0.5, pattern: [{ at: '35%', factor: 2.1 }] },
    changes: [{ kind: 'join', servers: 'new', from: '40%', cold: { factor: 3, duration: 5_000 } }],
    discoveryDelay: 500,
  },
  'heavy-tail': {
    name: 'heavy-tail',
    title: 'Most requests take 5 ms, one in twenty 300 ms',
    description:
      'Cache hits and misses. The latency of the last request says little of the server and much of ' +
      'the request; how many are in flight tells better what the next one will wait for.',
    servers: usual('servers', 10, { service: { bimodal: { fast: 5, slow: 300, slowShare: 0.05 } } }),
    arrivals: { load: 0.6 },
  },
  'load-spikes': {
    name: 'load-spikes',
    title: 'Three times a burst of twice the usual traffic, above what the fleet can do',
    description:
      'Queues grow while it lasts, and are limited: one more is answered 503, which is tried again ' +
      'elsewhere within the retry budget. See that retries do not make it worse.',
    servers: usual('servers', 10, { queue: 20 }),
    arrivals: {
      load: 0.55,
      pattern: [
        { at: '20%', factor: 2 },
        { at: '25%', factor: 1 },
        { at: '45%', factor: 2 },
        { at: '50%', factor: 1 },
        { at: '70%', factor: 2 },
        { at: '75%', factor: 1 },
      ],
    },
  },
}
