import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { finished, pipeline } from 'node:stream/promises'
import { describe, expect, it, vi } from 'vitest'
import { LazySocket } from '../../../src/node/sockets/lazy-socket.ts'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { greets, type OnConnection, tcpServer } from '../../support/servers/tcp-server.ts'

/** A lazy socket to a server, that is connected when the test says so. */
async function lazy(onConnection: OnConnection = () => {}) {
  const server = await tcpServer(onConnection)
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const signals: AbortSignal[] = []
  const sockets: Socket[] = []
  const socket = new LazySocket(async (signal) => {
    signals.push(signal)
    await gate
    const inner = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    sockets.push(inner)
    await once(inner, 'connect')
    return inner
  })
  return {
    ...{ server, socket, signals, sockets, go },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

const echo: OnConnection = (socket) => socket.pipe(socket)

describe('a lazy socket', () => {
  it('does nothing until it is to connect, and ends without having connected', async () => {
    await using set = await lazy()
    expect(set.socket.connecting).toBe(false)
    set.socket.end()
    await finished(set.socket)
    expect(set.socket.destroyed).toBe(true)
    expect(set.signals).toEqual([])
  })

  it('sends what was written before it was connected, in order, and then tells of it', async () => {
    await using set = await lazy(echo)
    const { socket } = set
    const events: string[] = []
    for (const name of ['connect', 'ready', 'secureConnect', 'data']) socket.on(name, () => events.push(name))
    expect(socket.connect(5432).connecting).toBe(true)
    const sent = vi.fn()
    socket.write('one ', sent)
    socket.cork()
    socket.write('two ')
    socket.write('three ')
    socket.uncork()
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).not.toHaveBeenCalled()
    set.go()
    socket.end('four')
    const chunks = await socket.toArray()
    expect(Buffer.concat(chunks).toString()).toBe('one two three four')
    expect(sent).toHaveBeenCalledOnce()
    expect(events.slice(0, 3)).toEqual(['connect', 'ready', 'data'])
    expect(socket.connecting).toBe(false)
    await eventually(() => set.server.connections).toBe(0)
  })

  it('passes on settings, early ones too, and tells where it is connected to', async () => {
    await using set = await lazy()
    const { socket } = set
    socket.connect().setNoDelay(true).setKeepAlive(true, 5_000).unref()
    expect([socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort]).toEqual(
      Array(4).fill(undefined),
    )
    set.go()
    await eventually(() => set.sockets.length).toBe(1)
    const [inner] = set.sockets as [Socket]
    const spies = (['setNoDelay', 'setKeepAlive', 'unref', 'ref'] as const).map((name) =>
      vi.spyOn(inner, name),
    )
    await once(socket, 'connect')
    socket.ref()
    expect(spies.map(({ mock }) => mock.calls)).toEqual([[[true]], [[true, 5_000]], [[]], [[]]])
    expect([socket.socket, socket.remoteAddress, socket.remotePort]).toEqual([
      inner,
      '127.0.0.1',
      set.server.port,
    ])
    expect([socket.localAddress, socket.localPort]).toEqual([inner.localAddress, inner.localPort])
  })

  it('gives connecting up when it is destroyed, and tells whoever waits for a write', async () => {
    await using set = await lazy()
    const { socket, signals } = set
    socket.connect()
    const write = new Promise((resolve) => socket.write('lost', resolve))
    const error = new Error('timeout expired')
    socket.on('error', () => {}).destroy(error)
    expect(await write).toBe(error)
    expect(signals[0]?.reason).toBe(error)
    expect(socket.connecting).toBe(false)
    // Too late: it is closed at once.
    set.go()
    await eventually(() => set.server.hits).toBe(1)
    await eventually(() => set.server.connections).toBe(0)
  })

  it('fails with what connecting fails with', async () => {
    const error = new Error('nobody there')
    const socket = new LazySocket(() => Promise.reject(error)).connect()
    expect(await rejection(once(socket, 'connect'))).toBe(error)
    expect(socket.destroyed).toBe(true)
  })

  it('is held up by a reader that is slow, and loses nothing', async () => {
    const bytes = randomBytes(8 * 1024 * 1024)
    await using set = await lazy((socket) => socket.end(bytes))
    const { socket } = set
    socket.connect()
    set.go()
    await once(socket, 'connect')
    // Nobody reads: what is kept of it is one chunk beyond the mark, and not all of it.
    await eventually(() => set.sockets[0]?.isPaused()).toBe(true)
    expect(socket.readableLength).toBeLessThan(socket.readableHighWaterMark + 64 * 1024 + 1)
    const hash = createHash('sha256')
    for await (const chunk of socket) {
      hash.update(chunk)
      if (Math.random() < 0.1) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    await eventually(() => set.sockets[0]?.destroyed).toBe(true)
  })

  it('is held up by a server that is slow', async () => {
    let resume = () => {}
    await using set = await lazy((socket) => {
      socket.pause()
      resume = () => void echo(socket)
    })
    const { socket } = set
    socket.connect()
    set.go()
    await once(socket, 'connect')
    const bytes = randomBytes(16 * 1024 * 1024)
    const chunks = function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
    }
    const read = socket.toArray()
    const writing = pipeline(
      chunks,
      async function* (source) {
        for await (const chunk of source) {
          yield chunk
        }
      },
      socket as NodeJS.WritableStream,
    )
    // The buffers of the kernel are full, and the rest waits where it comes from.
    await eventually(() => socket.writableNeedDrain).toBe(true)
    expect(socket.writableLength).toBeLessThan(socket.writableHighWaterMark + 2 * 65_536)
    resume()
    await writing
    expect(Buffer.concat(await read).equals(bytes)).toBe(true)
  })

  it('is closed by a server that ends it, though nobody reads, like one of Node', async () => {
    await using set = await lazy((socket) => socket.end())
    set.socket.connect()
    set.go()
    await once(set.socket, 'close')
    expect(set.socket.errored).toBeNull()
    await eventually(() => set.server.connections).toBe(0)
  })

  it('keeps what was said before the end for a reader that comes later', async () => {
    await using set = await lazy((socket) => socket.end('goodbye'))
    set.socket.connect()
    set.go()
    await eventually(() => set.sockets[0]?.readableEnded).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(Buffer.concat(await set.socket.toArray()).toString()).toBe('goodbye')
  })

  it('sends the rest of what it has after the server has ended its side', async () => {
    let heard = ''
    await using set = await lazy((socket) => {
      socket.end()
      socket.setEncoding('utf8').on('data', (text) => {
        heard += text
      })
    })
    const { socket } = set
    socket.write('before, ')
    socket.connect()
    set.go()
    socket.on('end', () => socket.write('after'))
    socket.resume()
    await once(socket, 'close')
    await eventually(() => heard).toBe('before, after')
  })

  it('breaks as the connection does', async () => {
    await using set = await lazy((socket) => socket.once('data', () => socket.resetAndDestroy()))
    set.socket.connect().write('x')
    set.go()
    const error = await new Promise((resolve) => set.socket.once('error', resolve))
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect(set.socket.destroyed).toBe(true)
  })

  it('times out, while it connects and later', async () => {
    await using set = await lazy(greets('hello'))
    const { socket } = set
    const timedOut = vi.fn()
    socket.connect().setTimeout(20, timedOut)
    expect(socket.timeout).toBe(20)
    await eventually(() => timedOut.mock.calls.length).toBe(1)
    set.go()
    await once(socket, 'data')
    await once(socket, 'timeout')
    const other = vi.fn()
    socket.setTimeout(10, other).setTimeout(0, other)
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(other).not.toHaveBeenCalled()
    expect(timedOut).toHaveBeenCalledOnce()
  })
})
