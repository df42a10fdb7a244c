import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { recordingTransport } from './recording-fetch.ts'

const reason = new Error('changed my mind')

test.each<[string, (signal: AbortSignal) => [Request | string, RequestInit?]]>([
  ['init', (signal) => ['/x', { signal }]],
  ['a Request', (signal) => [new Request('http://users/x', { signal })]],
  [
    'init, over that of a Request',
    (signal) => [new Request('http://users/x', { signal: AbortSignal.abort('other') }), { signal }],
  ],
])('the signal of %s ends the fetch below, and the call, with its own reason', async (_, args) => {
  const { sent, transport } = recordingTransport()
  const never = { ...transport, send: hang(sent) }
  await using users = balanced({ endpoints: ['http://a.test'], transport: never })
  const controller = new AbortController()
  const call = users.fetch(...args(controller.signal))
  expect(sent[0]?.init.signal?.aborted).toBe(false)
  controller.abort(reason)
  expect(sent[0]?.init.signal).toMatchObject({ aborted: true, reason })
  await expect(call).rejects.toBe(reason)
})

/** Never answers. */
function hang(sent: { url: string; init: RequestInit & Readonly<Record<string, unknown>> }[]) {
  return (_endpoint: unknown, url: string, init: RequestInit) => {
    sent.push({ url, init: init as RequestInit & Readonly<Record<string, unknown>> })
    return new Promise<Response>(() => {})
  }
}

test('null takes the signal of a Request away', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  const request = new Request('http://users/x', { signal: AbortSignal.abort(reason) })
  expect((await users.fetch(request, { signal: null })).status).toBe(200)
  expect(sent[0]?.init.signal?.aborted).toBe(false)
})

test.each([[undefined], ['a string'], [null], [42]])(
  'a signal aborted with %j before the call sends nothing',
  async (why) => {
    const { sent, transport } = recordingTransport()
    await using users = balanced({ endpoints: ['http://a.test'], transport })
    const signal = AbortSignal.abort(why)
    await expect(users.fetch('/x', { signal })).rejects.toBe(signal.reason)
    expect(sent).toEqual([])
    expect(users.snapshot().endpoints[0]).toMatchObject({ calls: 0 })
  },
)
