import { createBalancer, type EndpointInput, rendezvousSubset } from 'evenkeel'
import { filter, map, staticList, subset } from 'evenkeel/discovery'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { told, watched } from './watched.ts'

const LIST: readonly EndpointInput[] = [
  'http://a.test/',
  new URL('http://b.test:8080/base/'),
  { url: 'http://c.test', zone: 'z', weight: 2, priority: 1, metadata: { version: 'v2' } },
  { id: 'd', url: 'https://d.test', address: '10.0.0.4', port: 8443, backup: true },
]

describe('filter', () => {
  it('shows what each endpoint is, however it was written', () => {
    const seen: unknown[] = []
    watched(filter(staticList(LIST), (endpoint) => seen.push(endpoint) > 0))
    const rest = { address: undefined, port: undefined, zone: undefined, region: undefined }
    expect(seen).toEqual([
      {
        ...rest,
        id: 'http://a.test',
        url: 'http://a.test',
        weight: 1,
        priority: 0,
        backup: false,
        metadata: {},
      },
      {
        ...rest,
        id: 'http://b.test:8080/base',
        url: 'http://b.test:8080/base',
        weight: 1,
        priority: 0,
        backup: false,
        metadata: {},
      },
      {
        ...rest,
        id: 'http://c.test',
        url: 'http://c.test',
        weight: 2,
        priority: 1,
        backup: false,
        zone: 'z',
        metadata: { version: 'v2' },
      },
      {
        ...rest,
        id: 'd',
        url: 'https://d.test',
        address: '10.0.0.4',
        port: 8443,
        weight: 1,
        priority: undefined,
        backup: true,
        metadata: {},
      },
    ])
  })

  it('passes on what was accepted as it was, and what is no endpoint, for others to report', () => {
    const source = told('x')
    const { last, warnings } = watched(filter(source.source, ({ metadata }) => metadata['version'] === 'v2'))
    source.update(...LIST, 'nonsense')
    expect(last()).toEqual([LIST[2], 'nonsense'])
    expect(warnings).toEqual([])
  })

  it('leaves out what its predicate throws for, and tells; of nothing else it makes no list', () => {
    const source = told('x')
    const { last, lists, warnings, errors } = watched(
      filter(source.source, ({ id }) => {
        if (id === 'http://b.test:8080/base') throw new Error('bug')
        return id !== 'd'
      }),
    )
    source.update(...LIST)
    expect(last()).toEqual([LIST[0], LIST[2]])
    expect(warnings).toEqual(['bug'])
    source.update(LIST[1]!)
    expect([lists.length, errors]).toEqual([1, ['bug']])
    source.update(LIST[3]!)
    expect(last()).toEqual([])
  })

  it('keeps the last list in a balancer when nobody is left', async () => {
    const source = told('x')
    const balancer = createBalancer({ discovery: filter(source.source, ({ zone }) => zone === 'z') })
    const ready = balancer.ready()
    source.update({ url: 'http://a.test', zone: 'z' })
    await ready
    source.update({ url: 'http://a.test', zone: 'y' })
    expect(balancer.endpoints().map(({ id, zone }) => [id, zone])).toEqual([['http://a.test', 'z']])
    expect(balancer.snapshot().discovery).toMatchObject({ source: 'filter(x)', stale: true })
    await balancer.close()
  })
})

