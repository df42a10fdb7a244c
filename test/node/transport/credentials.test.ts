import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rejection } from '../../integration/rejection.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { LocalServer } from '../../support/servers/local-server.ts'

/** Leads to where it is told to, and remembers how it was called, and who called. */
class NamedServer extends LocalServer {
  readonly seen: { readonly servername: unknown; readonly client: boolean }[] = []

  constructor() {
    const options = { ...certificate, requestCert: true, rejectUnauthorized: false }
    super(
      createServer(options, ({ socket, headers, url }, response) => {
        const { servername, getPeerCertificate } = socket as TLSSocket & { readonly servername: unknown }
        this.seen.push({ servername, client: getPeerCertificate.call(socket).subject !== undefined })
        const to = headers['x-to']
        if (url === '/there' || to === undefined) response.end('there')
        else response.writeHead(302, { location: `${to}` }).end()
      }),
    )
  }
}

const namedServer = () => new NamedServer().listen()

const known = { tls: { ca: certificate.cert } }

describe('certificates of the client that cannot be read', () => {
  it.each([0, 1])('fail the call and no more, with %i connections opened ahead', async (prewarm) => {
    const uncaught: unknown[] = []
    const listen = (error: unknown) => uncaught.push(error)
    process.on('uncaughtException', listen)
    onTestFinished(() => void process.off('uncaughtException', listen))
    const transport = undiciTransport({ connectTimeout: 20, prewarm, tls: { cert: 'none', key: 'none' } })
    await using balancer = createBalancer({ endpoints: ['https://127.0.0.1:1'], transport, retry: false })
    await balancer.ready()
    expect(await rejection(balancer.fetch('/'))).toMatchObject({
      attempts: [{ kind: 'unreachable', progress: 'unsent' }],
      cause: { cause: { code: 'ERR_OSSL_PEM_NO_START_LINE' } },
    })
    // As long as a connection would have been waited for.
    await sleep(50)
    expect(uncaught).toEqual([])
  })
})

describe('whose certificate it has to be', () => {
  it.each([
    ['the IP address of the URL, not the one that is dialled', 'https://127.0.0.2', false],
    ['a name of the URL', 'https://checked.test', true],
    ['another name', 'https://unchecked.test', false],
  ])('is %s', async (_, url, right) => {
    await using server = await namedServer()
    const endpoint = { url, address: '127.0.0.1', port: server.port }
    await using balancer = createBalancer({ endpoints: [endpoint], transport: undiciTransport(known) })
    const call = balancer.fetch('/')
    if (right) expect(await (await call).text()).toBe('there')
    else {
      const cause = { cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: new URL(url).hostname } }
      expect(await rejection(call)).toMatchObject({ cause })
      expect(server.seen).toEqual([])
    }
  })

  it('is that of the URL where its IP address is dialled at another one', async () => {
    await using server = await namedServer()
    const endpoint = { url: 'https://127.0.0.1', address: 'localhost', port: server.port }
    await using balancer = createBalancer({ endpoints: [endpoint], transport: undiciTransport(known) })
    expect(await (await balancer.fetch('/')).text()).toBe('there')
  })
})

describe('a redirect', () => {
  it('to https stays at the address, at the port of https', async () => {
    await using secure = await namedServer()
    const location = `https://checked.test:${secure.port}/there`
    const leading = createPlainServer((_request, response) => response.writeHead(301, { location }).end())
    await using plain = await new LocalServer(leading).listen()
    const endpoint = {
      url: `http://checked.test:${secure.port}`,
      address: '127.0.0.1',
      port: plain.port,
    }
    await using balancer = createBalancer({ endpoints: [endpoint], transport: undiciTransport(known) })
    expect(await (await balancer.fetch('/')).text()).toBe('there')
    expect(secure.seen).toEqual([{ servername: 'checked.test', client: false }])
  })

  const tls = { ...known.tls, ...certificate, servername: 'checked.test' }

  it.each([
    ['another host calls it by its name, and does not show it who asks', 'localhost', 'localhost', false],
    ['another port of the host is like the first request', '127.0.0.1', 'checked.test', true],
  ])('to %s', async (_, host, servername, client) => {
    await using server = await namedServer()
    await using other = await namedServer()
    const transport = undiciTransport({ tls })
    await using balancer = createBalancer({ endpoints: [`https://${server.host}`], transport })
    const headers = { 'x-to': `https://${host}:${other.port}/there` }
    expect(await (await balancer.fetch('/', { headers })).text()).toBe('there')
    expect(server.seen).toEqual([{ servername: 'checked.test', client: true }])
    expect(other.seen).toEqual([{ servername, client }])
  })
})
