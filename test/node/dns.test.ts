import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { createBalancer, type EndpointInput } from 'evenkeel'
import { type DnsOptions, dns } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { type Behaviour, type DnsServer, dnsServer } from '../support/servers/dns-server.ts'
import { watched } from './dns-watch.ts'

const HOUR = 3_600_000
/** Sockets of Node's resolver are not among the resources that Node tells of. */
const FILES = '/proc/self/fd'
const URL_ = 'http://users.test:8080/base'

const users = (server: DnsServer, options: DnsOptions = {}) =>
  dns(URL_, { servers: [server.address], family: 4, ...options })

const at = (...addresses: string[]) => addresses.map((address) => `${URL_}@${address}`)

describe('dns', () => {
  it('asks nobody before it is watched', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'] } })
    const source = users(server)
    expect(source.name).toBe('dns users.test')
    await using balancer = createBalancer({
      discovery: source,
      transport: { capabilities: { dialAddress: true }, send: async () => new Response() },
    })
    expect(server.questions).toEqual([])
    await balancer.ready()
    expect(server.questions).toEqual(['A users.test'])
    expect(balancer.endpoints().map(({ id, url, address, port }) => [id, url, address, port])).toEqual([
      [`${URL_}@10.0.0.1:8080`, URL_, '10.0.0.1', 8080],
    ])
  })

  it('gives an endpoint for each address, of both families', async () => {
    await using server = await dnsServer({
      'users.test': { A: ['10.0.0.1', '10.0.0.2'], AAAA: ['2001:db8::1', '::2'] },
    })
    using it = watched(users(server, { family: 0 }))
    expect(await it.list(1)).toEqual(at('10.0.0.1', '10.0.0.2', '2001:db8::1', '::2'))
    expect([...server.questions].sort()).toEqual(['A users.test', 'AAAA users.test'])
  })

  it.each([
    [4, ['A users.test'], ['10.0.0.1']],
    [6, ['AAAA users.test'], ['::1']],
  ] as const)('asks for family %i only', async (family, questions, addresses) => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'] } })
    using it = watched(users(server, { family }))
    expect(await it.list(1)).toEqual(at(...addresses))
    expect(server.questions).toEqual(questions)
  })

  it.each<[string, string, EndpointInput]>([
    ['IPv4', 'http://10.0.0.7:8080/base', 'http://10.0.0.7:8080/base@'],
    ['IPv6', 'http://[2001:db8::7]', 'http://[2001:db8::7]@'],
  ])('gives an address of %s as it is, and asks nobody', async (_, url, endpoint) => {
    await using server = await dnsServer()
    using it = watched(dns(url, { servers: [server.address] }))
    expect(await it.list(1)).toEqual([endpoint])
    await it.clock.advance(HOUR)
    it.refresh()
    expect([it.lists.length, server.questions, it.clock.pending]).toEqual([1, [], 0])
  })

  it('calls servers by their name without the dot that says that it is whole', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'] } })
    using it = watched(dns('https://users.test.:8443/base', { servers: [server.address], family: 4 }))
    expect(await it.list(1)).toEqual(['https://users.test:8443/base@10.0.0.1'])
  })

  it('knows names of any scheme', async () => {
    await using server = await dnsServer({ 'db.test': { A: ['10.0.0.1'] } })
    using it = watched(dns('postgres://db.test:5432', { servers: [server.address], family: 4 }))
    expect(await it.list(1)).toEqual(['postgres://db.test:5432@10.0.0.1'])
  })

  describe('looks again', () => {
    it('when the TTL has passed, and finds what has changed', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 10 } })
      using it = watched(users(server))
      await it.list(1)
      server.zone.set('users.test', { A: ['10.0.0.1', '10.0.0.2'], ttl: 20 })
      await it.clock.advance(9_999)
      expect(server.questions).toHaveLength(1)
      await it.clock.advance(1)
      expect(await it.list(2)).toEqual(at('10.0.0.1', '10.0.0.2'))
      await it.clock.advance(19_999)
      expect(server.questions).toHaveLength(2)
      await it.clock.advance(1)
      expect(await it.list(3)).toHaveLength(2)
    })

    it('by the shorter of two TTLs', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 20 } })
      const behaviour = (question: string): Behaviour => {
        const ttl = question.startsWith('AAAA') ? 5 : 20
        server.zone.set('users.test', { A: ['10.0.0.1'], AAAA: ['::1'], ttl })
        return 'answer'
      }
      server.behaviour = behaviour
      using it = watched(users(server, { family: 0, maxInterval: 60_000 }))
      await it.list(1)
      await it.clock.advance(20_000)
      await it.list(2)
      expect(it.clock.now()).toBe(20_000)
      expect(server.questions.length).toBeGreaterThanOrEqual(4)
    })

    it.each([
      ['0', 0, 1_000],
      ['an hour', 3_600, 30_000],
    ])('within bounds when the TTL is %s', async (_, ttl, interval) => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl } })
      using it = watched(users(server))
      await it.list(1)
      await it.clock.advance(interval - 1)
      expect(server.questions).toHaveLength(1)
      await it.clock.advance(1)
      await it.list(2)
    })

    it('when it is told to, but no sooner than the minimum', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 30 } })
      using it = watched(users(server, { minInterval: 2_000 }))
      await it.list(1)
      for (let i = 0; i < 1_000; i++) it.refresh()
      await it.clock.advance(1_999)
      for (let i = 0; i < 1_000; i++) it.refresh()
      expect(server.questions).toHaveLength(1)
      await it.clock.advance(1)
      await it.list(2)
      expect(server.questions).toHaveLength(2)
    })
  })

  describe('keeps the last list, and says so,', () => {
    it.each<[string, Behaviour, RegExp]>([
      ['when the server has failed', 'servfail', /^queryA ESERVFAIL users\.test \(asked 127\.0\.0\.1:\d+\)$/],
      ['when it is refused an answer', 'refused', /EREFUSED/],
      ['when nobody answers', 'silence', /ETIMEOUT/],
      ['when the answer makes no sense', 'garbage', /ETIMEOUT|EBADRESP/],
      ['when the answer is cut off', 'cut', /ETIMEOUT|EBADRESP/],
      ['when the answer is to another question', 'other id', /ETIMEOUT/],
    ])('%s', async (_, behaviour, message) => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
      using it = watched(users(server, { timeout: 20 }))
      await it.list(1)
      server.behaviour = behaviour
      await it.clock.advance(5_000)
      expect(await it.error(1)).toMatch(message)
      expect(it.lists).toHaveLength(1)
      server.behaviour = 'answer'
      server.zone.set('users.test', { A: ['10.0.0.2'] })
      await it.clock.advance(2_000)
      expect(await it.list(2)).toEqual(at('10.0.0.2'))
    })

    it.each([
      ['when there is no such name any more', undefined],
      ['when there is nothing behind it', {}],
    ])('%s', async (_, records) => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
      using it = watched(users(server, { family: 0 }))
      await it.list(1)
      if (records === undefined) server.zone.delete('users.test')
      else server.zone.set('users.test', records)
      await it.clock.advance(5_000)
      expect(await it.error(1)).toBe('there is no address (IPv4, IPv6) of users.test')
      expect(it.lists).toHaveLength(1)
    })

    it('when nobody listens there', async () => {
      const server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
      using it = watched(users(server, { timeout: 20 }))
      await it.list(1)
      await server[Symbol.asyncDispose]()
      await it.clock.advance(5_000)
      expect(await it.error(1)).toMatch(/ECONNREFUSED|ETIMEOUT/)
    })

    it('of one family, when only that is not known', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'], ttl: 5 } })
      using it = watched(users(server, { family: 0 }))
      await it.list(1)
      server.behaviour = (question) => (question.startsWith('AAAA') ? 'servfail' : 'answer')
      server.zone.set('users.test', { A: ['10.0.0.2'], ttl: 5 })
      await it.clock.advance(5_000)
      expect(await it.list(2)).toEqual(at('10.0.0.2', '::1'))
      expect(await it.error(1)).toMatch(/queryAaaa ESERVFAIL/)
      server.behaviour = 'answer'
      await it.clock.advance(5_000)
      expect(await it.list(3)).toEqual(at('10.0.0.2'))
      expect([it.errors.length, it.warnings.length]).toEqual([1, 0])
    })
  })

  it('asks again soon for what is missing, and sooner for what has not long to live', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'], ttl: 3_600 } })
    server.behaviour = (question) => (question.startsWith('AAAA') ? 'servfail' : 'answer')
    using it = watched(users(server, { family: 0, maxInterval: 600_000 }))
    await it.list(1)
    await it.clock.advance(2_000)
    await it.list(2)
    await it.clock.advance(3_999)
    expect(it.lists).toHaveLength(2)
    server.zone.set('users.test', { A: ['10.0.0.1'], AAAA: ['::1'], ttl: 3 })
    await it.clock.advance(1)
    await it.list(3)
    server.behaviour = 'answer'
    await it.clock.advance(3_000)
    expect(await it.list(4)).toEqual(at('10.0.0.1', '::1'))
  })

  it('does without a family of which nothing is known, and warns', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'] } })
    server.behaviour = (question) => (question.startsWith('AAAA') ? 'refused' : 'answer')
    using it = watched(users(server, { family: 0 }))
    expect(await it.list(1)).toEqual(at('10.0.0.1'))
    expect(it.warnings).toEqual([expect.objectContaining({ message: expect.stringMatching(/EREFUSED/) })])
    expect(it.errors).toEqual([])
  })

  it('takes a long answer over TCP', async () => {
    const A = Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    await using server = await dnsServer({ 'users.test': { A } })
    server.behaviour = 'truncated'
    using it = watched(users(server))
    expect(await it.list(1)).toHaveLength(300)
    expect(server.tcp).toBe(1)
  })

  it('goes on to the next server when one is silent, and stays with that', async () => {
    await using silent = await dnsServer()
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
    silent.behaviour = 'silence'
    using it = watched(users(server, { servers: [silent.address, server.address], timeout: 50 }))
    expect(await it.list(1)).toEqual(at('10.0.0.1'))
    const asked = silent.questions.length
    await it.clock.advance(5_000)
    await it.list(2)
    expect(silent.questions.length).toBeLessThanOrEqual(asked + 1)
  })

  it.each<Behaviour>(['servfail', 'refused'])(
    'goes on to the next server when one answers that it cannot (%s), and begins with that',
    async (behaviour) => {
      await using ill = await dnsServer()
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'], ttl: 5 } })
      ill.behaviour = behaviour
      using it = watched(users(server, { servers: [ill.address, server.address], family: 0 }))
      expect(await it.list(1)).toEqual(at('10.0.0.1', '::1'))
      await it.clock.advance(5_000)
      await it.list(2)
      expect([ill.questions.length, server.questions.length]).toEqual([2, 4])
      // And back, when that one is no better, and each is asked once.
      server.behaviour = behaviour
      await it.clock.advance(5_000)
      expect(await it.error(1)).toMatch(
        /(ESERVFAIL|EREFUSED) users\.test \(asked 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+\)$/,
      )
      expect(ill.questions.length + server.questions.length).toBe(10)
    },
  )

  describe('of several balancers', () => {
    it('asks once for all that ask at the same time', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], AAAA: ['::1'] } })
      const sources = [URL_, 'https://users.test', 'http://Users.test.:80'].map((url) =>
        watched(dns(url, { servers: [server.address], family: 0 })),
      )
      for (const source of sources) await source.list(1)
      expect([...server.questions].sort()).toEqual(['A users.test', 'AAAA users.test'])
      for (const source of sources) source.close()
    })

    it('asks each server that one of them names', async () => {
      await using a = await dnsServer({ 'users.test': { A: ['10.0.0.1'] } })
      await using b = await dnsServer({ 'users.test': { A: ['10.0.0.2'] } })
      using atA = watched(users(a))
      using atB = watched(users(b))
      expect([await atA.list(1), await atB.list(1)]).toEqual([at('10.0.0.1'), at('10.0.0.2')])
    })

    it('goes on for one when another is closed, in the middle of a question', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'] } })
      server.behaviour = () => (server.questions.length > 1 ? 'answer' : 'silence')
      const one = watched(users(server, { timeout: 50 }))
      using other = watched(users(server, { timeout: 50 }))
      await eventually(() => server.questions.length).toBe(1)
      one.close()
      one.close()
      expect(await other.list(1)).toEqual(at('10.0.0.1'))
      expect([one.lists, one.errors]).toEqual([[], []])
    })
  })

  describe('that is closed', () => {
    it.each<[string, (server: DnsServer) => unknown]>([
      ['before the question is sent', () => {}],
      ['while it waits for an answer', (server) => eventually(() => server.questions.length).toBe(1)],
    ])('%s hears and tells nothing any more', async (_, until) => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'] } })
      server.behaviour = 'silence'
      const it = watched(users(server, { timeout: 60_000 }))
      await until(server)
      it.close()
      server.behaviour = 'answer'
      // The same question is asked anew: nothing is left of the first.
      using next = watched(users(server, { timeout: 60_000 }))
      await next.list(1)
      await it.clock.advance(HOUR)
      expect([it.lists, it.errors, it.clock.pending]).toEqual([[], [], 0])
    })

    it.skipIf(!existsSync(FILES))('holds a socket only while it waits for an answer', async () => {
      await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
      const others = sockets()
      const it = watched(users(server, { timeout: 60_000 }))
      await it.list(1)
      await eventually(sockets).toBe(others)
      server.behaviour = 'silence'
      await it.clock.advance(5_000)
      await eventually(() => server.questions.length).toBe(2)
      expect(sockets()).toBe(others + 1)
      it.close()
      await eventually(sockets).toBe(others)
    })
  })

  it.each<[string, () => unknown, RegExp]>([
    ['no URL', () => dns('users.test'), /`dns\.url`.*absolute URL/],
    ['no name', () => dns('unix:///run/users.sock'), /`dns\.url`.*a URL with a name/],
    [
      'credentials',
      () => dns('http://me:secret@users.test'),
      /`dns\.url`: got "a URL of users\.test with credentials"/,
    ],
    ['a name for a server', () => dns(URL_, { servers: ['ns.test'] }), /`dns\.servers`.*IP addresses/],
    ['no servers', () => dns(URL_, { servers: [] }), /`dns\.servers`/],
    ['no list of servers', () => dns(URL_, { servers: '10.0.0.53' as never }), /`dns\.servers`/],
    [
      'another family',
      () => dns(URL_, { family: 5 as never }),
      /`dns\.family`: got 5; allowed is 4, 6, or 0 for both/,
    ],
    ['no interval', () => dns(URL_, { minInterval: 0 }), /`dns\.minInterval`: got 0/],
    [
      'a maximum below the minimum',
      () => dns(URL_, { minInterval: 5_000, maxInterval: 4_000 }),
      /`dns\.maxInterval`: got 4000; allowed is at least `minInterval`, which is 5000/,
    ],
    ['no timeout', () => dns(URL_, { timeout: Number.NaN }), /`dns\.timeout`/],
    [
      'options that there are not',
      () => dns(URL_, { ttl: 5 } as never),
      /`dns\.ttl`: there is no such option/,
    ],
  ])('is refused %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })

  it.each([
    ['http://users.test', true],
    ['https://users.test', true],
    ['postgres://users.test', false],
    ['http://10.0.0.7', false],
  ])('says of %s whether the transport has to dial addresses: %s', (url, dials) => {
    expect(dns(url).dialsAddresses).toBe(dials)
    const construct = () => createBalancer({ discovery: dns(url) })
    if (dials) expect(construct).toThrow(/`discovery`: got "dns users\.test"/)
    else expect(construct()).toBeDefined()
  })

  it('takes times that are no whole milliseconds, as everything else does', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 1 } })
    using it = watched(users(server, { timeout: 999.5, minInterval: 1_500.5 }))
    await it.list(1)
    await it.clock.advance(1_500)
    expect(it.lists).toHaveLength(1)
    await it.clock.advance(1)
    await it.list(2)
  })

  it('has a maximum that is at least the minimum', async () => {
    await using server = await dnsServer({ 'users.test': { A: ['10.0.0.1'], ttl: 5 } })
    using it = watched(users(server, { minInterval: 40_000 }))
    await it.list(1)
    await it.clock.advance(40_000)
    await it.list(2)
  })
})

function sockets(): number {
  return readdirSync(FILES).filter((file) => isSocket(`${FILES}/${file}`)).length
}

function isSocket(file: string): boolean {
  try {
    return readlinkSync(file).startsWith('socket:')
  } catch {
    // That by which the folder was read.
    return false
  }
}
