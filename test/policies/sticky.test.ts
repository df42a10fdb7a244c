import { describe, expect, it } from 'vitest'
import { leastRequest } from '../../src/policies/least-request.js'
import { rendezvous } from '../../src/policies/rendezvous.js'
import { sticky } from '../../src/policies/sticky.js'
import { equal, KeyedFleet, tally } from '../support/keyed.js'
import { Gate, reweigh } from '../support/table.js'

describe('sticky', () => {
  it('goes to the endpoint that the key names, however many others come', () => {
    const policy = sticky()
    const fleet = new KeyedFleet(policy, equal(3))
    const name = policy.nameOf(fleet.get('n1'))
    for (let i = 3; i < 30; i++) {
      fleet.add(`n${i}`)
      expect(fleet.pick(name).id).toBe('n1')
    }
  })

  it('leaves the choice to the fallback when the one it names is out, was tried, has no weight or is gone', () => {
    const policy = sticky({ fallback: leastRequest() })
    const fleet = new KeyedFleet(policy, equal(3))
    const endpoint = fleet.get('n1')
    const name = policy.nameOf(endpoint)
    const others = () => Object.keys(tally(Array.from({ length: 60 }, () => fleet.pick(name).id))).sort()
    expect(fleet.pick(name, [endpoint]).id).not.toBe('n1')
    fleet.gate('n1', Gate.EJECTED)
    expect(others()).toEqual(['n0', 'n2'])
    fleet.gate('n1', 0)
    expect(others()).toEqual(['n1'])
    reweigh(fleet.table, endpoint, 0)
    expect(others()).toEqual(['n0', 'n2'])
    fleet.remove('n1')
    expect(others()).toEqual(['n0', 'n2'])
    fleet.add('n1')
    expect(others()).toEqual(['n1'])
  })

  it.each(['', 'n1', '0', '__proto__', 'toString', 'f'.repeat(16), '\ud83e', 'x'.repeat(100_000)])(
    'takes a name that was made up for none (%#)',
    (forged) => {
      const fleet = new KeyedFleet(sticky({ fallback: rendezvous() }), equal(4))
      expect(fleet.pick(forged).id).toBe(new KeyedFleet(rendezvous(), equal(4)).pick(forged).id)
    },
  )

  it('has names that do not show the endpoint, are the same everywhere, and other ones for another secret', () => {
    const fleet = new KeyedFleet(sticky(), { 'http://10.0.0.1': 1, 'http://10.0.0.2': 1 })
    const endpoints = ['http://10.0.0.1', 'http://10.0.0.2'].map((id) => fleet.get(id))
    const names = (secret = '') => endpoints.map((endpoint) => sticky({ secret }).nameOf(endpoint))
    expect(names('a')).toEqual(names('a'))
    for (const name of [...names('a'), ...names('b'), ...names()]) expect(name).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set([...names('a'), ...names('b'), ...names()]).size).toBe(6)
  })

  it('tells its fallback all that it is told', () => {
    const told: string[] = []
    const policy = sticky({
      fallback: {
        name: 'listener',
        usesLoadReports: true,
        pick: (view) => view.at(0),
        start: () => told.push('start'),
        observe: () => told.push('observe'),
        forget: () => told.push('forget'),
      },
    })
    const endpoint = new KeyedFleet(policy, equal(1)).get('n0')
    policy.start?.(endpoint, 0)
    policy.observe?.(endpoint, {} as never, 0)
    policy.forget?.(endpoint)
    expect(told).toEqual(['start', 'observe', 'forget'])
    expect(policy.usesLoadReports).toBe(true)
  })
})
