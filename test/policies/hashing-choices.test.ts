import { describe, expect, it } from 'vitest'
import { equal, KEYED, KeyedFleet, keysOf } from '../support/keyed.js'
import { Gate } from '../support/table.js'

const KEYS = keysOf(300)

describe.each(KEYED)('%s, choice by choice', (_name, create) => {
  it('goes through all endpoints, none of them twice, in an order of the key', () => {
    const fleet = new KeyedFleet(create(), equal(12))
    const orders = KEYS.map((key) => fleet.choices(key))
    for (const order of orders) expect(new Set(order).size).toBe(12)
    // Two keys in front of the same point of a ring have the same one.
    expect(new Set(orders.map(String)).size).toBeGreaterThan(0.9 * KEYS.length)
    expect(KEYS.map((key) => fleet.choices(key))).toEqual(orders)
  })

  it('sends a key whose endpoint is out to where a retry would have gone', () => {
    const fleet = new KeyedFleet(create(), equal(12))
    for (const key of KEYS) {
      const [first, second, third] = fleet.choices(key)
      fleet.gate(first!, Gate.EJECTED)
      expect(fleet.pick(key).id).toBe(second)
      fleet.gate(second!, Gate.CIRCUIT)
      expect(fleet.pick(key).id).toBe(third)
      fleet.gate(first!, 0)
      fleet.gate(second!, 0)
    }
  })

  it('leaves out those that are out, and keeps the order of the rest', () => {
    const fleet = new KeyedFleet(create(), { ...equal(6), heavy: 1_000 })
    const orders = KEYS.map((key) => fleet.choices(key))
    fleet.gate('heavy', Gate.EJECTED)
    fleet.gate('n4', Gate.EJECTED)
    KEYS.forEach((key, i) => {
      const rest = orders[i]!.filter((id) => id !== 'heavy' && id !== 'n4')
      expect(fleet.choices(key)).toEqual(rest)
    })
  })

  it('says nothing when all that there are have been tried', () => {
    const fleet = new KeyedFleet(create(), equal(2))
    expect(fleet.pick('key', [fleet.get('n0'), fleet.get('n1')])).toBeUndefined()
  })
})

describe.each(KEYED.filter(([name]) => name !== 'maglev'))('%s', (_name, create) => {
  it('has a key already where it goes when its endpoint is removed for good', () => {
    const fleet = new KeyedFleet(create(), equal(9))
    const before = KEYS.map((key) => fleet.choices(key))
    fleet.remove('n5')
    KEYS.forEach((key, i) => {
      expect(fleet.choices(key)).toEqual(before[i]!.filter((id) => id !== 'n5'))
    })
  })
})
