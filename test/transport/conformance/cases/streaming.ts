import { streaming } from '../../../fetch/bodies.ts'
import { group, when } from '../case.ts'
import { bytes } from '../describe-response.ts'
import { write } from '../raw-server.ts'
import { answer, chunk, replies } from '../scripts.ts'
import { ENOUGH, turns } from '../turns.ts'

const MB = 1024 * 1024
/** More than all buffers on the way take. */
const FLOOD = 16 * MB

/** Waits until a number does not grow any more. */
async function standsStill(read: () => number): Promise<number> {
  for (let before = -1; ; ) {
    const now = read()
    if (now === before && now > 0) return now
    before = now
    await turns(ENOUGH / 2)
  }
}

const encode = (text: string) => new TextEncoder().encode(text)

export const streams = group('streaming', [
  when(
    'each chunk arrives before the next is sent',
    async ({ fetch, server }) => {
      const response = await fetch('/x')
      const reader = response.body?.getReader()
      const socket = server.accepted[0]
      const seen: unknown[] = []
      for (const text of ['one', 'two', 'three']) {
        if (socket !== undefined) await write(socket, chunk(text))
        const { value } = (await reader?.read()) ?? {}
        seen.push(bytes(value ?? new Uint8Array()))
      }
      if (socket !== undefined) await write(socket, '0\r\n\r\n')
      return [...seen, (await reader?.read())?.done]
    },
    { server: replies('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n') },
  ),
  when('each chunk is sent before the next is there', async ({ fetch, server }) => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const call = fetch('/x', { method: 'POST', ...streaming(readable) })
    let size = 0
    for (const text of ['one', 'two', 'three']) {
      void writer.write(encode(text))
      size += text.length
      await server.until(() => server.requests[0]?.request.size === size)
    }
    void writer.close()
    return (await call).text()
  }),
  when(
    'what is sent back while it is sent',
    async ({ fetch }) => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const writer = writable.getWriter()
      void writer.write(encode('one'))
      const response = await fetch('/x', { method: 'POST', ...streaming(readable) })
      const reader = response.body?.getReader()
      const seen: string[] = []
      for (const text of ['two', 'three', '']) {
        const { value } = (await reader?.read()) ?? {}
        seen.push(bytes(value ?? new Uint8Array()))
        if (text !== '') void writer.write(encode(text))
      }
      void writer.close()
      return [...seen, (await reader?.read())?.done]
    },
    {
      server: async ({ socket, request, has, received }) => {
        await has(1)
        await write(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        let sent = 0
        for (const size of [3, 6, 11]) {
          await has(size)
          await write(socket, chunk(request.body.subarray(sent, size)))
          sent = size
        }
        await received
        await write(socket, '0\r\n\r\n')
      },
    },
  ),
  ...(['identity', 'looked at', 'cloned'] as const).map((how) =>
    when(
      `a server is held back while nobody reads (${how})`,
      async ({ fetch, server }) => {
        const response = await fetch('/x')
        if (how === 'looked at') response.body?.getReader().releaseLock()
        const copy = how === 'cloned' ? response.clone() : undefined
        const sent = () => server.accepted[0]?.bytesWritten ?? 0
        const held = (await standsStill(sent)) < FLOOD
        const sizes = [response, copy].map(async (one) => (await one?.arrayBuffer())?.byteLength ?? 0)
        return [held, ...(await Promise.all(sizes))]
      },
      {
        server: replies(
          answer('200 OK', [['Content-Length', `${FLOOD}`]]),
          ...Array(FLOOD / MB).fill(Buffer.alloc(MB)),
        ),
      },
    ),
  ),
  when(
    'a body is not read faster than it is sent',
    async ({ fetch, server }) => {
      let read = 0
      const body = new ReadableStream(
        {
          pull(controller) {
            read += MB
            controller.enqueue(new Uint8Array(MB))
            if (read === FLOOD) controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      const call = fetch('/x', { method: 'POST', ...streaming(body) })
      const held = (await standsStill(() => read)) < FLOOD
      server.accepted[0]?.resume()
      const response = await call
      return [held, await response.text(), server.requests[0]?.request.size]
    },
    {
      server: async ({ socket, received }) => {
        socket.pause()
        await received
        await write(socket, answer('200 OK', [], 'all of it'))
      },
    },
  ),
])
