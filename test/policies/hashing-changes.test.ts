import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equal, KEYED, KeyedFleet, keysOf } from '../support/keyed.js'
import { Gate, reweigh } from '../support/table.js'

const KEYS = keysOf(4_000)

/** Keys that moved although neither their old nor their new endpoint is the one that changed. */
function strays(before: readonly string[], after: readonly string[], changed: string): number {
  return before.filter((id, i) => id !== after[i] && id !== changed && after[i] !== changed).length
}

/** Keys may stray where an index is filled anew: this share of them. */
const STRAY: Readonly<Record<string, number>> = { 'ring-hash': 0, maglev: 0.05, rendezvous: 0 }

describe.each(KEYED)('%s, as endpoints change', (name, create) => {
  it.each([2, 3, 10, 40])(
    'moves only keys to the one that comes to %i others, and only its own when it goes',
    (n) => {
      const fleet = new KeyedFleet(create(), equal(n))
      const before = fleet.owners(KEYS)
      fleet.add('new')
      const after = fleet.owners(KEYS)
      expect(strays(before, after, 'new') / KEYS.length).toBeLessThanOrEqual(STRAY[name]!)
      const arrived = after.filter((id) => id === 'new').length / KEYS.length
      expect(Math.abs(arrived - 1 / (n + 1))).toBeLessThan(0.15 / (n + 1) + 0.01)
      fleet.remove('new')
      expect(fleet.owners(KEYS)).toEqual(before)
    },
  )

  it('moves only the keys of one that is ejected, spread over the others, and gives it exactly those back', () => {
    const fleet = new KeyedFleet(create(), equal(10))
    const before = fleet.owners(KEYS)
    fleet.gate('n3', Gate.EJECTED)
    const during = fleet.owners(KEYS)
    before.forEach((id, i) => {
      if (id !== 'n3') expect(during[i]).toBe(id)
    })
    const heirs = new Map<string, number>()
    before.forEach((id, i) => {
      if (id === 'n3') heirs.set(during[i]!, (heirs.get(during[i]!) ?? 0) + 1)
    })
    const moved = before.filter((id) => id === 'n3').length
    expect(heirs.size).toBe(9)
    for (const count of heirs.values()) expect(count).toBeLessThan((3 * moved) / 9)
    fleet.gate('n3', 0)
    expect(fleet.owners(KEYS)).toEqual(before)
  })

  it('gives keys only to one that gets heavier, and takes keys only from one that gets lighter', () => {
    const fleet = new KeyedFleet(create(), equal(8))
    const before = fleet.owners(KEYS)
    reweigh(fleet.table, fleet.get('n2'), 3)
    const after = fleet.owners(KEYS)
    const wrong = before.filter((id, i) => id !== after[i] && after[i] !== 'n2').length
    expect(wrong / KEYS.length).toBeLessThanOrEqual(2 * STRAY[name]!)
    expect(after.filter((id) => id === 'n2').length / KEYS.length).toBeCloseTo(0.3, 1)
    reweigh(fleet.table, fleet.get('n2'), 1)
    expect(fleet.owners(KEYS)).toEqual(before)
  })

  it('never uses an endpoint of weight 0, and gives it its keys when it gets weight', () => {
    const fleet = new KeyedFleet(create(), { ...equal(3), drained: 0 })
    expect(fleet.owners(KEYS)).not.toContain('drained')
    reweigh(fleet.table, fleet.get('drained'), 1)
    expect(fleet.owners(KEYS).filter((id) => id === 'drained').length / KEYS.length).toBeCloseTo(0.25, 1)
  })

  it('finds the only endpoint that is left, of one, of two, and of a thousand', () => {
    for (const n of [1, 2, 1_000]) {
      const fleet = new KeyedFleet(create(), equal(n))
      for (let i = 1; i < n; i++) fleet.gate(`n${i}`, Gate.CIRCUIT)
      expect(new Set(fleet.owners(KEYS.slice(0, 50)))).toEqual(new Set(['n0']))
    }
  })

  it('gives everybody its own keys in panic, when those that are ejected count again', () => {
    const fleet = new KeyedFleet(create(), equal(4))
    const before = fleet.owners(KEYS)
    for (const id of ['n0', 'n1', 'n2']) fleet.gate(id, Gate.EJECTED)
    expect(new Set(fleet.owners(KEYS))).toEqual(new Set(['n3']))
    fleet.table.panic = true
    expect(fleet.owners(KEYS)).toEqual(before)
  })

  it('has the same state after any changes as one that has seen none of them', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(11),
            fc.constantFrom('come', 'go', 'weigh', 'eject', 'heal'),
            fc.constantFrom(1, 2, 7, 0.5, 0),
          ),
          { minLength: 1, maxLength: 25 },
        ),
        (steps) => {
          const fleet = new KeyedFleet(create())
          const present = new Map<string, { weight: number; gates: number }>()
          const keys = KEYS.slice(0, 60)
          for (const [number, what, weight] of steps) {
            const id = `n${number}`
            const known = present.get(id)
            if (what === 'come') {
              if (known) continue
              fleet.add(id, weight)
              present.set(id, { weight, gates: 0 })
            } else if (!known) continue
            else if (what === 'go') {
              fleet.remove(id)
              present.delete(id)
            } else if (what === 'weigh') {
              reweigh(fleet.table, fleet.get(id), weight)
              known.weight = weight
            } else {
              known.gates = what === 'eject' ? Gate.EJECTED : 0
              const { gates } = fleet.get(id)
              fleet.gate(id, (gates & Gate.WEIGHT) | known.gates)
            }
            if (fleet.table.size > 0) fleet.pick(keys[0])
          }
          if (fleet.table.size === 0) return
          const fresh = new KeyedFleet(create())
          for (const [id, { weight, gates }] of [...present].reverse()) {
            fresh.add(id, weight)
            if (gates > 0) fresh.gate(id, fresh.get(id).gates | gates)
          }
          expect(fleet.owners(keys)).toEqual(fresh.owners(keys))
        },
      ),
      { numRuns: 60, seed: 11 },
    )
  })
})
