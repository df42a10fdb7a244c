import { type DnsSrvOptions, dnsSrv } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { type DnsServer, dnsServer, type Records } from '../support/servers/dns-server.ts'
import { watched } from './dns-watch.ts'

const NAME = '_http._tcp.users.test'

const users = (server: DnsServer, options: DnsSrvOptions = {}) =>
  dnsSrv(NAME, { servers: [server.address], family: 4, ...options })

const A = { A: ['10.0.0.1'] }
const B = { A: ['10.0.0.2'] }

/** What becomes of records, as lines `url@address:port priority weight`. */
async function listOf(SRV: Records['SRV'], zone: Record<string, Records> = { 'a.test': A, 'b.test': B }) {
  await using server = await dnsServer({ [NAME]: { SRV: SRV ?? [] }, ...zone })
  using it = watched(users(server, { family: 0 }))
  return await it.list(1)
}

describe('dnsSrv', () => {
  it('gives ports, priorities as ranks, and weights', async () => {
    expect(
      await listOf([
        [10, 60, 8001, 'a.test'],
        [10, 40, 8002, 'b.test'],
        [65_000, 1, 8003, 'a.test'],
        [20, 1, 8004, 'a.test'],
      ]),
    ).toEqual([
      'http://users.test@10.0.0.1:8001 p0 w60',
      'http://users.test@10.0.0.1:8003 p2 w1',
      'http://users.test@10.0.0.1:8004 p1 w1',
      'http://users.test@10.0.0.2:8002 p0 w40',
    ])
  })

  it('takes weight 0 for 1', async () => {
    expect(
      await listOf([
        [0, 0, 80, 'a.test'],
        [0, 9, 80, 'b.test'],
      ]),
    ).toEqual(['http://users.test@10.0.0.1:80 p0 w1', 'http://users.test@10.0.0.2:80 p0 w9'])
  })

  it('shares a weight among the addresses of a target', async () => {
    expect(
      await listOf([[0, 9, 80, 'a.test']], { 'a.test': { A: ['10.0.0.1', '10.0.0.2'], AAAA: ['::1'] } }),
    ).toEqual([
      'http://users.test@10.0.0.1:80 p0 w3',
      'http://users.test@10.0.0.2:80 p0 w3',
      'http://users.test@::1:80 p0 w3',
    ])
  })

  it('adds up what is the same place, and takes its first priority', async () => {
    expect(
      await listOf(
        [
          [0, 1, 80, 'a.test'],
          [0, 2, 80, 'b.test'],
          [0, 3, 80, 'a.test'],
          [1, 7, 80, 'a.test'],
          [1, 7, 81, 'a.test'],
        ],
        { 'a.test': A, 'b.test': A },
      ),
    ).toEqual(['http://users.test@10.0.0.1:80 p0 w6', 'http://users.test@10.0.0.1:81 p1 w7'])
  })

  it('takes more priorities than there are, in order', async () => {
    const many = Array.from({ length: 1_005 }, (_, i) => [2 * i, 1, 1 + i, 'a.test'] as const)
    const list = await listOf(many)
    expect(list).toHaveLength(1_005)
    expect(list).toContain('http://users.test@10.0.0.1:1000 p999 w1')
    expect(list).toContain('http://users.test@10.0.0.1:1005 p1000 w1')
  })

  it.each<[string, string, DnsSrvOptions, string]>([
    ['as its records are', '_https._tcp.users.test', {}, 'https://users.test@10.0.0.1:80 p0 w1'],
    ['as the protocol is', '_redis._tcp.users.test.', {}, 'redis://users.test@10.0.0.1:80 p0 w1'],
    [
      'as it is told',
      'users.service.test',
      { url: 'https://users/base/' },
      'https://users/base@10.0.0.1:80 p0 w1',
    ],
  ])('calls servers %s', async (_, name, options, endpoint) => {
    await using server = await dnsServer({
      [name.replace(/\.$/, '')]: { SRV: [[0, 1, 80, 'a.test']] },
      'a.test': A,
    })
    using it = watched(dnsSrv(name, { servers: [server.address], family: 4, ...options }))
    expect(await it.list(1)).toEqual([endpoint])
    expect(it.lists[0]).toMatchObject([{ metadata: { target: 'a.test' } }])
  })

  it('looks again when the shortest TTL of the targets ends', async () => {
    await using server = await dnsServer({
      [NAME]: {
        SRV: [
          [0, 1, 80, 'a.test'],
          [0, 1, 80, 'b.test'],
        ],
        ttl: 1,
      },
      'a.test': { ...A, ttl: 9 },
      'b.test': { ...B, ttl: 7 },
    })
    using it = watched(users(server))
    await it.list(1)
    server.zone.set(NAME, { SRV: [[0, 1, 80, 'b.test']] })
    server.zone.set('b.test', { A: ['10.0.0.3'] })
    await it.clock.advance(6_999)
    expect(server.questions).toHaveLength(3)
    await it.clock.advance(1)
    expect(await it.list(2)).toEqual(['http://users.test@10.0.0.3:80 p0 w1'])
  })

  it('asks once for a target, however many ports it has, and for all who ask', async () => {
    await using server = await dnsServer({
      [NAME]: {
        SRV: [
          [0, 1, 80, 'a.test'],
          [0, 1, 81, 'A.test'],
        ],
      },
      'a.test': A,
    })
    const sources = [users(server), users(server)].map((source) => watched(source))
    for (const source of sources) await source.list(1)
    expect(server.questions).toEqual([`SRV ${NAME}`, 'A a.test'])
    for (const source of sources) source.close()
  })

  it('keeps the addresses of a target that cannot be found, and says so', async () => {
    const SRV = [
      [0, 1, 80, 'a.test'],
      [0, 1, 80, 'b.test'],
    ] as const
    await using server = await dnsServer({
      [NAME]: { SRV },
      'a.test': { ...A, ttl: 5 },
      'b.test': { ...B, ttl: 5 },
    })
    using it = watched(users(server))
    await it.list(1)
    server.zone.set('a.test', { A: ['10.0.0.7'], ttl: 5 })
    server.zone.delete('b.test')
    await it.clock.advance(5_000)
    expect(await it.list(2)).toEqual([
      'http://users.test@10.0.0.2:80 p0 w1',
      'http://users.test@10.0.0.7:80 p0 w1',
    ])
    expect(await it.error(1)).toBe(
      `not all targets of ${NAME} are known: there is no address (IPv4) of b.test.`,
    )
  })

  it('asks again soon for targets that could not be found', async () => {
    await using server = await dnsServer({
      [NAME]: { SRV: [[0, 1, 80, 'a.test']] },
      'a.test': { ...A, ttl: 5 },
    })
    using it = watched(users(server, { maxInterval: 600_000 }))
    await it.list(1)
    server.behaviour = (question) => (question.startsWith('SRV') ? 'answer' : 'servfail')
    await it.clock.advance(5_000)
    await it.error(1)
    await it.clock.advance(2_000)
    await it.error(2)
    server.behaviour = 'answer'
    server.zone.set('a.test', { A: ['10.0.0.7'], ttl: 5 })
    await it.clock.advance(4_000)
    expect(await it.list(4)).toEqual(['http://users.test@10.0.0.7:80 p0 w1'])
  })

  it('leaves out a target that was never found, and says so', async () => {
    const SRV = [
      [0, 1, 80, 'a.test'],
      [0, 1, 80, 'b.test'],
      [0, 1, 80, 'c.test'],
    ] as const
    await using server = await dnsServer({ [NAME]: { SRV }, 'b.test': B })
    using it = watched(users(server))
    expect(await it.list(1)).toEqual(['http://users.test@10.0.0.2:80 p0 w1'])
    expect(it.warnings).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^not all targets of .* are known: .*, and 1 more$/),
      }),
    ])
    expect(it.errors).toEqual([])
  })

  it.each<[string, Records | undefined, RegExp]>([
    ['there is no such name', undefined, /^there is no SRV record of _http\._tcp\.users\.test$/],
    ['there is no record', {}, /^there is no SRV record/],
    [
      'its target is the root',
      { SRV: [[0, 0, 0, '.']] },
      /there is no such service: its target is the root$/,
    ],
    [
      'nothing is known of its targets',
      { SRV: [[0, 1, 80, 'c.test']] },
      /^there is no address \(IPv4\) of c\.test\.$/,
    ],
  ])('keeps the last list when %s', async (_, records, message) => {
    await using server = await dnsServer({
      [NAME]: { SRV: [[0, 1, 80, 'a.test']] },
      'a.test': { ...A, ttl: 5 },
    })
    using it = watched(users(server))
    await it.list(1)
    if (records === undefined) server.zone.delete(NAME)
    else server.zone.set(NAME, records)
    await it.clock.advance(5_000)
    expect(await it.error(1)).toMatch(message)
    expect(it.lists).toHaveLength(1)
    server.zone.set(NAME, { SRV: [[0, 1, 80, 'a.test']] })
    await it.clock.advance(2_000)
    await it.list(2)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['no name', () => dnsSrv(''), /`dnsSrv\.name`: got ""; allowed is the name of SRV records/],
    ['a URL', () => dnsSrv('http://users.test'), /`dnsSrv\.name`/],
    ['an address', () => dnsSrv('10.0.0.7', { url: 'http://users' }), /`dnsSrv\.name`/],
    [
      'a name that does not say what servers are called',
      () => dnsSrv('users.service.consul'),
      /`dnsSrv\.url`: got undefined; allowed is a URL that says what/,
    ],
    ['no URL', () => dnsSrv(NAME, { url: 'users' }), /`dnsSrv\.url`/],
    [
      'options that there are not',
      () => dnsSrv(NAME, { scheme: 'https' } as never),
      /`dnsSrv\.scheme`: there is no such option/,
    ],
  ])('is refused %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
