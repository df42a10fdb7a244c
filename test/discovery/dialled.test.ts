import { createBalancer, type DiscoverySource } from 'evenkeel'
import { cached, fallback, filter, map, merge, staticList, subset } from 'evenkeel/discovery'
import { dns } from 'evenkeel/node'
import { expect, it } from 'vitest'

const plain = staticList(['http://a.test'])
const store = { get: () => undefined, set: () => {} }
const COMBINED: Record<string, (source: DiscoverySource) => DiscoverySource> = {
  merge: (source) => merge([plain, source]),
  fallback: (source) => fallback([plain, source]),
  filter: (source) => filter(source, () => true),
  cached: (source) => cached(source, store),
  subset: (source) => subset(source, { size: 2, id: 'me' }),
}

it.each(Object.entries(COMBINED))(
  '%s of what has to be dialled is refused without a transport that can',
  (_, combine) => {
    expect(() => createBalancer({ discovery: combine(dns('http://users.internal')) })).toThrow(
      /undiciTransport/,
    )
    expect(createBalancer({ discovery: combine(plain) }).name).toBe('default')
  },
)

it('map may make something else of it', () => {
  const discovery = map(dns('http://users.internal'), ({ address }) => `http://${address}`)
  expect(createBalancer({ discovery }).name).toBe('default')
})
