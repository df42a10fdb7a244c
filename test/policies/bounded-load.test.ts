import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { Outcome } from '../../src/core/outcome.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { equal, KEYED, KeyedFleet, keysOf } from '../support/keyed.js'
import { Gate } from '../support/table.js'

const DONE: Outcome = {
  kind: 'success',
  progress: 'answered',
  latency: 1,
  status: 200,
  retryAfter: undefined,
  load: undefined,
  final: false,
  error: undefined,
}

/** Calls in and out, as the balancer counts them. */
class Calls {
  readonly underWay: LiveEndpoint[] = []
  readonly #fleet: KeyedFleet

  constructor(fleet: KeyedFleet) {
    this.#fleet = fleet
  }

  begin(key: string): LiveEndpoint {
    const endpoint = this.#fleet.pick(key)
    this.#fleet.policy.start?.(endpoint, 0)
    endpoint.inFlight++
    this.underWay.push(endpoint)
    return endpoint
  }

  end(index: number): void {
    const [endpoint] = this.underWay.splice(index, 1)
    endpoint!.inFlight--
    this.#fleet.policy.observe?.(endpoint!, DONE, 0)
  }
}

/** What the bound allows an endpoint, with the call that has just been given to it counted. */
function slots(fleet: KeyedFleet, endpoint: LiveEndpoint, factor: number): number {
  let underWay = 0
  let weight = 0
  for (let i = 0; i < fleet.table.total; i++) underWay += fleet.table.at(i).inFlight
  for (let i = 0; i < fleet.table.size; i++) weight += fleet.table.at(i).weight
  return Math.max(1, Math.ceil((endpoint.weight / weight) * Math.ceil(underWay * factor)))
}

describe.each(KEYED)('%s with bounded load', (_name, create) => {
  it.each([1, 1.25, 2])(
    'never gives an endpoint more than %d times its share, whatever happens',
    (boundedLoad) => {
      fc.assert(
        fc.property(
          fc.array(
            fc.tuple(
              fc.constantFrom('call', 'call', 'call', 'hot', 'hot', 'end', 'out', 'in'),
              fc.nat(1_000),
            ),
            {
              maxLength: 120,
            },
          ),
          (steps) => {
            const fleet = new KeyedFleet(create({ boundedLoad }), {
              n0: 1,
              n1: 2,
              n2: 1,
              n3: 5,
              n4: 1,
              n5: 3,
            })
            const calls = new Calls(fleet)
            for (const [what, number] of steps) {
              const id = `n${number % 6}`
              if (what === 'out') fleet.gate(id, Gate.EJECTED)
              else if (what === 'in') fleet.gate(id, 0)
              else if (what === 'end') {
                if (calls.underWay.length > 0) calls.end(number % calls.underWay.length)
              } else if (fleet.table.size > 0) {
                const endpoint = calls.begin(what === 'hot' ? 'the one that all want' : `key ${number}`)
                expect(endpoint.inFlight).toBeLessThanOrEqual(slots(fleet, endpoint, boundedLoad))
              }
            }
          },
        ),
        { numRuns: 80, seed: 3 },
      )
    },
  )

  it('holds with a hundred endpoints too, where calls are counted and not added up', () => {
    const fleet = new KeyedFleet(create({ boundedLoad: 1.25 }), equal(100))
    const calls = new Calls(fleet)
    const random = seededRandom(2)
    for (let i = 0; i < 3_000; i++) {
      if (calls.underWay.length >= 250) calls.end(Math.floor(random() * calls.underWay.length))
      const endpoint = calls.begin(random() < 0.5 ? 'hot' : `key ${i}`)
      expect(endpoint.inFlight).toBeLessThanOrEqual(slots(fleet, endpoint, 1.25))
    }
  })

  it('leaves a key where it is as long as there is room, and fills its choices in their order', () => {
    const bounded = new KeyedFleet(create({ boundedLoad: 2 }), equal(10))
    const free = new KeyedFleet(create(), equal(10))
    for (const key of keysOf(100)) expect(bounded.pick(key).id).toBe(free.pick(key).id)
    const calls = new Calls(bounded)
    const used = Array.from({ length: 40 }, () => calls.begin('hot').id)
    const order = free.choices('hot')
    const inOrder = [...new Set(used)]
    expect(inOrder).toEqual(order.slice(0, inOrder.length))
    expect(inOrder.length).toBeGreaterThanOrEqual(5)
  })

  it('takes the least loaded of those that were not tried when only full ones are left', () => {
    const fleet = new KeyedFleet(create({ boundedLoad: 1 }), equal(3))
    fleet.get('n1').inFlight = 9
    fleet.get('n2').inFlight = 5
    expect(fleet.pick('key', [fleet.get('n0')]).id).toBe('n2')
  })

  it('counts anew when endpoints have come and gone, with calls of theirs under way', () => {
    const fleet = new KeyedFleet(create({ boundedLoad: 1.5 }), equal(40))
    const calls = new Calls(fleet)
    for (let i = 0; i < 200; i++) calls.begin(`key ${i}`)
    for (let i = 0; i < 20; i++) fleet.remove(`n${i}`)
    while (calls.underWay.length > 20) calls.end(0)
    for (let i = 0; i < 400; i++) {
      const endpoint = calls.begin('hot')
      expect(endpoint.inFlight).toBeLessThanOrEqual(slots(fleet, endpoint, 1.5))
    }
  })
})
