import { describe, expect, it } from 'vitest'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { PerEndpoint } from '../../src/core/per-endpoint.js'

const spec = (name: string) => parseEndpoint(`http://${name}.test`, 'endpoint')

describe('PerEndpoint', () => {
  it('keeps a number for each endpoint, and none for one that has taken over another one’s place', () => {
    const endpoints = new EndpointSet()
    const numbers = new PerEndpoint()
    const all = Array.from({ length: 100 }, (_, i) => endpoints.add(spec(`e${i}`)))
    for (const endpoint of all) {
      expect(numbers.get(endpoint)).toBeNaN()
      numbers.set(endpoint, endpoint.order * 2)
    }
    for (const endpoint of all) expect(numbers.get(endpoint)).toBe(endpoint.order * 2)
    endpoints.remove(all[7]!)
    const heir = endpoints.add(spec('heir'))
    expect(heir.index).toBe(all[7]!.index)
    expect(numbers.get(heir)).toBeNaN()
  })

  it('does not give away the place of one that is still draining', () => {
    const endpoints = new EndpointSet()
    const leaving = endpoints.add(spec('a'))
    leaving.inFlight = 1
    endpoints.remove(leaving)
    expect(endpoints.add(spec('b')).index).not.toBe(leaving.index)
    leaving.inFlight = 0
    endpoints.drained(leaving)
    endpoints.drained(leaving)
    expect(endpoints.add(spec('c')).index).toBe(leaving.index)
    expect(endpoints.add(spec('d')).index).toBe(2)
  })
})
