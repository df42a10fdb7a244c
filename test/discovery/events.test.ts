import { type HttpSourceOptions, http } from 'evenkeel/discovery'
import { virtualClock } from 'evenkeel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStream } from '../../src/discovery/http/event-stream.js'
import { watched } from './watched.ts'

const read = (...texts: readonly string[]) => {
  const stream = new EventStream('', 1_000)
  return { messages: texts.flatMap((text) => stream.push(text)), stream }
}

describe('an event stream', () => {
  it.each([
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
    ['\r', 'CR'],
  ])('has lines that end with %j', (end) => {
    const { messages, stream } = read(['data: a', 'data:b', 'data', 'id: 7', 'retry: 50', '', ''].join(end))
    expect(messages).toEqual(['a\nb\n'])
    expect([stream.lastEventId, stream.retry]).toEqual(['7', 50])
  })

  it('has comments, fields that nobody knows, and events of other kinds', () => {
    const text =
      ': ping\n\nevent: ping\ndata: x\n\nfoo: bar\nevent: message\ndata:  y\n\nevent\ndata: z\n\nid: 3\n\n'
    const { messages, stream } = read(text)
    expect(messages).toEqual([' y', 'z'])
    expect(stream.lastEventId).toBe('3')
  })

  it('has ids and pauses only as they may be', () => {
    const { stream } = read(
      `id: a\0b\nid: ü\nid: ${'x'.repeat(1_001)}\n`,
      'retry: soon\nretry: -1\ndata: x\n\n',
    )
    expect([stream.lastEventId, stream.retry]).toEqual(['', undefined])
  })

  it('does not take what has not ended for an event, nor its id', () => {
    const { messages, stream } = read('data: a\nid: 1\n\nid: 2\ndata: b\n')
    expect([messages, stream.lastEventId, stream.unfinished]).toEqual([['a'], '1', true])
  })

  it('says the same, however it is cut', () => {
    const pieces = fc.array(
      fc.constantFrom('data: a', 'data:', ':x', 'id: 1', 'event: e', 'retry: 9', '', '\r', '\n', '\r\n', 'ü'),
    )
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(20)), (parts, cuts) => {
        const text = parts.join('')
        const whole = read(text)
        const cut: string[] = []
        let at = 0
        for (const length of [...cuts, text.length]) {
          cut.push(text.slice(at, at + length))
          at += length
        }
        const inPieces = read(...cut)
        expect(inPieces.messages).toEqual(whole.messages)
        expect(inPieces.stream.lastEventId).toBe(whole.stream.lastEventId)
        expect(inPieces.stream.unfinished).toBe(whole.stream.unfinished)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['a line', 'x'.repeat(1_001)],
    ['its data', `data: ${'x'.repeat(600)}\n`.repeat(2)],
    ['nothing, often', 'data\n'.repeat(1_001)],
  ])('is ended by an event that is too long: %s', (_, text) => {
    expect(() => read(text)).toThrow('an event is longer than 1000 characters')
  })

  it('may be as long as it likes', () => {
    const stream = new EventStream('', 1_000)
    for (let i = 0; i < 100; i++) expect(stream.push(`data: ${'x'.repeat(500)}\n\ndata: y\n`)).toHaveLength(1)
  })
})

/** Streams in virtual time: what each connection says is decided by the test. */
const asEvents = (body: ReadableStream) =>
  new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })

function followed(options: Partial<HttpSourceOptions> = {}, respond = asEvents) {
  const connections: {
    readonly headers: Headers
    readonly at: number
    say(text: string): void
    send(bytes: Uint8Array): void
    end(): void
    break(): void
    cancelled: boolean
  }[] = []
  const clock = virtualClock(0)
  const fetch = async (_: string, { headers }: RequestInit) => {
    let controller: ReadableStreamDefaultController | undefined
    const connection = {
      headers: new Headers(headers),
      at: clock.now(),
      say: (text: string) => connection.send(new TextEncoder().encode(text)),
      send: (bytes: Uint8Array) => controller?.enqueue(bytes),
      end: () => controller?.close(),
      break: () => controller?.error(new TypeError('terminated')),
      cancelled: false,
    }
    connections.push(connection)
    const body = new ReadableStream({
      start(given) {
        controller = given
      },
      cancel() {
        connection.cancelled = true
      },
    })
    return respond(body)
  }
  const source = http({
    url: 'http://r.test/',
    events: true,
    interval: 1_000,
    timeout: 5_000,
    idleTimeout: 20_000,
    fetch,
    ...options,
  })
  return {
    ...watched(source, clock),
    connections,
    latest: () => connections.at(-1)!,
  }
}

const event = (n: number, more = '') => `${more}data: ["http://10.0.0.${n}"]\n\n`
const list = (n: number) => [`http://10.0.0.${n}`]