describe('map', () => {
  it('changes endpoints, and leaves out those that it makes nothing of', async () => {
    const source = map(staticList(LIST.slice(0, 3)), (endpoint) =>
      endpoint.zone === 'z' ? undefined : { ...endpoint, weight: 5, region: 'eu' },
    )
    const balancer = createBalancer({ discovery: source })
    await balancer.ready()
    expect(balancer.endpoints()).toMatchObject([
      { id: 'http://a.test', weight: 5, region: 'eu' },
      { id: 'http://b.test:8080/base', weight: 5, region: 'eu' },
    ])
    await balancer.close()
  })

  it('gives back what may be given on as it is, whatever it was', () => {
    fc.assert(
      fc.property(fc.subarray([...LIST]), (list) => {
        const { last } = watched(map(staticList(list), (endpoint) => endpoint))
        const again = watched(map(staticList(last() ?? []), (endpoint) => endpoint))
        expect(again.last()).toEqual(last())
      }),
    )
  })

  it('lets an id that was not given follow the place, and keeps one that was', () => {
    const moved = (list: readonly EndpointInput[]) =>
      watched(
        map(staticList(list), (endpoint) => ({ ...endpoint, url: endpoint.url.replace('.test', '.prod') })),
      ).last()
    expect(moved(['http://a.test', { id: 'd', url: 'http://d.test' }])).toMatchObject([
      { id: undefined, url: 'http://a.prod' },
      { id: 'd', url: 'http://d.prod' },
    ])
  })

  it('does not lose the list when its function throws', () => {
    const source = told('x')
    const { lists, warnings, errors } = watched(
      map(source.source, (endpoint) => {
        if (endpoint.zone === undefined) throw new Error('no zone')
        return endpoint.url
      }),
    )
    source.update(...LIST)
    expect(lists).toEqual([['http://c.test']])
    expect(warnings).toEqual(['no zone', 'no zone', 'no zone'])
    source.update('http://a.test')
    expect([lists.length, errors]).toEqual([1, ['no zone']])
  })

  it('may give anything, which is looked at as any endpoint', async () => {
    const given: unknown[] = [
      null,
      7,
      Promise.resolve('http://x'),
      new URL('http://ok.test'),
      'http://me:secret@x',
    ]
    let next = 0
    const balancer = createBalancer({
      discovery: map(staticList(given.map((_, i) => `http://${i}.test`)), () => given[next++] as never),
    })
    const errors: string[] = []
    balancer.on('discoveryfailed', ({ error }) => errors.push(String(error)))
    await balancer.ready()
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['http://ok.test'])
    expect(errors).toHaveLength(4)
    expect(errors.join()).not.toMatch(/secret/)
    await balancer.close()
  })
})

describe('subset', () => {
  const many = Array.from({ length: 200 }, (_, i) => `http://10.0.0.${i}`)
  const chosen = (id: string, list: readonly EndpointInput[], size = 20) =>
    watched(subset(staticList(list), { id, size })).last() ?? []

  it('keeps the same endpoints as rendezvousSubset, in the order of the list', () => {
    for (const id of ['web-1', 'web-2']) {
      const shares = rendezvousSubset({ id }).shares(many.map((url) => ({ id: url, weight: 1 })))
      expect(chosen(id, many)).toEqual(many.filter((_, i) => shares[i] === 1))
    }
    expect(chosen('web-1', many)).not.toEqual(chosen('web-2', many))
  })

  it('changes by one at most when one comes or goes', () => {
    fc.assert(
      fc.property(fc.nat(199), fc.string({ minLength: 1 }), (gone, id) => {
        const before = new Set(chosen(id, many))
        const after = chosen(id, many.toSpliced(gone, 1))
        expect(after.filter((one) => !before.has(one)).length).toBeLessThanOrEqual(1)
        expect(after).toHaveLength(20)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps so many of each priority, and what is no endpoint, for others to report', () => {
    const standby = many.map((url) => ({ url: `${url}:81`, backup: true }))
    const source = told('x')
    const { last } = watched(subset(source.source, { id: 'web-1', size: 5 }))
    source.update(...many, 'nonsense', ...standby)
    const kept = last() ?? []
    expect(kept.filter((one) => typeof one === 'object')).toHaveLength(5)
    expect(kept).toHaveLength(11)
    expect(kept).toContain('nonsense')
  })

  it('keeps all of a list that is short', () => {
    expect(chosen('web-1', LIST)).toEqual(LIST)
  })
})

describe('what a source is changed by', () => {
  it('passes on all else: errors, warnings, times, refresh, close, parts, and what throws', async () => {
    for (const wrap of [
      (source: ReturnType<typeof told>['source']) => filter(source, () => true),
      (source: ReturnType<typeof told>['source']) => map(source, (endpoint) => endpoint),
      (source: ReturnType<typeof told>['source']) => subset(source, { id: 'x' }),
    ]) {
      const source = told('x')
      const it = watched(wrap(source.source))
      source.fail('gone')
      source.warn('odd')
      source.garble('nonsense')
      it.watch.refresh?.()
      await it.watch.close()
      expect([it.errors, it.warnings, it.lists]).toEqual([['gone'], ['odd'], ['nonsense']])
      expect(source.seen).toEqual({ watches: 1, refreshes: 1, closes: 1 })
      const parts = () => [{ source: 'p', arrived: true, stale: false, failures: 0 }]
      const made = wrap({
        name: 'made',
        watch(sink) {
          sink.update(['http://a'], 42)
          return { parts, close() {} }
        },
      })
      const whole = watched(made)
      expect([whole.times, whole.watch.parts?.()]).toEqual([[42], parts()])
      const bug = new Error('no watching')
      expect(() =>
        watched(
          wrap({
            name: 'broken',
            watch() {
              throw bug
            },
          }),
        ),
      ).toThrow(bug)
    }
  })
})
