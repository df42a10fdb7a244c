import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Gate, type LiveEndpoint } from '../../src/core/endpoint.js'
import type { EndpointTable } from '../../src/core/endpoint-table.js'
import { reweigh, tableOf } from '../support/table.js'

/** What must hold whatever was done to a table. */
function checkInvariants(table: EndpointTable, present: ReadonlySet<LiveEndpoint>): void {
  const members = Array.from({ length: table.total }, (_, i) => table.at(i))
  expect(new Set(members)).toEqual(present)
  members.forEach((endpoint, slot) => {
    expect(table.slotOf(endpoint)).toBe(slot)
    const run = endpoint.gates === 0 ? 0 : endpoint.gates === Gate.EJECTED ? 1 : 2
    expect(slot < table.free).toBe(run === 0)
    expect(table.has(endpoint)).toBe(table.panic ? run <= 1 : run === 0)
  })
  const well = members.filter(({ gates }) => (gates & ~Gate.FULL) === 0)
  expect(table.eligible).toBe(well.length)
  const usable = members.filter(({ gates }) => (gates & ~(Gate.FULL | Gate.EJECTED)) === 0)
  expect(table.usable).toBe(usable.length)
  expect(table.weighted).toBe(members.filter((endpoint) => endpoint.weight > 0).length)
}

const step = fc.record({
  what: fc.constantFrom('add', 'remove', 'close', 'open', 'reweigh', 'panic'),
  who: fc.nat(11),
  gate: fc.constantFrom(Gate.EJECTED, Gate.CIRCUIT, Gate.COOLDOWN, Gate.FULL, Gate.FULL),
  weight: fc.constantFrom(0, 1, 2.5),
})

describe('EndpointTable', () => {
  it('keeps its runs, slots and counts right through any sequence of changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { table, endpoints } = tableOf(Array.from({ length: 12 }, () => 1))
        const present = new Set(endpoints)
        for (const { what, who, gate, weight } of steps) {
          const endpoint = endpoints[who]!
          if (what === 'panic') table.panic = !table.panic
          else if (what === 'add') {
            if (!present.has(endpoint)) table.add(endpoint)
            present.add(endpoint)
          } else if (!present.has(endpoint)) continue
          else if (what === 'remove') {
            table.remove(endpoint)
            present.delete(endpoint)
            expect(table.slotOf(endpoint)).toBe(-1)
          } else if (what === 'reweigh') reweigh(table, endpoint, weight)
          else {
            endpoint.gates = what === 'close' ? endpoint.gates | gate : endpoint.gates & ~gate
            table.regate(endpoint)
          }
          checkInvariants(table, present)
        }
      }),
    )
  })

  it('shows the ejected, but not the broken or cooling ones, in panic', () => {
    const { table, endpoints } = tableOf([1, 1, 1, 1])
    const [a, b, c, d] = endpoints as [LiveEndpoint, LiveEndpoint, LiveEndpoint, LiveEndpoint]
    for (const [endpoint, gates] of [
      [a, Gate.EJECTED],
      [b, Gate.CIRCUIT],
      [c, Gate.EJECTED | Gate.COOLDOWN],
    ] as const) {
      endpoint.gates = gates
      table.regate(endpoint)
    }
    expect([a, b, c, d].filter((endpoint) => table.has(endpoint))).toEqual([d])
    table.panic = true
    expect([a, b, c, d].filter((endpoint) => table.has(endpoint))).toEqual([a, d])
  })

  it('tells by its version that membership or a weight changed, and not that health did', () => {
    const { table, endpoints } = tableOf([1, 1])
    const { version } = table
    endpoints[0]!.gates = Gate.EJECTED
    table.regate(endpoints[0]!)
    expect(table.version).toBe(version)
    reweigh(table, endpoints[0]!, 3)
    expect(table.version).toBeGreaterThan(version)
  })
})
