import { createBalancer, type EndpointInput } from 'evenkeel'
import { http } from 'evenkeel/discovery'
import { describe, expect, it } from 'vitest'
import { type ListOptions, listReader } from '../../src/discovery/endpoint-list.js'

/** What a list says, and what of it is told as a mistake. */
function read(value: unknown, options: ListOptions = {}, local = false) {
  const { endpoints, mistakes } = listReader(options, 'list', local)(value)
  const told: string[] = []
  mistakes.report((error) => told.push((error as Error).message))
  return { endpoints, told }
}

/** What comes of a list that a server sends, in a balancer. */
async function served(text: string) {
  const balancer = createBalancer({
    discovery: http({ url: 'http://r.test/', fetch: async () => new Response(text) }),
  })
  const errors: string[] = []
  balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
  await Promise.race([balancer.ready(), new Promise((resolve) => balancer.once('discoveryfailed', resolve))])
  const endpoints = balancer.endpoints()
  await balancer.close()
  return { endpoints, errors }
}

describe('Prometheus target groups', () => {
  const group = (labels: unknown, ...targets: unknown[]) => ({ targets, labels })

  it('are recognised, and their labels say what endpoints have', () => {
    const labels = {
      __meta_weight: '3',
      __meta_priority: '1',
      __meta_zone: 'a',
      __meta_region: 'eu',
      job: 'users',
    }
    expect(read([group(labels, '10.0.0.1:80', '[2001:db8::1]:80'), { targets: ['c.test'] }])).toEqual({
      endpoints: [
        { url: 'http://10.0.0.1:80', weight: 3, priority: 1, zone: 'a', region: 'eu', metadata: labels },
        { url: 'http://[2001:db8::1]:80', weight: 3, priority: 1, zone: 'a', region: 'eu', metadata: labels },
        { url: 'http://c.test', metadata: {} },
      ],
      told: [],
    })
  })

  it('have other labels, or none, where that is wanted, and another scheme', () => {
    const labels = { datacenter: 'b', __meta_zone: 'a', __meta_weight: '3', __scheme__: 'https' }
    const options = { labels: { zone: 'datacenter', weight: false, region: false } } as const
    expect(read([group(labels, 'a.test')], options).endpoints).toEqual([
      { url: 'https://a.test', zone: 'b', metadata: labels },
    ])
    expect(read([group({}, 'a.test', 'https://b.test:8443')], { scheme: 'redis' }).endpoints).toMatchObject([
      { url: 'redis://a.test' },
      { url: 'https://b.test:8443' },
    ])
  })

  it('take a label without a value for none, and numbers of YAML for what they are', () => {
    const labels = { __meta_weight: '', __meta_zone: '', rack: 7, spot: true }
    expect(read([group(labels, 'a.test')]).endpoints).toEqual([
      { url: 'http://a.test', metadata: { __meta_weight: '', __meta_zone: '', rack: '7', spot: 'true' } },
    ])
  })

  it.each([
    ['no targets', { labels: {} }, /group 1: `targets` is no list of texts/],
    ['targets that are none', group({}, 7), /group 1: `targets`/],
    ['nothing', null, /group 1: `targets`/],
    ['a list of labels', group([], 'a.test'), /group 1: `labels` is an array of 0/],
    ['labels within labels', group({ a: {} }, 'a.test'), /group 1: the label "a" is no text/],
    [
      'too many labels',
      group(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, 'x'])), 'a.test'),
      /group 1: it has 300 labels; at most 256/,
    ],
  ])('are taken without the one that has %s', (_, wrong, message) => {
    const { endpoints, told } = read([group({}, 'a.test'), wrong, group({}, 'b.test')], {
      format: 'prometheus',
    })
    expect(endpoints.map((endpoint) => (endpoint as { url: string }).url)).toEqual([
      'http://a.test',
      'http://b.test',
    ])
    expect(told).toEqual([expect.stringMatching(message)])
  })

  it('with a weight that is no number lose that endpoint, which is told', async () => {
    const { endpoints, errors } = await served(
      JSON.stringify([group({ __meta_weight: 'heavy' }, 'a.test'), group({}, 'b.test')]),
    )
    expect(endpoints.map(({ id }) => id)).toEqual(['http://b.test'])
    expect(errors).toEqual([expect.stringMatching(/endpoints\[0\]\.weight.*got NaN/)])
  })

  it('are a failure when none of them can be used', async () => {
    const { errors } = await served(JSON.stringify([group({}, 7), group({}, 8)]))
    expect(errors).toEqual(['http http://r.test/: group 0: `targets` is no list of texts'])
  })
})

