import { once } from 'node:events'
import { createServer } from 'node:http'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { streaming } from '../../fetch/bodies.ts'
import { eventually } from '../../integration/eventually.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { heldServer } from '../../support/servers/held-server.ts'
import { LocalServer } from '../../support/servers/local-server.ts'

const MB = 1024 * 1024
/** More than all buffers on the way take. */
const FLOOD = 16 * MB

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

describe('a short body that means a long one', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)('is decoded as far as somebody reads it: %s', async (encoding, encode) => {
    const sent = encode(Buffer.alloc(64 * MB))
    await using server = await new LocalServer(
      createServer((_request, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(sent),
      ),
    ).listen()
    await using balancer = createBalancer({ endpoints: [server.url] })
    collect()
    const before = process.memoryUsage().arrayBuffers
    const { body } = await balancer.fetch('/')
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    let read = (await reader.read()).value?.byteLength ?? 0
    // As long as nothing is read there is time to decode all of it.
    const grown = () => process.memoryUsage().arrayBuffers - before
    for (let last = -1; last !== grown() && grown() < FLOOD; await sleep(30)) last = grown()
    expect(grown()).toBeLessThan(FLOOD)
    for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value.byteLength
    expect(read).toBe(64 * MB)
  })
})

it('a compressed body that was cancelled leaves nothing behind', async () => {
  const sent = gzipSync(Buffer.alloc(MB))
  await using server = await new LocalServer(
    createServer((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(sent)),
  ).listen()
  await using balancer = createBalancer({ endpoints: [server.url] })
  const cancelled: WeakRef<ReadableStream>[] = []
  for (let i = 0; i < 10; i++) {
    const { body } = await balancer.fetch('/')
    cancelled.push(new WeakRef(body as ReadableStream))
    await body?.cancel()
  }
  await eventually(() => {
    collect()
    return cancelled.filter((stream) => stream.deref() !== undefined).length
  }).toBeLessThan(2)
})

describe('an abort when all has come, and not all of it is decoded', () => {
  it.each([
    ['ends the call', undefined],
    ['is told to who reads it', (response: Response) => response.text()],
    ['is told to who streams it', (response: Response) => response.body?.getReader().read()],
  ])('%s', async (_, read) => {
    const sent = gzipSync(Buffer.alloc(MB))
    await using server = await new LocalServer(
      createServer((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(sent)),
    ).listen()
    await using balancer = createBalancer({ endpoints: [server.url] })
    const controller = new AbortController()
    const response = await balancer.fetch('/', { signal: controller.signal })
    await sleep(20)
    expect(balancer.endpoints()[0]?.inFlight).toBe(1)
    controller.abort(new Error('no more'))
    if (read !== undefined) await expect((async () => read(response))()).rejects.toThrow('no more')
    expect(balancer.endpoints()[0]?.inFlight).toBe(0)
  })
})

describe('who is told of the end of a body', () => {
  it('may read another one, which waits for that', async () => {
    const long = createServer((_request, response) => response.end(Buffer.alloc(2 * MB)))
    await using server = await new LocalServer(long).listen()
    await using held = await heldServer()
    await using first = createBalancer({ endpoints: [server.url] })
    await using second = createBalancer({ endpoints: [held.url] })
    const waiting = await first.fetch('/')
    // More has come of it than is taken before somebody reads it.
    await expect.poll(() => server.connections).toBe(1)
    let other: Promise<ArrayBuffer> | undefined
    second.on('attempt', () => {
      other = waiting.arrayBuffer()
    })
    const call = second.fetch('/')
    const { response } = await held.next()
    response.write('half')
    const answer = await call
    const text = answer.text()
    await new Promise(setImmediate)
    response.end(' and half')
    expect(await text).toBe('half and half')
    await eventually(() => other).toBeDefined()
    expect((await other)?.byteLength).toBe(2 * MB)
  })
})

describe('a server of HTTP/2 that answers before it has the whole request', () => {
  it('gets the rest, and not a part that looks like all of it', async () => {
    const secure = createSecureServer(certificate)
    await using server = await new LocalServer(secure).listen()
    const transport = undiciTransport({ tls: { ca: certificate.cert } })
    await using balancer = createBalancer({ endpoints: [`https://localhost:${server.port}`], transport })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const call = balancer.fetch('/', { method: 'POST', ...streaming(readable) })
    void writer.write(Buffer.from('the first half, '))
    const [stream] = (await once(secure, 'stream')) as [ServerHttp2Stream]
    const received = buffer(stream)
    stream.respond({ ':status': 200 })
    stream.end('taken')
    expect(await (await call).text()).toBe('taken')
    await writer.write(Buffer.from('and the second'))
    await writer.close()
    expect(`${await received}`).toBe('the first half, and the second')
  })
})
