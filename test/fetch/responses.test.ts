import { expect, test, vi } from 'vitest'
import { balanced } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'
import { recordingTransport } from './recording-fetch.ts'

const network = mockNetwork()

/** Each is what a call is answered with; the platform's own fetch says what is to come of it. */
const ANSWERS: [string, () => Response][] = [
  ['text', () => new Response('naïve ☕')],
  ['JSON', () => Response.json({ a: [1, null] }, { status: 201, statusText: 'Made' })],
  ['bytes', () => new Response(new Uint8Array([0, 255, 128]))],
  ['no content', () => new Response(null, { status: 204 })],
  ['nothing', () => new Response('')],
  ['headers', () => new Response('x', { headers: { etag: '"1"', 'x-latin': 'caf\u00e9', vary: 'a, b' } })],
  ['not modified', () => new Response(null, { status: 304, headers: { etag: '"1"' } })],
  ['a redirection without a place', () => new Response('x', { status: 300 })],
  ['bad request', () => new Response('no', { status: 400 })],
  ['unauthorized', () => new Response('who?', { status: 401, headers: { 'www-authenticate': 'Basic' } })],
  ['not found', () => Response.json({ error: 'none' }, { status: 404 })],
  ['a conflict', () => new Response('no', { status: 409 })],
  ['an internal error', () => new Response('oops', { status: 500 })],
  ['not implemented', () => new Response('what?', { status: 501 })],
]

async function described(response: Response) {
  const { status, statusText, ok, headers, url, redirected, type, bodyUsed, body } = response
  const stream = body === null ? null : 'a stream'
  const text = await response.text()
  const used = response.bodyUsed
  return {
    status,
    statusText,
    ok,
    headers: [...headers],
    url,
    redirected,
    type,
    bodyUsed,
    stream,
    text,
    used,
  }
}

test.each(['headers', 'body'] as const)(
  'every answer is the one that fetch gives, and is asked for once, when a call ends with its %s',
  async (completion) => {
    await using users = balanced({ endpoints: ['http://a.test'], completion })
    for (const [name, answer] of ANSWERS) {
      const log = network.serve('http://a.test', answer)
      const own = await described(await fetch('http://a.test/x?q=1'))
      expect(await described(await users.fetch('/x?q=1')), name).toEqual(own)
      expect(log, name).toHaveLength(2)
    }
  },
)

test.each(['headers', 'body'] as const)(
  'a clone can be read beside its original when a call ends with its %s',
  async (completion) => {
    network.serve('http://a.test', () => Response.json({ n: 1 }))
    await using users = balanced({ endpoints: ['http://a.test'], completion })
    const response = await users.fetch('/x')
    const clone = response.clone()
    expect(clone).toBeInstanceOf(Response)
    expect(clone.url).toBe('http://a.test/x')
    expect(await clone.json()).toEqual({ n: 1 })
    expect(response.bodyUsed).toBe(false)
    expect(await response.json()).toEqual({ n: 1 })
    expect(() => response.clone()).toThrow(TypeError)
  },
)

test('the very Response of the fetch below is returned', async () => {
  const answer = new Response('x')
  const { transport } = recordingTransport(() => answer)
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  expect(await users.fetch('/x')).toBe(answer)
})

test.each(['headers', 'body'] as const)(
  'a body comes in the chunks in which it is sent, when a call ends with its %s',
  async (completion) => {
    let send: (chunk: string) => void = () => {}
    let end: () => void = () => {}
    // Not by msw, which waits for more.
    const { transport } = recordingTransport(() => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          send = (chunk) => controller.enqueue(new TextEncoder().encode(chunk))
          end = () => controller.close()
        },
      })
      return new Response(body)
    })
    await using users = balanced({ endpoints: ['http://a.test'], completion, transport })
    const reader = (await users.fetch('/x')).body!.pipeThrough(new TextDecoderStream()).getReader()
    for (const chunk of ['one', 'two', 'three']) {
      send(chunk)
      expect(await reader.read()).toEqual({ done: false, value: chunk })
    }
    end()
    expect(await reader.read()).toMatchObject({ done: true })
  },
)

test.each(['headers', 'body'] as const)(
  "the caller's cancel reaches the body below with its reason, when a call ends with its %s",
  async (completion) => {
    const cancel = vi.fn()
    const { transport } = recordingTransport(() => new Response(new ReadableStream({ cancel })))
    await using users = balanced({ endpoints: ['http://a.test'], completion, transport })
    const reason = new Error('enough')
    await (await users.fetch('/x')).body?.cancel(reason)
    expect(cancel).toHaveBeenCalledExactlyOnceWith(reason)
  },
)

test('a HEAD has the headers and no body', async () => {
  network.serve('http://a.test', () => new Response(null, { headers: { 'content-length': '5', 'x-a': '1' } }))
  await using users = balanced({ endpoints: ['http://a.test'] })
  const response = await users.fetch('/x', { method: 'HEAD' })
  expect(response.headers.get('x-a')).toBe('1')
  expect(await response.text()).toBe('')
})