describe('http with events', () => {
  it('takes each message for a list, also in halves, and asks for the right type', async () => {
    const it = followed()
    await it.clock.advance(0)
    it.latest().say(event(1) + event(2).slice(0, 9))
    await it.clock.advance(0)
    expect(it.lists).toEqual([list(1)])
    it.latest().say(event(2).slice(9))
    await it.clock.advance(0)
    expect(it.lists).toEqual([list(1), list(2)])
    expect(it.latest().headers.get('accept')).toBe('text/event-stream')
    expect(it.latest().headers.get('last-event-id')).toBeNull()
    await it.watch.close()
    await it.clock.advance(0)
    expect([it.latest().cancelled, it.clock.pending, it.errors]).toEqual([true, 0, []])
  })

  it('does not lose a character that is cut in two', async () => {
    const it = followed()
    await it.clock.advance(0)
    for (const byte of new TextEncoder().encode('data: [{"url":"http://10.0.0.1","zone":"Köln"}]\n\n'))
      it.latest().send(Uint8Array.of(byte))
    await it.clock.advance(10)
    expect(it.lists).toEqual([[{ url: 'http://10.0.0.1', zone: 'Köln' }]])
  })

  it('goes on from where it was after the end of a stream, when the server wants it to, and tells nothing', async () => {
    const it = followed({ maxInterval: 8_000 })
    await it.clock.advance(0)
    it.latest().say(event(1, 'id: 41\nretry: 4000\n'))
    await it.clock.advance(10_000)
    it.latest().end()
    await it.clock.advance(3_500)
    expect(it.connections).toHaveLength(1)
    await it.clock.advance(500)
    expect(it.connections).toHaveLength(2)
    expect(it.latest().headers.get('last-event-id')).toBe('41')
    // Nothing has changed meanwhile, and the server says only that it is there.
    it.latest().say(':\n')
    await it.clock.advance(0)
    expect(it.lists).toEqual([list(1), list(1)])
    // It may be silent for longer than the first list may take.
    await it.clock.advance(15_000)
    expect([it.connections.length, it.errors]).toEqual([2, []])
  })

  it('keeps to its bounds, whatever the server wants', async () => {
    for (const [retry, at] of [
      [0, 1_000],
      [1e12, 60_000],
    ] as const) {
      const it = followed()
      await it.clock.advance(0)
      it.latest().say(event(1, `retry: ${retry}\n`))
      it.latest().end()
      await it.clock.advance(at + 100)
      expect(it.connections.length, `${retry}`).toBe(2)
      expect(it.latest().at).toBeGreaterThanOrEqual(at * 0.9)
    }
  })

  it('tells that a stream broke off, and is back at the pace of a first failure', async () => {
    const it = followed()
    for (let round = 1; round <= 5; round++) {
      await it.clock.advance(2_000)
      expect(it.connections).toHaveLength(round)
      it.latest().say(event(round))
      await it.clock.advance(50_000 / 10)
      it.latest().break()
      await it.clock.advance(0)
      expect(it.errors).toHaveLength(round)
    }
    expect(it.errors[0]).toBe('http http://r.test/: terminated')
    expect(it.lists).toHaveLength(5)
  })

  it('takes a stream that has gone silent for dead, opens it anew, and tells only if that fails', async () => {
    const it = followed()
    await it.clock.advance(0)
    it.latest().say(event(1))
    for (let i = 0; i < 10; i++) {
      await it.clock.advance(15_000)
      it.latest().say(':\n\n')
    }
    expect(it.connections).toHaveLength(1)
    await it.clock.advance(22_000)
    expect(it.connections).toHaveLength(2)
    expect(it.connections[0]?.cancelled).toBe(true)
    expect(it.errors).toEqual([])
    // The new one says nothing within the timeout.
    await it.clock.advance(5_000)
    expect(it.errors).toEqual(['http http://r.test/: the stream has gone silent'])
  })

  it('takes garbage for a failure, asks anew, and keeps the id of the last list', async () => {
    const it = followed()
    await it.clock.advance(0)
    it.latest().say(event(1, 'id: 1\n'))
    it.latest().say('id: 2\ndata: oops\n\n')
    await it.clock.advance(2_000)
    expect(it.errors[0]).toMatch(/it is no JSON/)
    expect(it.connections).toHaveLength(2)
    expect(it.latest().headers.get('last-event-id')).toBe('1')
    it.latest().say(event(3))
    await it.clock.advance(0)
    expect(it.last()).toEqual(list(3))
  })

  it('is not deceived by one that ends at once, again and again', async () => {
    const it = followed()
    for (let i = 0, ended = 0; i < 60; i++) {
      await it.clock.advance(1_000)
      if (it.connections.length === ended) continue
      ended = it.connections.length
      it.latest().say('retry: 0\n\n')
      it.latest().end()
    }
    expect(it.connections.length).toBeLessThan(10)
    expect(it.errors[0]).toBe('http http://r.test/: the stream ended before a list came')
  })

  it.each([
    [
      () => new Response('[]', { headers: { 'content-type': 'application/json' } }),
      /application\/json instead of/,
    ],
    [() => new Response(null), /nothing that it names instead of text\/event-stream/],
    [() => new Response(null, { status: 503 }), /status 503/],
    [() => new Response(null, { status: 204 }), /instead of text\/event-stream/],
  ])('refuses what is no stream of events %#', async (respond, message) => {
    const it = followed({}, respond)
    await it.clock.advance(10)
    expect(it.errors[0]).toMatch(message)
  })

  it('does not keep more of an event than it wants to', async () => {
    const it = followed({ maxBytes: 1_000 })
    await it.clock.advance(0)
    it.latest().say(`data: ${'x'.repeat(2_000)}`)
    await it.clock.advance(10)
    expect(it.errors[0]).toMatch(/an event is longer than 1000 characters/)
    expect(it.connections[0]?.cancelled).toBe(true)
  })
})
