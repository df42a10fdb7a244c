import { describe, expect, it } from 'vitest'
import { EndpointTable } from '../../src/core/endpoint-table.js'
import { assignPriorityLoad, choosePriority } from '../../src/health/priority-load.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf } from '../support/table.js'

const ENVOY = { overprovisioningFactor: 1.4, panicThreshold: 0.5 }

/** Priorities of ten endpoints each, of which so many are eligible; the rest is ejected or broken. */
function priorities(eligible: readonly number[], gates: number = Gate.EJECTED): EndpointTable[] {
  return eligible.map((count) => {
    const { table, endpoints } = tableOf(Array.from({ length: 10 }, () => 1))
    for (const endpoint of endpoints.slice(count)) gate(table, endpoint, gates)
    return table
  })
}

function loads(tables: EndpointTable[]): number[] {
  assignPriorityLoad(tables, ENVOY)
  return tables.map((table) => Math.round(table.load * 100))
}

describe('the load of priorities', () => {
  // The table of Envoy's documentation, "Priority levels".
  it.each([
    [
      [10, 10],
      [100, 0],
    ],
    [
      [8, 10],
      [100, 0],
    ],
    [
      [7, 10],
      [98, 2],
    ],
    [
      [5, 10],
      [70, 30],
    ],
    [
      [1, 10],
      [14, 86],
    ],
    [
      [0, 10],
      [0, 100],
    ],
    [
      [5, 5],
      [70, 30],
    ],
    [
      [3, 3],
      [50, 50],
    ],
    [
      [0, 0],
      [50, 50],
    ],
    [
      [2, 2, 10],
      [28, 28, 44],
    ],
  ])('with %j of ten eligible is %j percent', (eligible, expected) => {
    expect(loads(priorities(eligible))).toEqual(expected)
  })

  it.each([
    ['plenty left elsewhere', [1, 10], [false, false]],
    ['half left', [5], [false]],
    ['fewer than half left', [4], [true]],
    ['all gone', [0], [true]],
    ['too few in each, enough together', [4, 4], [false, false]],
    ['hardly too few together', [4, 3], [true, true]],
    ['far too few in both', [2, 3], [true, true]],
  ])('panics when it should: %s', (_, eligible, expected) => {
    const tables = priorities(eligible)
    assignPriorityLoad(tables, ENVOY)
    expect(tables.map((table) => table.panic)).toEqual(expected)
  })

  it('does not panic over endpoints that panic could not use', () => {
    const [table] = priorities([1], Gate.CIRCUIT) as [EndpointTable]
    assignPriorityLoad([table], ENVOY)
    expect(table.panic).toBe(false)
  })

  it('leaves endpoints of weight 0 out of the count', () => {
    const { table, endpoints } = tableOf([1, 1, 0, 0, 0, 0])
    assignPriorityLoad([table], ENVOY)
    expect(table).toMatchObject({ panic: false, load: 1 })
    gate(table, endpoints[0]!, Gate.EJECTED)
    assignPriorityLoad([table], ENVOY)
    expect(table).toMatchObject({ panic: false, eligible: 1, weighted: 2 })
  })

  it('is nothing for an empty priority', () => {
    expect(loads([new EndpointTable(0)])).toEqual([0])
  })
})

describe('choosing a priority', () => {
  it('follows the loads', () => {
    const tables = priorities([5, 10])
    assignPriorityLoad(tables, ENVOY)
    const chance = seededRandom(1)
    const draws = Array.from({ length: 10_000 }, () => choosePriority(tables, chance()))
    expect(draws.filter((table) => table === tables[0]).length / draws.length).toBeCloseTo(0.7, 1)
  })

  it('never chooses one with nobody in it, whatever rounding leaves', () => {
    const tables = priorities([0, 10], Gate.CIRCUIT)
    assignPriorityLoad(tables, ENVOY)
    expect(choosePriority(tables, 0)).toBe(tables[1])
    expect(choosePriority(tables, 0.999_999_999)).toBe(tables[1])
    const none = priorities([0], Gate.CIRCUIT)
    assignPriorityLoad(none, ENVOY)
    expect(choosePriority(none, 0.5)).toBeUndefined()
  })
})