describe('a list that comes over a network', () => {
  it.each([
    'file:///etc/passwd',
    'data:text/plain,x',
    'BLOB:x',
    ' javascript:1',
    'about:blank',
    'fi\nle:///etc/passwd',
  ])('has no endpoint at %s', (url) => {
    for (const endpoint of [url, { url }]) {
      const { endpoints, told } = read([endpoint, 'http://a.test'])
      expect(endpoints).toEqual(['http://a.test'])
      expect(told).toEqual([expect.stringMatching(/^endpoints\[0\] is a URL of \S+, and left out$/)])
    }
  })

  it('has no sockets of this machine, but a file may', () => {
    const sockets: EndpointInput[] = [
      'unix:///run/docker.sock',
      { url: 'http://docker', address: 'unix:/run/docker.sock' },
    ]
    expect(read([...sockets, 'http://a.test']).endpoints).toEqual(['http://a.test'])
    expect(read(sockets, {}, true)).toEqual({ endpoints: sockets, told: [] })
  })

  it('may have any other scheme', () => {
    const list = ['redis://a.test:6379', 'postgres://b.test', 'https://c.test']
    expect(read(list)).toEqual({ endpoints: list, told: [] })
  })

  it('loses what has credentials, which are not told', async () => {
    const { endpoints, errors } = await served(JSON.stringify(['http://me:secret@a.test', 'http://b.test']))
    expect(endpoints.map(({ id }) => id)).toEqual(['http://b.test'])
    expect(errors.join()).toMatch(/a URL of a\.test with credentials/)
    expect(errors.join()).not.toMatch(/secret/)
  })

  it('changes no prototypes', async () => {
    const { endpoints } = await served(
      '[{"url":"http://a.test","metadata":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}]',
    )
    expect(endpoints).toHaveLength(1)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(endpoints[0]?.metadata['polluted']).toBeUndefined()
    const groups = await served(
      '[{"targets":["b.test"],"labels":{"__proto__":"x","a":"b"},"__proto__":{"x":1}}]',
    )
    expect(groups.endpoints[0]?.metadata['a']).toBe('b')
    expect(Object.getPrototypeOf(groups.endpoints[0]?.metadata)).toBe(Object.prototype)
  })

  it('has a hundred thousand endpoints, and not one more', async () => {
    const many = (n: number) =>
      Array.from({ length: n }, (_, i) => `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    const { endpoints } = await served(JSON.stringify(many(100_000)))
    expect(endpoints).toHaveLength(100_000)
    const { errors } = await served(JSON.stringify([{ targets: many(100_001) }]))
    expect(errors).toEqual(['http http://r.test/: the list has 100001 endpoints; at most 100000 are taken'])
  })

  it('of nothing but mistakes tells ten of them, and how many more there are', async () => {
    const { errors } = await served(JSON.stringify(Array.from({ length: 50_000 }, () => ({ nonsense: 1 }))))
    expect(errors).toHaveLength(11)
    expect(errors.at(-1)).toBe('49990 more entries of the list cannot be used')
  })

  it.each([[7], [null], ['text'], [{ endpoints: {} }], [undefined]])('is not %j', (value) => {
    expect(() => read(value)).toThrow(/and no list of endpoints$/)
  })
})
