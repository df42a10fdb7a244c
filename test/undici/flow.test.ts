import { createServer, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { createBalancer } from 'evenkeel'
import { pipeline, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { globally } from './globally.ts'

const MEGABYTE = 1024 * 1024

describe('nothing is read faster than it is taken', () => {
  it('a download', async () => {
    let sent = 0
    await using server = await new LocalServer(
      createServer((_, response) => {
        const source = new Readable({
          read() {
            sent += 64 * 1024
            this.push(sent > 64 * MEGABYTE ? null : Buffer.alloc(64 * 1024))
          },
        })
        source.pipe(response)
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const { body } = await request('http://users/')
    const iterator = body[Symbol.asyncIterator]()
    await iterator.next()
    // What fits between the two: buffers of sockets, and little of ours.
    await settled(() => sent)
    expect(sent).toBeLessThan(16 * MEGABYTE)
    let taken = 0
    for await (const piece of body) taken += (piece as Buffer).byteLength
    expect(sent).toBeGreaterThan(64 * MEGABYTE)
    expect(taken).toBeGreaterThan(63 * MEGABYTE)
  })

  it('an upload', async () => {
    const held: IncomingMessage[] = []
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        held.push(incoming)
        incoming.on('end', () => response.end('taken'))
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    let read = 0
    const body = new Readable({
      read() {
        read += 64 * 1024
        this.push(read > 64 * MEGABYTE ? null : Buffer.alloc(64 * 1024))
      },
    })
    const call = request('http://users/', { method: 'POST', body })
    await eventually(() => held.length).toBe(1)
    await settled(() => read)
    expect(read).toBeLessThan(16 * MEGABYTE)
    held[0]?.resume()
    expect(await (await call).body.text()).toBe('taken')
    expect(read).toBeGreaterThan(64 * MEGABYTE)
  })
})

/** Until a number has stayed as it is for some turns of the event loop. */
async function settled(read: () => number): Promise<void> {
  for (let same = 0, before = read(); same < 50; before = read()) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    same = read() === before ? same + 1 : 0
  }
}

describe('the end of an answer', () => {
  it('has its trailers', async () => {
    await using server = await new LocalServer(
      createServer((_, response) => {
        response.writeHead(200, { trailer: 'x-sum' }).write('body')
        response.addTrailers({ 'x-sum': '17' })
        response.end()
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const { body, trailers } = await request('http://users/')
    expect(await body.text()).toBe('body')
    expect(trailers).toEqual({ 'x-sum': '17' })
  })

  it('of HEAD and 204 comes at once', async () => {
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        response.writeHead(incoming.method === 'HEAD' ? 200 : 204, { 'content-length': '7' }).end()
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    for (const method of ['HEAD', 'GET']) {
      const { statusCode, body } = await request('http://users/', { method })
      expect([statusCode, await body.text()]).toEqual([method === 'HEAD' ? 200 : 204, ''])
    }
  })

  it('is passed through a pipeline of any length, both ways', async () => {
    await using server = await new LocalServer(
      createServer((incoming, response) => void incoming.pipe(response)),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    let given = 0
    const source = new Readable({
      read() {
        given += 64 * 1024
        this.push(given > 8 * MEGABYTE ? null : Buffer.alloc(64 * 1024, given >> 16))
      },
    })
    const through = source.pipe(pipeline('http://users/', { method: 'POST' }, ({ body }) => body))
    let taken = 0
    for await (const piece of through) taken += (piece as Buffer).byteLength
    expect(taken).toBe(8 * MEGABYTE)
  })
})
