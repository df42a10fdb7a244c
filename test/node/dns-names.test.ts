import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressesIn } from '../../src/node/dns/hosts-file.js'
import { type Family, LookUps } from '../../src/node/dns/look-ups.js'
import { Names } from '../../src/node/dns/names.js'
import { ownFamilies } from '../../src/node/dns/own-families.js'
import { searchList } from '../../src/node/dns/search-list.js'
import { type SystemFiles, systemFiles } from '../../src/node/dns/system-files.js'
import { type Behaviour, type DnsServer, dnsServer, type Records } from '../support/servers/dns-server.ts'

describe('the search list', () => {
  const kubernetes =
    'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'

  it.each<[string, string, string, string[]]>([
    ['nothing is said', 'users', 'nameserver 10.0.0.53\n', ['users']],
    ['there is no file', 'users.internal', '', ['users.internal']],
    [
      'a name has as many dots as it takes',
      'users.prod',
      'search a.test b.test',
      ['users.prod', 'users.prod.a.test', 'users.prod.b.test'],
    ],
    ['it has fewer', 'users', 'search a.test b.test', ['users.a.test', 'users.b.test', 'users']],
    [
      'it has none, and takes none (Docker)',
      'users',
      'search a.test\noptions ndots:0',
      ['users', 'users.a.test'],
    ],
    [
      'it is short, in Kubernetes',
      'users',
      kubernetes,
      ['users.default.svc.cluster.local', 'users.svc.cluster.local', 'users.cluster.local', 'users'],
    ],
    [
      'it is long, in Kubernetes',
      'a.users.default.svc.cluster.local',
      kubernetes,
      [
        'a.users.default.svc.cluster.local',
        'a.users.default.svc.cluster.local.default.svc.cluster.local',
        'a.users.default.svc.cluster.local.svc.cluster.local',
        'a.users.default.svc.cluster.local.cluster.local',
      ],
    ],
    ['there is a domain', 'users', 'domain a.test # mine', ['users.a.test', 'users']],
    [
      'there are several lines',
      'users',
      'search a.test\n; search c.test\n#search d.test\n  domain b.test',
      ['users.b.test', 'users'],
    ],
    ['domains have dots around them', 'users', 'search .a.test. .', ['users.a.test', 'users']],
    ['lines end as on Windows', 'users', 'search a.test\r\noptions ndots:0\r\n', ['users', 'users.a.test']],
    [
      'options are odd',
      'a.b',
      'search c.test\noptions rotate ndots:x ndots:99 timeout:1',
      ['a.b.c.test', 'a.b'],
    ],
  ])('when %s', (_, name, file, names) => {
    expect(searchList(name, file)).toEqual(names)
  })
})

describe('a hosts file', () => {
  const hosts = `# users 10.0.0.9
127.0.0.1\tlocalhost  localhost.localdomain
::1 localhost ip6-localhost
10.0.0.7 Users.internal users # 10.0.0.8 nobody
10.0.0.7 users
fe80::1%lo0 localhost
nonsense users
10.0.0.6
`

  it.each([
    ['localhost', ['127.0.0.1', '::1', 'fe80::1%lo0']],
    ['users', ['10.0.0.7']],
    ['USERS.internal', ['10.0.0.7']],
    ['nobody', []],
    ['host', []],
    ['10.0.0.6', []],
  ])('knows %s', (name, addresses) => {
    expect(addressesIn(hosts, name)).toEqual(addresses)
  })
})

