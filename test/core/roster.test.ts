import { describe, expect, it } from 'vitest'
import { LiveEndpoint } from '../../src/core/endpoint.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { Roster } from '../../src/core/roster.js'

const endpoint = (name: string) => new LiveEndpoint(parseEndpoint(`http://${name}.test`, 'endpoint'), 0, 0)
const idsOf = (roster: Roster) => [...roster.all()].map(({ id }) => id)

describe('the roster', () => {
  it('finds endpoints by id', () => {
    const roster = new Roster()
    const a = endpoint('a')
    roster.add(a)
    expect(roster.get(a.id)).toBe(a)
    expect(roster.get('http://b.test')).toBeUndefined()
    expect(roster.size).toBe(1)
  })

  it('keeps the order of arrival, however often one comes and goes', () => {
    const roster = new Roster()
    const [a, b, c] = [endpoint('a'), endpoint('b'), endpoint('c')]
    for (const one of [a, b, c]) roster.add(one)
    for (let turn = 0; turn < 100; turn++) {
      roster.remove(b)
      expect(roster.get(b.id)).toBeUndefined()
      expect(idsOf(roster)).toEqual([a.id, c.id])
      roster.add(b)
      expect(roster.get(b.id)).toBe(b)
      expect(idsOf(roster)).toEqual([a.id, c.id, b.id])
      expect(roster.size).toBe(3)
    }
  })

  it('is not changed by the removal of one that is not there', () => {
    const roster = new Roster()
    roster.add(endpoint('a'))
    roster.remove(endpoint('b'))
    expect(idsOf(roster)).toEqual(['http://a.test'])
  })
})
