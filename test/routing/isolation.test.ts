import { leastLatency, leastRequest, random, roundRobin } from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answer,
  type Behaviour,
  breakOff,
  elapse,
  fleet,
  outcomeOf,
  refuse,
  status,
} from '../support/fleet.js'

const IDS = ['a', 'b', 'c', 'd']
const BEHAVIOURS: Record<string, Behaviour> = {
  answer,
  breakOff,
  refuse,
  busy: status(429, { 'retry-after': '1' }),
  // Longer than a call can wait: then it asks whoever comes back first.
  away: status(503, { 'retry-after': '60' }),
  broken: status(500),
  gone: status(503),
}
const POLICIES = { leastLatency, leastRequest, random, roundRobin }

const member = fc.record({
  version: fc.constantFrom('v1', 'v2'),
  priority: fc.nat(1),
  zone: fc.constantFrom('here', 'there'),
  weight: fc.constantFrom(0, 1, 3),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('call' as const), how: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('behave' as const),
      who: fc.subarray(IDS, { minLength: 1 }),
      how: fc.constantFrom(...Object.keys(BEHAVIOURS)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('wait' as const),
      ms: fc.constantFrom(100, 1_000, 5_000, 10_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('list' as const),
      members: fc.array(member, { minLength: 1, maxLength: IDS.length }),
    }),
  },
)

function listOf(members: readonly { version: string; priority: number; zone: string; weight: number }[]) {
  return members.map(({ version, ...rest }, i) => ({
    ...rest,
    id: IDS[i] as string,
    url: `http://${IDS[i]}`,
    metadata: { version },
  }))
}

describe('a call for a subset, with no fallback', () => {
  it('never lands outside of it, whatever happens', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(POLICIES) as (keyof typeof POLICIES)[])),
        fc.boolean(),
        fc.array(member, { minLength: 1, maxLength: IDS.length }),
        fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
        async (policy, local, members, steps) => {
          const strays: string[] = []
          let wanted = ''
          const does = Object.fromEntries(IDS.map((id) => [id, answer]))
          const f = fleet(does, {
            policy: POLICIES[policy](),
            endpoints: listOf(members),
            ...(local && { locality: { zone: 'here' } }),
            outlierDetection: { maxEjectedShare: 1 },
            routes: [
              { match: { path: '/v1' }, to: { version: 'v1' } },
              { match: { path: '/v2' }, to: { version: 'v2' }, fallback: 'none' },
            ],
          })
          f.balancer.on('attempt', ({ endpoint }) => {
            if (endpoint.metadata['version'] !== wanted) strays.push(endpoint.id)
          })
          for (const told of steps) {
            if (told.what === 'behave')
              for (const id of told.who) f.does[id] = BEHAVIOURS[told.how] as Behaviour
            else if (told.what === 'wait') await f.clock.advance(told.ms)
            else if (told.what === 'list') f.balancer.setEndpoints(listOf(told.members))
            else {
              wanted = told.how % 2 === 0 ? 'v1' : 'v2'
              const call =
                told.how < 2
                  ? f.balancer.fetch(`/${wanted}`)
                  : f.balancer.fetch('/', { balancer: { subset: { version: wanted }, hashKey: 'me' } })
              const { value, error } = await elapse(f.clock, outcomeOf(call))
              if (value === undefined) expect(error).toMatchObject({ name: 'BalancerError' })
            }
          }
          expect(strays).toEqual([])
          for (const { eligible, total } of f.balancer.snapshot().subsets ?? []) {
            expect(eligible).toBeLessThanOrEqual(total)
          }
          await f.balancer.close()
          expect(f.clock.pending).toBe(0)
        },
      ),
      { numRuns: 100, seed: 7 },
    )
  })

  const endpoints = listOf([
    { version: 'v1', priority: 0, zone: 'here', weight: 1 },
    { version: 'v2', priority: 0, zone: 'here', weight: 1 },
    { version: 'v3', priority: 0, zone: 'here', weight: 1 },
  ])
  const to = (version: string) => ({ balancer: { subset: { version } } })

  it('is not the trial of an endpoint outside of it', async () => {
    const f = fleet({ a: breakOff, b: answer, c: answer }, { endpoints })
    await elapse(f.clock, outcomeOf(f.balancer.fetch('/', to('v1'))))
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(5_000)
    expect(f.state('a')).toBe('trial-due')
    for (let i = 0; i < 5; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/', to('v2'))))
    expect(f.state('a')).toBe('trial-due')
    expect(f.hits()).toEqual({ a: 3, b: 5 })
  })

  it('does not go to an endpoint outside of it that asked for a pause, when all of its own are out', async () => {
    const does = { a: status(503, { 'retry-after': '60' }), b: breakOff, c: answer }
    const f = fleet(does, { endpoints, panicThreshold: 0 })
    await elapse(f.clock, outcomeOf(f.balancer.fetch('/', to('v1'))))
    expect(f.state('a')).toBe('cooldown')
    f.sent.length = 0
    for (let i = 0; i < 3; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/', to('v2'))))
    expect(f.state('b')).toBe('ejected')
    expect(f.hits()).toEqual({ b: 3 })
  })
})
