import { failover, pickFirst } from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { Random } from '../../src/core/random.js'
import { leastLatency } from '../../src/policies/least-latency.js'
import { leastRequest } from '../../src/policies/least-request.js'
import { leastTime } from '../../src/policies/least-time.js'
import { maglev } from '../../src/policies/maglev.js'
import { peakEwma } from '../../src/policies/peak-ewma.js'
import type { Policy } from '../../src/policies/policy.js'
import { prequal } from '../../src/policies/prequal.js'
import { random } from '../../src/policies/random.js'
import { rendezvous } from '../../src/policies/rendezvous.js'
import { ringHash } from '../../src/policies/ring-hash.js'
import { roundRobin } from '../../src/policies/round-robin.js'
import { sticky } from '../../src/policies/sticky.js'
import { weightedByLoad } from '../../src/policies/weighted-by-load.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { success } from '../support/success.js'
import { Gate, gate, reweigh, tableOf } from '../support/table.js'

/** What calls are told by: nothing, unless it says otherwise. */
type KeySupplier = (random: Random) => string | undefined

const noKey: KeySupplier = () => undefined
const anyKey: KeySupplier = (random) => `key ${random()}`

/** Every policy of the library: one that is added here runs the whole suite. */
const POLICIES: readonly [string, () => Policy, KeySupplier?][] = [
  ['round-robin', roundRobin],
  ['random', random],
  ['least-request', leastRequest],
  ['least-latency', leastLatency],
  // Chance places the points of a ring; the more there are, the closer are shares to the weights.
  ['ring-hash', () => ringHash({ minRingSize: 8_192 }), anyKey],
  ['ring-hash', ringHash],
  ['ring-hash', () => ringHash({ boundedLoad: 1.25, minRingSize: 8_192 }), anyKey],
  ['maglev', maglev, anyKey],
  ['maglev', () => maglev({ boundedLoad: 1.25 }), anyKey],
  ['rendezvous', rendezvous, anyKey],
  ['rendezvous', () => rendezvous({ boundedLoad: 1.25 }), anyKey],
  ['sticky', sticky, anyKey],
  ['prequal', prequal],
  ['weighted-by-load', weightedByLoad],
  ['least-time', leastTime],
  ['peak-ewma', peakEwma],
]

/** Those that are not for balance: one endpoint for all calls. */
const ONE_FOR_ALL: readonly [string, () => Policy, KeySupplier?][] = [
  ['pick-first', pickFirst],
  ['failover', failover],
  ['failover', () => failover({ preempt: false, masterOnly: true })],
]

/** Small enough for scans, and large enough for heaps, samples and pairs. */
const SIZES = [1, 2, 3, 10, 33, 200]

/** Shares of traffic under `picks` calls, of which `concurrent` are under way at any time, each taking 10 ms. */
function shares(
  policy: Policy,
  weights: readonly number[],
  picks: number,
  concurrent: number,
  keys: KeySupplier,
  seed = 7,
): number[] {
  const { table, endpoints } = tableOf(weights)
  const counts = new Map<LiveEndpoint, number>()
  const chance = seededRandom(seed)
  const underWay: LiveEndpoint[] = []
  let now = 1_000
  for (let i = 0; i < picks; i++) {
    now += 10 / concurrent
    if (underWay.length >= concurrent) {
      const done = underWay.shift()!
      done.inFlight--
      policy.observe?.(done, success(10), now)
    }
    const endpoint = policy.pick(table, { now, random: chance, tried: [], key: keys(chance) }) as LiveEndpoint
    policy.start?.(endpoint, now)
    endpoint.inFlight++
    underWay.push(endpoint)
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
  }
  return endpoints.map((endpoint) => (counts.get(endpoint) ?? 0) / picks)
}

describe.each([...POLICIES, ...ONE_FOR_ALL])('%s', (name, create, keys = noKey) => {
  it('has its name, and forks into a policy of the same name with state of its own', () => {
    const policy = create()
    expect(policy.name).toBe(name)
    const fork = policy.fork?.()
    expect(fork).not.toBe(policy)
    expect(fork?.name).toBe(name)
  })

  it.each(SIZES)('picks only what may be picked, among %i, whatever comes and goes', (n) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(n - 1), fc.constantFrom('out', 'in', 'weigh', 'leave', 'return')), {
          maxLength: 60,
        }),
        fc.integer(),
        (steps, seed) => {
          const { table, endpoints } = tableOf(Array.from({ length: n }, (_, i) => 1 + (i % 3)))
          const policy = create()
          const chance = seededRandom(seed)
          let now = 1_000
          for (const [index, what] of steps) {
            const endpoint = endpoints[index]!
            const present = table.slotOf(endpoint) >= 0
            if (what === 'leave') {
              if (present) table.remove(endpoint)
            } else if (what === 'return') {
              if (!present) table.add(endpoint)
            } else if (!present) continue
            else if (what === 'weigh') reweigh(table, endpoint, (index + seed) % 3 === 0 ? 0 : 2)
            else
              gate(
                table,
                endpoint,
                what === 'out' ? endpoint.gates | Gate.EJECTED : endpoint.gates & ~Gate.EJECTED,
              )
            if (table.size === 0) continue
            now += 5
            const picked = policy.pick(table, {
              now,
              random: chance,
              tried: [],
              key: keys(chance),
            }) as LiveEndpoint
            expect(table.has(picked)).toBe(true)
            expect(picked.weight).toBeGreaterThan(0)
            policy.observe?.(picked, success(now % 40), now)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('does the same again for the same chance', () => {
    expect(shares(create(), [1, 2, 3], 500, 5, keys, 11)).toEqual(
      shares(create(), [1, 2, 3], 500, 5, keys, 11),
    )
  })
})

describe.each(POLICIES)('%s', (_, create, keys = noKey) => {
  it.each([2, 3, 5, 20])('gives each of %i equal endpoints its equal share under load', (n) => {
    const result = shares(
      create(),
      Array.from({ length: n }, () => 1),
      20_000,
      4 * n,
      keys,
    )
    for (const share of result) expect(share).toBeCloseTo(1 / n, 1.7)
  })

  it.each([[[1, 3]], [[5, 1, 1]], [[1, 2, 3, 4]], [Array.from({ length: 40 }, (_, i) => 1 + (i % 4))]])(
    'gives endpoints of weights %j their share under load',
    (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const result = shares(create(), weights, 40_000, 3 * total, keys)
      // 20 % of the fair share: the power of two choices spreads unequal weights a little more evenly.
      weights.forEach((weight, i) => {
        const fair = weight / total
        expect(Math.abs(result[i]! - fair)).toBeLessThan(0.2 * fair)
      })
    },
  )

  // Each client builds its own index, which takes some ms where that is a ring or a table.
  it('does not start in step: many clients spread their first calls', { timeout: 60_000 }, () => {
    const firsts = new Map<string, number>()
    const clients = 400
    for (let seed = 0; seed < clients; seed++) {
      const { table } = tableOf([1, 1, 1])
      const { id } = create().pick(table, {
        now: 1_000,
        random: seededRandom(seed),
        tried: [],
        key: keys(seededRandom(seed)),
      }) as LiveEndpoint
      firsts.set(id, (firsts.get(id) ?? 0) + 1)
    }
    for (const id of ['a', 'b', 'c']) expect((firsts.get(id) ?? 0) / clients).toBeCloseTo(1 / 3, 1)
  })
})
