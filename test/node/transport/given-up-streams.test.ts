import { once } from 'node:events'
import { createSecureServer, constants as http2, type ServerHttp2Stream } from 'node:http2'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { expect, it } from 'vitest'
import { rejection } from '../../integration/rejection.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { LocalServer } from '../../support/servers/local-server.ts'

const known = { tls: { ca: certificate.cert } }

// Were it told otherwise Node would never come back from writing the rest of a body, which no test could bear.
it.each([undefined, 'a body'])('a stream of HTTP/2 that is given up is told so, with %s', async (body) => {
  const secure = createSecureServer(certificate)
  await using server = await new LocalServer(secure).listen()
  const endpoints = [`https://localhost:${server.port}`]
  await using balancer = createBalancer({ endpoints, transport: undiciTransport(known) })
  const controller = new AbortController()
  const { signal } = controller
  const call = rejection(
    balancer.fetch('/', body === undefined ? { signal } : { signal, method: 'POST', body }),
  )
  const [stream] = (await once(secure, 'stream')) as [ServerHttp2Stream]
  const closed = once(stream, 'close')
  stream.on('error', () => {})
  controller.abort(new Error('no more'))
  expect(await call).toMatchObject({ message: 'no more' })
  await closed
  expect(stream.rstCode).toBe(http2.NGHTTP2_CANCEL)
})
