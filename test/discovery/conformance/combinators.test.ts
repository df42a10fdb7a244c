import type { DiscoverySource } from 'evenkeel'
import {
  cached,
  fallback,
  filter,
  http,
  type ListedEndpoint,
  type ListStore,
  map,
  merge,
  subset,
} from 'evenkeel/discovery'
import type { Harness } from './harness.ts'
import { endpointsText, FakeRegistry, urlOf } from './registry.ts'
import { discoveryConformance } from './suite.ts'

/** What a combinator makes of lists that `http` finds in registries, in virtual time; the first has the list. */
async function over(
  combine: (...sources: DiscoverySource[]) => DiscoverySource,
  ...[first = new FakeRegistry(), ...others]: readonly FakeRegistry[]
): Promise<Harness> {
  const { clock } = first
  const source = ({ fetch }: FakeRegistry) =>
    http({ url: 'http://registry.test/', interval: 1_000, maxInterval: 16_000, timeout: 2_000, fetch })
  return {
    ...first.harness,
    held: () => [first, ...others].reduce((sum, { open }) => sum + open, clock.pending),
    options: () => ({ discovery: combine(...[first, ...others].map(source)), clock }),
  }
}

/** One that is in every list, and not wanted. */
const ANCHOR = 60_000
const isWanted = ({ url }: ListedEndpoint) => !urlOf(ANCHOR).startsWith(url)

discoveryConformance('filter', () =>
  over(
    (source) => filter(source, isWanted),
    new FakeRegistry((members) => endpointsText([...members, { n: ANCHOR }])),
  ),
)

discoveryConformance('map', () => over((source) => map(source, (endpoint) => ({ ...endpoint, zone: 'a' }))))

discoveryConformance('subset', () => over((source) => subset(source, { id: 'me', size: 20_000 })))

discoveryConformance('merge', () => {
  const first = new FakeRegistry()
  const other = new FakeRegistry(() => '[]')
  first.onChange = () => other.become(first.mood)
  return over((...sources) => merge(sources), first, other)
})

discoveryConformance('fallback', () => {
  const silent = new FakeRegistry()
  silent.become('hang')
  return over((...sources) => fallback(sources), new FakeRegistry(), silent)
})

discoveryConformance('fallback, second', () => {
  const empty = new FakeRegistry(() => '[]')
  return over((source, other) => fallback([other!, source!]), new FakeRegistry(), empty)
})

discoveryConformance('cached', () =>
  over((source) => {
    let text: string | undefined
    const store: ListStore = {
      get: async () => text,
      async set(given) {
        text = given
      },
    }
    return cached(source, store)
  }),
)
