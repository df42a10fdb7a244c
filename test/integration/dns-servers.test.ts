import { createServer } from 'node:http'
import { createBalancer } from 'evenkeel'
import { type DnsOptions, dns, dnsSrv, undiciTransport } from 'evenkeel/node'
import { describe, expect, test } from 'vitest'
import { dnsmasqServer } from '../support/servers/dnsmasq-server.ts'
import { knotServer } from '../support/servers/knot-server.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { workingServer } from '../support/servers/working-server.ts'
import { eventually } from './eventually.ts'

const balancerOf = (discovery: ReturnType<typeof dns>) =>
  createBalancer({ discovery, transport: undiciTransport() })

const at = ({ address }: { readonly address: string }, more: DnsOptions = {}): DnsOptions => ({
  servers: [address],
  ...more,
})

describe('dns', () => {
  test('with dnsmasq: addresses of both families', async () => {
    await using server = await dnsmasqServer('--host-record=users.test,127.0.0.1,::1,30')
    await using users = balancerOf(dns('http://users.test:81', at(server, { family: 0 })))
    await users.ready()
    const addresses = users.endpoints().map(({ address }) => address)
    expect(addresses.sort()).toEqual(['127.0.0.1', '::1'])
  })

  test('with dnsmasq, which keeps answers of knot for their TTL: what changes is seen when that is over', async () => {
    await using knot = await knotServer('users 2 IN A 127.0.0.1')
    await using cache = await dnsmasqServer(`--server=/lb.test/${knot.address.replace(':', '#')}`)
    await using users = balancerOf(dns('http://users.lb.test', at(cache)))
    await users.ready()
    await knot.publish('users 2 IN A 127.0.0.2')
    const from = performance.now()
    await eventually(() => users.endpoints().map(({ address }) => address)).toEqual(['127.0.0.2'])
    // The TTL, and the minimum that follows a look just before its end.
    expect(performance.now() - from).toBeLessThan(2_000 + 1_000 + 500)
  })

  test('the server is called what the URL says, wherever it is dialled', async () => {
    await using server = await new LocalServer(
      createServer(({ headers, url }, response) => response.end(`${headers.host} ${url}`)),
    ).listen()
    await using names = await dnsmasqServer('--host-record=users.test,127.0.0.1')
    await using users = balancerOf(dns(`http://users.test:${server.port}/base`, at(names, { family: 4 })))
    const response = await users.fetch('/v1/me')
    expect(await response.text()).toBe(`users.test:${server.port} /base/v1/me`)
  })

  test('localhost is found as everything else finds it', async () => {
    await using server = await workingServer(0)
    await using users = balancerOf(dns(`http://localhost:${server.port}`))
    expect((await users.fetch('/')).status).toBe(200)
  })
})

describe('dnsSrv', () => {
  test('with dnsmasq', async () => {
    await using server = await dnsmasqServer(
      '--host-record=b1.test,127.0.0.1',
      '--srv-host=_http._tcp.users.test,b1.test,8001,10,60',
    )
    await using users = balancerOf(dnsSrv('_http._tcp.users.test', at(server, { family: 4 })))
    await users.ready()
    expect(users.endpoints()).toMatchObject([
      { id: 'http://users.test@127.0.0.1:8001', priority: 0, weight: 60, metadata: { target: 'b1.test' } },
    ])
  })
})
