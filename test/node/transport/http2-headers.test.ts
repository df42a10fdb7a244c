import { createBalancer, undiciTransport } from 'evenkeel/node'
import { expect, it } from 'vitest'
import { certificate } from '../../support/servers/certificate.ts'
import { secureHttp2Server } from '../../support/servers/secure-http2-server.ts'

it('has the headers of HTTP/2, which undici hands out in a form of their own', async () => {
  await using server = await secureHttp2Server((request, response) => {
    response.writeHead(200, { 'x-server': 'h2', 'set-cookie': ['a=1', 'b=2'] }).end(request.httpVersion)
  })
  await using balancer = createBalancer({
    endpoints: [{ url: server.url, address: '127.0.0.1', port: server.port }],
    transport: undiciTransport({ tls: { ca: certificate.cert } }),
  })
  const response = await balancer.fetch('/')
  expect(await response.text()).toBe('2.0')
  expect(response.headers.get('x-server')).toBe('h2')
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
})
