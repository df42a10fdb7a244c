import { Gate, LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointTable } from '../../src/core/endpoint-table.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'

/** A table of endpoints named a, b, c ... with these weights. */
export function tableOf(weights: readonly number[]): { table: EndpointTable; endpoints: LiveEndpoint[] } {
  const table = new EndpointTable(0)
  const endpoints = weights.map((weight, index) => {
    const id = index < 26 ? String.fromCharCode(97 + index) : `e${index}`
    return new LiveEndpoint(parseEndpoint({ id, url: `http://${id}.test`, weight }, 'endpoint'), index, index)
  })
  for (const endpoint of endpoints) table.add(endpoint)
  return { table, endpoints }
}

export function gate(table: EndpointTable, endpoint: LiveEndpoint, gates: number): void {
  endpoint.gates = gates
  table.regate(endpoint)
}

export { Gate }
