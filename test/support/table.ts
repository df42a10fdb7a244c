import { Gate, LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointTable } from '../../src/core/endpoint-table.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { Tier } from '../../src/core/tier.js'

/** A table of endpoints named a, b, c ... with these weights. */
export function tableOf(weights: readonly number[]): { table: EndpointTable; endpoints: LiveEndpoint[] } {
  const table = new EndpointTable()
  const endpoints = weights.map((weight, index) => {
    const id = index < 26 ? String.fromCharCode(97 + index) : `e${index}`
    return new LiveEndpoint(parseEndpoint({ id, url: `http://${id}.test`, weight }, 'endpoint'), index, index)
  })
  for (const endpoint of endpoints) table.add(endpoint)
  return { table, endpoints }
}

/** A priority of endpoints with these weights. */
export function tierOf(weights: readonly number[]): { tier: Tier; endpoints: LiveEndpoint[] } {
  const tier = new Tier(0)
  const { endpoints } = tableOf(weights)
  for (const endpoint of endpoints) tier.add(endpoint, [])
  return { tier, endpoints }
}

/** Gives an endpoint another weight, as the set does. */
export function reweigh(table: EndpointTable, endpoint: LiveEndpoint, weight: number): void {
  const before = endpoint.weight
  endpoint.weight = weight
  endpoint.effectiveWeight = weight
  endpoint.gates = weight > 0 ? endpoint.gates & ~Gate.WEIGHT : endpoint.gates | Gate.WEIGHT
  table.reweighed(endpoint, before)
}

export function gate(table: EndpointTable, endpoint: LiveEndpoint, gates: number): void {
  endpoint.gates = gates
  table.regate(endpoint)
}

export { Gate }
