import { PassThrough, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createBalancer } from 'evenkeel'
import { request, FormData as UndiciFormData } from 'undici'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { inTurn } from '../integration/in-turn.ts'
import { rejection } from '../integration/rejection.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { type Echo, echoServer } from '../support/servers/echo-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { globally } from './globally.ts'

const quick = { retry: { backoff: { base: 1, max: 1 } } } as const

async function* pieces(...all: (string | Uint8Array)[]) {
  yield* all
}

describe('bodies of requests', () => {
  const values: [string, unknown, string, Record<string, string>?][] = [
    ['a string', 'text', 'text'],
    ['a Buffer', Buffer.from('text'), 'text'],
    ['a view of a part', new Uint8Array(Buffer.from('a text!')).subarray(2, 6), 'text'],
    ['nothing', '', ''],
    ['a Blob', new Blob(['te', 'xt']), 'text'],
    ['an array', [Buffer.from('te'), 'xt'], 'text'],
    ['a stream of known length', () => Readable.from(['te', 'xt']), 'text', { 'content-length': '4' }],
    ['an iterator of known length', () => pieces('te', 'xt'), 'text', { 'Content-Length': '4' }],
  ]
  const oneOf = (body: unknown) => (typeof body === 'function' ? body() : body)

  it.each(values.filter(([name]) => name !== 'an array'))(
    '%s is sent again',
    async (_, body, text, headers = {}) => {
      await using bad = await burstServer({ good: 0, bad: 1 })
      await using good = await echoServer()
      await using users = createBalancer({ endpoints: inTurn(bad, good), ...quick })
      await using _global = globally({ users })
      const response = await request('http://users/', { method: 'PUT', body: oneOf(body), headers })
      const echo = (await response.body.json()) as Echo
      expect(response.statusCode).toBe(200)
      expect(echo.body).toBe(text)
      if (!(body instanceof Blob)) expect(echo.headers['content-length']).toBe(`${text.length}`)
    },
  )

  it.each([...values, ['a stream', () => Readable.from(['te', 'xt']), 'text'] as const])(
    '%s is sent elsewhere, when nothing of it was sent',
    async (_, body, text, headers = {}) => {
      await using gone = await refusingEndpoint()
      await using good = await echoServer()
      await using users = createBalancer({ endpoints: inTurn(gone, good), ...quick })
      await using _global = globally({ users })
      const response = await request('http://users/', { method: 'POST', body: oneOf(body), headers })
      expect(await response.body.json()).toMatchObject({ method: 'POST', body: text })
    },
  )

  it('a form of undici, which is sent again with a length and a type', async () => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using good = await echoServer()
    await using users = createBalancer({ endpoints: inTurn(bad, good), ...quick })
    await using _global = globally({ users })
    const form = new UndiciFormData()
    form.append('name', 'value')
    const { body } = await request('http://users/', { method: 'PUT', body: form })
    const echo = (await body.json()) as Echo
    expect(echo.body).toMatch(/name="name"\r\n\r\nvalue\r\n/)
    expect(echo.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(Number(echo.headers['content-length'])).toBe(echo.body.length)
  })

  it('a stream that has been read from is not sent again', async () => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using good = await echoServer()
    await using users = createBalancer({ endpoints: inTurn(bad, good), ...quick })
    await using _global = globally({ users })
    const { statusCode, body } = await request('http://users/', {
      method: 'PUT',
      body: Readable.from(['x', 'y']),
    })
    await body.dump()
    expect(statusCode).toBe(503)
    expect(good.hits).toBe(0)
  })

  it('is as idempotent as the dispatch says', async () => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using good = await echoServer()
    await using users = createBalancer({ endpoints: inTurn(bad, good), outlierDetection: false, ...quick })
    await using _global = globally({ users })
    const statusOf = async (options: object) => {
      const { statusCode, body } = await request('http://users/', options)
      await body.dump()
      return statusCode
    }
    expect(await statusOf({ method: 'POST', body: 'x', idempotent: true })).toBe(200)
    expect(await statusOf({ method: 'POST', body: 'x' })).toBe(503)
    expect(await statusOf({ method: 'GET', idempotent: false })).toBe(503)
  })

  it('a stream that fails fails the request, whenever it does, and nothing else', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const mine = new Error('mine')
    const later = new PassThrough()
    later.write('begun')
    const streams = [new Readable({ read() {} }).destroy(mine), new Readable({ read() {} }), later]
    const calls = streams.map((body) => rejection(request('http://users/', { method: 'PUT', body })))
    streams[1]?.destroy(mine)
    await setImmediate()
    later.destroy(mine)
    for (const call of calls) expect(await call).toBe(mine)
    expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0, inFlight: 0 })
  })

  it('of which more comes than was said is a mistake', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    for (const body of [pieces('more', 'than that'), pieces('less')]) {
      const call = request('http://users/', {
        method: 'PUT',
        body,
        headers: { 'content-length': '6' },
      } as never)
      expect(await rejection(call)).toMatchObject({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' })
    }
    expect(server.hits).toBe(0)
  })

  it('that is read ahead ends with the request', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const body = new PassThrough()
    body.write('begun')
    const ending = new AbortController()
    const headers = { 'content-length': '10' }
    const call = rejection(request('http://users/', { method: 'PUT', body, headers, signal: ending.signal }))
    await setImmediate()
    const reason = new Error('enough')
    ending.abort(reason)
    expect(await call).toBe(reason)
    await eventually(() => body.destroyed).toBe(true)
    expect(users.snapshot().counts.calls).toBe(0)
  })
})
