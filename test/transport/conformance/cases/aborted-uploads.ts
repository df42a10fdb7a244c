import { once } from 'node:events'
import { streaming } from '../../../fetch/bodies.ts'
import { group, type World } from '../case.ts'
import { write } from '../raw-server.ts'
import { ok, silence } from '../scripts.ts'
import { ENOUGH, turns } from '../turns.ts'
import { aborts, ends, REASONS } from './aborting.ts'

/** A stream of one chunk and no end, that tells what becomes of it. */
function watched() {
  const fate = { pulled: false, cancelled: 'no' }
  let over: () => void = () => {}
  const cancelled = new Promise<void>((resolve) => {
    over = resolve
  })
  const body = new ReadableStream(
    {
      pull(controller) {
        if (!fate.pulled) controller.enqueue(Buffer.from('chunk'))
        fate.pulled = true
        // More is never there.
        return new Promise(() => {})
      },
      cancel(reason) {
        fate.cancelled =
          reason instanceof Error ? `${reason.constructor.name}: ${reason.message}` : `${reason}`
        over()
      },
    },
    { highWaterMark: 0 },
  )
  const settled = async () => {
    await Promise.race([cancelled, turns(ENOUGH)])
    return fate
  }
  return { body, settled }
}

const upload = async ({ fetch, server }: World, controller: AbortController, reason?: unknown) => {
  const { body, settled } = watched()
  const call = fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) })
  const ended = ends(() => call, controller.signal)
  await server.until(() => (server.requests[0]?.request.size ?? 0) >= 5)
  controller.abort(reason)
  return [await ended, await settled()]
}

export const abortedUploads = group('abort', [
  ...Object.entries(REASONS).map(([name, reason]) =>
    aborts(`with ${name}, in an upload`, silence, (world, controller) => upload(world, controller, reason)),
  ),
  aborts('before the call, with a stream', ok, async ({ fetch }, controller) => {
    const { body, settled } = watched()
    controller.abort()
    const ended = await ends(
      () => fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) }),
      controller.signal,
    )
    return [ended, await settled(), body.locked]
  }),
  aborts('right after the call, with a stream', ok, async ({ fetch }, controller) => {
    const { body, settled } = watched()
    const call = fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) })
    controller.abort()
    return [await ends(() => call, controller.signal), await settled()]
  }),
  aborts(
    'of an upload that was answered',
    async ({ socket, has }) => {
      await has(5)
      await write(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    },
    async ({ fetch }, controller) => {
      const { body, settled } = watched()
      const response = await fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) })
      const text = ends(() => response.text(), controller.signal)
      controller.abort()
      return [await text, await settled()]
    },
  ),
  aborts('of an async iterable', silence, async ({ fetch, server }, controller) => {
    let fate = 'waits'
    async function* chunks() {
      try {
        yield Buffer.from('chunk')
        await once(controller.signal, 'abort')
        await turns(1)
        yield Buffer.from('late')
        fate = 'runs on'
      } finally {
        if (fate === 'waits') fate = 'ended'
      }
    }
    const call = fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(chunks()) })
    const ended = ends(() => call, controller.signal)
    await server.until(() => (server.requests[0]?.request.size ?? 0) >= 5)
    controller.abort()
    const end = await ended
    await turns(ENOUGH)
    return [end, fate]
  }),
])
