import { setTimeout as sleep } from 'node:timers/promises'
import type { DiscoverySource } from 'evenkeel'
import { type DnsOptions, dns, dnsSrv } from 'evenkeel/node'
import { virtualClock } from 'evenkeel/testing'
import { type Behaviour, type DnsServer, dnsServer, type Records } from '../../support/servers/dns-server.ts'
import type { Harness, Member } from './harness.ts'
import { discoveryConformance } from './suite.ts'

/** In seconds: the shortest, so that the interval is the minimum. */
const TTL = 1

interface Backend {
  readonly source: (options: DnsOptions) => DiscoverySource
  readonly name: string
  idOf(n: number): string
  records(members: readonly Member[]): Records
  readonly zone?: Readonly<Record<string, Records>>
  /** A record that the protocol allows, and that is no endpoint. */
  readonly mistake?: (records: Records) => Records
}

/** A name server of the test's own, since real ones cannot be made to talk nonsense. */
async function start({ source, name, idOf, records, zone = {}, mistake }: Backend): Promise<Harness> {
  const clock = virtualClock()
  const contacts: number[] = []
  const server: DnsServer = await dnsServer(zone, () => contacts.push(clock.now()))
  const behave = (behaviour: Behaviour) => () => {
    server.behaviour = behaviour
  }
  const publish = (given: Records) => {
    server.zone.set(name, given)
    server.behaviour = 'answer'
  }
  publish(records([{ n: 1 }, { n: 2 }, { n: 3 }]))
  return {
    options: () => ({
      // One question a look, and no real second of silence.
      discovery: source({ servers: [server.address], family: 4, timeout: 50 }),
      clock,
    }),
    idOf,
    publish: (members) => publish(records(members)),
    ...(mistake !== undefined && {
      publishWithMistake: (members: readonly Member[]) => publish(mistake(records(members))),
    }),
    empty: () => publish({}),
    fail: behave('servfail'),
    hang: behave('silence'),
    garbage: {
      'no message': behave('garbage'),
      'half a message': behave('cut'),
      'no such name': () => server.zone.delete(name),
      refusal: behave('refused'),
    },
    contacts: () => contacts,
    held: () => clock.pending,
    async step() {
      await clock.advance(TTL * 200)
      // Answers take real time.
      await sleep(1)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const address = (n: number) => `10.0.${n >> 8}.${n & 255}`

discoveryConformance(
  'dns',
  () =>
    start({
      source: (options) => dns('http://users.test', options),
      name: 'users.test',
      idOf: (n) => `http://users.test@${address(n)}:80`,
      records: (members) => ({ A: members.map(({ n }) => address(n)), ttl: TTL }),
    }),
  {
    // As many as 64 KiB, the longest message, have room for.
    most: 4_000,
    without: {
      description: 'an address has no weight',
      mistake: 'every A record is an address',
    },
  },
)

discoveryConformance(
  'dnsSrv',
  () =>
    start({
      source: (options) => dnsSrv('_http._tcp.users.test', options),
      name: '_http._tcp.users.test',
      zone: { 'a.test': { A: ['10.0.0.1'], ttl: TTL } },
      idOf: (n) => `http://users.test@10.0.0.1:${n}`,
      records: (members) => ({ SRV: members.map(({ n, weight = 1 }) => [0, weight, n, 'a.test']), ttl: TTL }),
      mistake: ({ SRV = [] }) => ({ SRV: [...SRV, [0, 1, 0, 'a.test']], ttl: TTL }),
    }),
  { most: 2_000 },
)
