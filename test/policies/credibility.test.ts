import { scenarios, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import { Credibility } from '../../src/policies/credibility.js'
import { Shortlist } from '../../src/policies/shortlist.js'
import { WaitLedger } from '../../src/policies/wait-ledger.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { success } from '../support/success.js'
import { tableOf } from '../support/table.js'

/** Ten endpoints that have `atOnce` calls under way each, one after the other; a look with every call. */
function setUp(latencyOf: (endpoint: number, random: () => number) => number, atOnce = 2) {
  const random = seededRandom(3)
  const { table, endpoints } = tableOf(Array.from({ length: 10 }, () => 1))
  const credibility = new Credibility()
  const ledger = new WaitLedger()
  const shortlist = new Shortlist()
  const calls: { endpoint: LiveEndpoint; at: number; until: number }[] = []
  const begin = (endpoint: LiveEndpoint, now: number) => {
    const until = now + latencyOf(endpoints.indexOf(endpoint), random)
    calls.push({ endpoint, at: now, until })
    ledger.start(endpoint, now)
    endpoint.inFlight++
    table.inFlight++
  }
  const step = () => {
    calls.sort((x, y) => x.until - y.until)
    const { endpoint, at, until } = calls.shift()!
    endpoint.inFlight--
    table.inFlight--
    ledger.end(endpoint, success(until - at), 0, until)
    shortlist.draw(table, random)
    credibility.look(table, shortlist, ledger)
    begin(endpoint, until)
  }
  // With less than one at once some endpoints have none.
  for (let i = 0; i < 10 * atOnce; i++) begin(endpoints[i % 10]!, i)
  return {
    weightAfter: (steps: number) => {
      for (let i = 0; i < steps; i++) step()
      return credibility.weight
    },
  }
}

/** Most take 5 ms, one in twenty 300. */
const byRequest = (_: number, random: () => number) => (random() < 0.05 ? 300 : 5)
const byEndpoint = (endpoint: number) => (endpoint < 2 ? 100 : 20)

describe('credibility', () => {
  it('gives the mean the weight of one answer to begin with', () => {
    expect(new Credibility().weight).toBe(1)
    expect(setUp(byRequest).weightAfter(1)).toBe(1)
  })

  it('believes the mean where answers differ because requests do', () => {
    expect(setUp(byRequest).weightAfter(5_000)).toBeGreaterThan(5)
  })

  it('believes the endpoints where they differ', () => {
    expect(setUp(byEndpoint).weightAfter(5_000)).toBe(1)
  })

  it('finds out when they begin to differ', () => {
    let slow = false
    const { weightAfter } = setUp(
      (endpoint, random) => -Math.log(1 - random()) * (slow && endpoint < 2 ? 100 : 20),
    )
    expect(weightAfter(5_000)).toBeGreaterThan(5)
    slow = true
    expect(weightAfter(3_000)).toBeLessThan(2)
  })

  it('leaves it at that where there are no calls under way to go by instead', () => {
    expect(setUp(byRequest, 0.1).weightAfter(5_000)).toBeLessThan(1.5)
  })

  it('brings leastLatency close to counting where latency speaks of requests', async () => {
    const scenario = { ...scenarios['heavy-tail'], requests: 20_000 }
    const mean = async (policy: string) =>
      (await simulate({ ...scenario, balancer: { policy } })).measured.latency.mean ?? Number.NaN
    expect(await mean('leastLatency')).toBeLessThan(1.2 * (await mean('leastRequest')))
  })
})
