import { createBalancer, type EndpointInput } from 'evenkeel'
import { type CachedOptions, cached, type ListStore, staticList } from 'evenkeel/discovery'
import { type VirtualClock, virtualClock } from 'evenkeel/testing'
import { describe, expect, it, vi } from 'vitest'
import { told, watched } from './watched.ts'

/** A store that lives longer than a process, and what was written to it. */
function memory(text?: string) {
  const written: string[] = []
  const store = {
    get: vi.fn(async (): Promise<string | undefined> => written.at(-1) ?? text),
    set: vi.fn(async (given: string) => void written.push(given)),
  } satisfies ListStore
  return { store, written }
}

/** A process that has just been started, with a store of before. */
function started({ store }: { store: ListStore }, clock: VirtualClock, options: CachedOptions = {}) {
  const source = told('registry')
  const balancer = createBalancer({ discovery: cached(source.source, store, options), clock })
  const errors: string[] = []
  balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
  return { ...source, balancer, errors, ids: () => balancer.endpoints().map(({ id }) => id) }
}

const copy = (at: number, ...endpoints: EndpointInput[]) => JSON.stringify({ version: 1, at, endpoints })

describe('cached', () => {
  it('has the last good list for the next process, which is stale until the source answers', async () => {
    const clock = virtualClock()
    const kept = memory()
    const first = started(kept, clock)
    const ready = first.balancer.ready()
    await clock.advance(0)
    first.update({ url: 'http://a.test', zone: 'z', weight: 3, metadata: { version: 'v2' } }, 'http://b.test')
    await ready
    await first.balancer.close()
    const then = clock.now()

    await clock.advance(60_000)
    const second = started(kept, clock)
    await second.balancer.ready()
    expect(second.balancer.endpoints()).toMatchObject([
      { id: 'http://a.test', zone: 'z', weight: 3, metadata: { version: 'v2' } },
      { id: 'http://b.test' },
    ])
    expect(second.balancer.snapshot().discovery).toMatchObject({
      source: 'cached(registry)',
      arrived: true,
      stale: true,
      updatedAt: then,
      age: 60_000,
      error: 'copy is stale',
      parts: [
        { source: 'registry', arrived: false, inUse: false },
        { source: 'copy', arrived: true, stale: true, age: 60_000, inUse: true },
      ],
    })
    second.fail('gone')
    expect(second.balancer.snapshot().discovery).toMatchObject({
      stale: true,
      error: 'Error: registry: gone',
    })
    second.update('http://b.test')
    expect(second.ids()).toEqual(['http://b.test'])
    expect(second.balancer.snapshot().discovery).toMatchObject({
      stale: false,
      age: 0,
      parts: [
        { source: 'registry', inUse: true },
        { source: 'copy', inUse: false },
      ],
    })
    await second.balancer.close()
    expect(clock.pending).toBe(0)
  })

  it('has it in the same breath, from a store that needs no waiting', async () => {
    const clock = virtualClock()
    const { balancer, ids } = started(
      { store: { get: () => copy(clock.now(), 'http://a.test'), set() {} } },
      clock,
    )
    expect(() => balancer.pick()).not.toThrow()
    expect(ids()).toEqual(['http://a.test'])
    await balancer.close()
  })

  it('leaves the copy alone when the source is faster, or has an empty list', async () => {
    const clock = virtualClock()
    const kept = memory(copy(clock.now(), 'http://old.test'))
    const { balancer, update, ids } = started(kept, clock)
    const ready = balancer.ready()
    update('http://new.test')
    await ready
    await clock.advance(10)
    expect(ids()).toEqual(['http://new.test'])
    const empty = started(memory(copy(clock.now(), 'http://old.test')), clock)
    await empty.balancer.ready()
    empty.update()
    await clock.advance(10)
    expect(empty.ids()).toEqual(['http://old.test'])
    await Promise.all([balancer.close(), empty.balancer.close()])
  })

  it('writes a list when it has changed, and else now and then', async () => {
    const kept = memory()
    const source = told('registry')
    const { clock } = watched(cached(source.source, kept.store, { maxAge: 100_000 }))
    for (let i = 0; i < 9; i++) {
      source.update('http://a.test')
      await clock.advance(1_000)
    }
    expect(kept.written).toHaveLength(1)
    source.update('http://a.test', 'http://b.test')
    await clock.advance(10_000)
    expect(kept.written).toHaveLength(2)
    source.update('http://a.test', 'http://b.test')
    await clock.advance(0)
    expect(kept.written).toHaveLength(3)
    expect(JSON.parse(kept.written.at(-1)!)).toMatchObject({
      version: 1,
      at: clock.now(),
      endpoints: [{}, {}],
    })
  })

  it('writes one list at a time, and of those that wait the last', async () => {
    const ends: (() => void)[] = []
    const written: string[] = []
    const store: ListStore = {
      get: () => undefined,
      set(text) {
        written.push(text)
        return new Promise((resolve) => ends.push(resolve))
      },
    }
    const source = told('registry')
    const { clock } = watched(cached(source.source, store))
    for (let i = 1; i <= 5; i++) {
      source.update(`http://${i}.test`)
      await clock.advance(10)
    }
    expect(written).toHaveLength(1)
    ends[0]?.()
    await clock.advance(10)
    expect(written).toHaveLength(2)
    expect(written[1]).toContain('http://5.test')
  })

  it('writes no secrets', async () => {
    const kept = memory()
    const metadata = {
      version: 'v2',
      apiKey: 'hidden-1',
      __meta_consul_service_metadata_db_password: 'hidden-2',
      nested: { accessToken: 'hidden-3', 'private-key': 'hidden-4', note: 'seen' },
    }
    const source = told('registry')
    const { clock, lists } = watched(cached(source.source, kept.store))
    source.update({ url: 'http://a.test', metadata }, 'http://me:hidden-5@b.test', {
      url: 'http://c',
      nonsense: 'hidden-6',
    } as never)
    await clock.advance(0)
    expect(kept.written[0]).toMatch(/"version":"v2".*"note":"seen"/)
    expect(kept.written[0]).not.toMatch(/hidden/)
    // What the balancer gets is all there.
    expect(lists[0]?.[0]).toEqual({ url: 'http://a.test', metadata })
  })

  it.each([
    ['no JSON', 'nonsense', /could not be read/],
    ['something else', '{"a":1}', /is no copy of a list/],
    ['another version', copy(1, 'http://a').replace('1', '2'), /is no copy of a list/],
    ['no list', '{"version":1,"at":1,"endpoints":{}}', /is no copy of a list/],
    ['one that is too old', copy(900_000_000, 'http://a'), /it is 100000 s old, and of no use any more/],
  ])('does not use a copy that is %s, tells, and waits for the source', async (_, text, message) => {
    const clock = virtualClock(1_000_000_000)
    const { balancer, errors, update, ids } = started(memory(text), clock)
    const ready = balancer.ready()
    await clock.advance(10)
    expect(errors).toEqual([expect.stringMatching(message)])
    expect(balancer.snapshot().discovery).toMatchObject({ arrived: false })
    update('http://a.test')
    await ready
    expect(ids()).toEqual(['http://a.test'])
    await balancer.close()
  })

  it('takes one from the future for one of now', async () => {
    const clock = virtualClock()
    const { balancer } = started(memory(copy(clock.now() + 1e9, 'http://a.test')), clock)
    await balancer.ready()
    expect(balancer.snapshot().discovery.age).toBe(0)
    await balancer.close()
  })

  it('goes on when the store fails, hangs or throws, and tells', async () => {
    const failing: ListStore = {
      get: () => Promise.reject(new Error('no reading')),
      set() {
        throw new Error('no writing')
      },
    }
    const clock = virtualClock()
    const { balancer, errors, update, ids } = started({ store: failing }, clock)
    const ready = balancer.ready()
    await clock.advance(0)
    update('http://a.test')
    await ready
    await clock.advance(0)
    expect(ids()).toEqual(['http://a.test'])
    expect(errors).toEqual([
      'the copy of registry could not be read: no reading',
      'the copy of registry could not be written: no writing',
    ])
    expect(balancer.snapshot().discovery).toMatchObject({ stale: false, failures: 0 })
    await balancer.close()

    const hanging = { get: () => new Promise<string>(() => {}), set: () => new Promise<void>(() => {}) }
    const { watch, lists } = watched(cached(staticList(['http://a.test']), hanging), clock)
    await clock.advance(0)
    expect(lists).toEqual([['http://a.test']])
    const closed = Promise.resolve(watch.close()).then(() => 'closed')
    await clock.advance(1_000)
    expect(await closed).toBe('closed')
    expect(clock.pending).toBe(0)
  })

  it('tells of metadata that cannot be written, and keeps the list', async () => {
    const circle: Record<string, unknown> = {}
    circle['itself'] = circle
    const { clock, lists, warnings } = watched(
      cached(staticList([{ url: 'http://a.test', metadata: circle }]), memory().store),
    )
    await clock.advance(0)
    expect(lists).toHaveLength(1)
    expect(warnings[0]).toMatch(/the copy of static could not be written: .*circular/)
  })

  it('passes refresh and close on, and hears nothing after close', async () => {
    const kept = memory(copy(1_000_000, 'http://old.test'))
    const source = told('registry')
    const { watch, lists, errors, clock } = watched(cached(source.source, kept.store))
    watch.refresh?.()
    await watch.close()
    source.update('http://a.test')
    source.fail('late')
    await clock.advance(100)
    expect(source.seen).toEqual({ watches: 1, refreshes: 1, closes: 1 })
    expect([lists, errors, kept.written]).toEqual([[], [], []])
  })
})