describe('names', () => {
  let folder = ''
  let files: SystemFiles = systemFiles

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evenkeel-names-'))
    files = { hosts: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') }
    await writeFile(files.hosts, '10.9.9.9 pinned.test\n::9 six.test\n')
    await writeFile(files.resolvConf, 'search a.test b.test\n')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  interface Asked {
    readonly zone?: Record<string, Records>
    readonly behaviour?: Behaviour | ((question: string) => Behaviour)
    readonly families?: readonly Family[]
    readonly files?: SystemFiles | undefined
  }

  /** What comes of a name, and what was asked for it. */
  async function ask<T>(
    { zone = {}, behaviour = 'answer', families = [4], ...more }: Asked,
    question: (names: Names, families: readonly Family[]) => Promise<T>,
  ) {
    await using server: DnsServer = await dnsServer(zone)
    server.behaviour = behaviour
    const lookUps = LookUps.open({ servers: [server.address], timeout: 1_000 })
    const names = new Names(lookUps, 'files' in more ? more.files : files)
    try {
      const found = await question(names, families).catch((error: Error) => error.message)
      return { found, questions: [...server.questions].sort() }
    } finally {
      lookUps.close()
    }
  }

  const signal = new AbortController().signal
  const addresses = (name: string, asked: Asked = {}) =>
    ask(asked, async (names, families) =>
      (await names.addresses(name, families, signal)).flatMap(({ records, error }) =>
        error === undefined ? records.map(({ address }) => address) : [String(error)],
      ),
    )

  it('are found in the hosts file first', async () => {
    const zone = { 'pinned.test': { A: ['10.0.0.1'] } }
    expect(await addresses('pinned.test', { zone })).toEqual({ found: ['10.9.9.9'], questions: [] })
    expect(await addresses('pinned.test.', { zone })).toEqual({
      found: ['10.0.0.1'],
      questions: ['A pinned.test'],
    })
  })

  it('are looked up when the hosts file knows only another family', async () => {
    const zone = { 'six.test': { A: ['10.0.0.1'] } }
    expect((await addresses('six.test', { zone })).found).toEqual(['10.0.0.1'])
    expect((await addresses('six.test', { zone, families: [6] })).found).toEqual(['::9'])
  })

  it('are searched for, in order, until one is there', async () => {
    const zone = { 'users.b.test': { A: ['10.0.0.1'] }, users: { A: ['10.0.0.2'] } }
    expect(await addresses('users', { zone })).toEqual({
      found: ['10.0.0.1'],
      questions: ['A users.a.test', 'A users.b.test'],
    })
  })

  it('are passed over when there is nothing behind them', async () => {
    const zone = { 'users.a.test': {}, 'users.b.test': { A: ['10.0.0.1'] } }
    expect((await addresses('users', { zone })).found).toEqual(['10.0.0.1'])
  })

  it('are not, when that is not known: the next name may be somebody else', async () => {
    const zone = { 'users.b.test': { A: ['10.0.0.1'] } }
    const behaviour = (question: string) => (question === 'A users.a.test' ? 'servfail' : 'answer')
    expect(await addresses('users', { zone, behaviour })).toEqual({
      found: [expect.stringMatching(/ESERVFAIL users\.a\.test/)],
      questions: ['A users.a.test'],
    })
  })

  it('are passed over when one family says that there is no such name, whatever is wrong with the other', async () => {
    const zone = { 'users.b.test': { A: ['10.0.0.1'] } }
    const behaviour = (question: string) => (question === 'AAAA users.a.test' ? 'servfail' : 'answer')
    expect((await addresses('users', { zone, behaviour, families: [4, 6] })).found).toEqual(['10.0.0.1'])
  })

  it('are what they say, with servers of their own', async () => {
    expect(await addresses('users', { files: undefined })).toEqual({
      found: 'there is no address (IPv4) of users',
      questions: ['A users'],
    })
  })

  it('that nobody knows tell what was tried', async () => {
    expect((await addresses('nobody-knows', { families: [4, 6] })).found).toBe(
      'there is no address (IPv4, IPv6) of nobody-knows; tried nobody-knows.a.test, nobody-knows.b.test, nobody-knows',
    )
  })

  it('that only the system knows are asked of it', async () => {
    // In its own hosts file, and not in that of this test.
    expect(await addresses('localhost')).toEqual({
      found: ['127.0.0.1'],
      questions: ['A localhost', 'A localhost.a.test', 'A localhost.b.test'],
    })
  })

  it('are found without files', async () => {
    const nowhere = { hosts: join(folder, 'no hosts'), resolvConf: join(folder, 'no resolv.conf') }
    const zone = { 'users.test': { A: ['10.0.0.1'] } }
    expect((await addresses('users.test', { zone, files: nowhere })).found).toEqual(['10.0.0.1'])
  })

  it('of this machine are found', async () => {
    const { found } = await addresses('localhost', { files: systemFiles, families: [4, 6] })
    expect(found).toContain('127.0.0.1')
  })

  it('of services are searched for', async () => {
    const zone = { '_http._tcp.users.b.test': { SRV: [[1, 2, 80, 'a.test'] as const] } }
    const { found, questions } = await ask({ zone }, (names) => names.services('_http._tcp.users', signal))
    expect(found).toMatchObject([{ priority: 1, weight: 2, port: 80, name: 'a.test' }])
    expect(questions).toEqual(
      ['_http._tcp.users', '_http._tcp.users.a.test', '_http._tcp.users.b.test'].map((name) => `SRV ${name}`),
    )
  })

  it('of services are not passed over when nothing is known', async () => {
    const { found, questions } = await ask({ behaviour: 'refused' }, (names) =>
      names.services('_http._tcp.users', signal),
    )
    expect(found).toMatch(/^querySrv EREFUSED _http\._tcp\.users /)
    expect(questions).toEqual(['SRV _http._tcp.users'])
  })

  it.each<[string, (names: Names, signal: AbortSignal) => Promise<unknown>]>([
    ['addresses', (names, signal) => names.addresses('users', [4], signal)],
    ['services', (names, signal) => names.services('users', signal)],
  ])('of %s are not asked for once nobody wants to know', async (_, question) => {
    const aborted = AbortSignal.abort(new Error('nobody'))
    expect(await ask({}, (names) => question(names, aborted))).toEqual({ found: 'nobody', questions: [] })
  })
})

describe('the families of this machine', () => {
  it('are some', () => {
    expect(ownFamilies().length).toBeGreaterThan(0)
  })
})
