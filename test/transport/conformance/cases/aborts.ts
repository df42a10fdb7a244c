import { once } from 'node:events'
import { streaming } from '../../../fetch/bodies.ts'
import { type Case, group, type World, when } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { describeHead, describeResponse } from '../describe-response.ts'
import { type Script, write } from '../raw-server.ts'
import { answer, byPath, ok, replies, silence } from '../scripts.ts'
import { ENOUGH, turns } from '../turns.ts'

class OwnReason extends Error {}

const REASONS: Readonly<Record<string, unknown>> = {
  'no reason': undefined,
  'an own error': new OwnReason('my own'),
  'a text': 'my own',
  null: null,
  'an AbortError': new DOMException('mine', 'AbortError'),
  'a TypeError': new TypeError('fetch failed'),
}

/** The beginning of a body, and no more. */
const half: Script = async ({ socket, received }) => {
  await received
  await write(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
}

/** What was rejected with, and whether it is the very reason that was given. */
async function ends(attempt: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  try {
    return { result: await attempt() }
  } catch (error) {
    return { same: error === signal.reason, ...((await outcomeOf(() => Promise.reject(error))) as object) }
  }
}

/** Whether the connection of the call was closed, and what becomes of the next call. */
const next = async ({ fetch, server }: World) => {
  const closed = await server.closes(0)
  const response = await fetch('/next')
  return { closed, status: response.status, text: await response.text() }
}

const NEXT_IS_FINE = { '/next': ok }

/** The caller gives up when something is so. */
const aborts = (
  name: string,
  server: Script,
  act: (world: World, controller: AbortController) => Promise<unknown>,
  more: Partial<Case> = {},
): Case =>
  when(name, (world) => act(world, new AbortController()), {
    server: byPath({ '/x': server, ...NEXT_IS_FINE }),
    after: next,
    ...more,
  })

const duringHeaders = async ({ fetch, server }: World, controller: AbortController, reason?: unknown) => {
  const call = fetch('/x', { signal: controller.signal })
  const ended = ends(() => call, controller.signal)
  await server.until(() => server.requests.length > 0)
  controller.abort(reason)
  return ended
}

const duringBody = async ({ fetch }: World, controller: AbortController, reason?: unknown) => {
  const response = await fetch('/x', { signal: controller.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  const read = ends(async () => reader?.read(), controller.signal)
  controller.abort(reason)
  return [await read, response.bodyUsed, await ends(async () => reader?.closed, controller.signal)]
}

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

export const aborting = group('abort', [
  ...Object.entries(REASONS).flatMap(([name, reason]) => [
    aborts(`with ${name}, before the call`, ok, ({ fetch }, controller) => {
      controller.abort(reason)
      return ends(() => fetch('/x', { signal: controller.signal }), controller.signal)
    }),
    aborts(`with ${name}, before the headers`, silence, (world, controller) =>
      duringHeaders(world, controller, reason),
    ),
    aborts(`with ${name}, in the body`, half, (world, controller) => duringBody(world, controller, reason)),
    aborts(`with ${name}, in an upload`, silence, (world, controller) => upload(world, controller, reason)),
  ]),
  aborts('before the call, with a stream', ok, async ({ fetch }, controller) => {
    const { body, settled } = watched()
    controller.abort()
    const ended = await ends(
      () => fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) }),
      controller.signal,
    )
    return [ended, await settled(), body.locked]
  }),
  aborts('right after the call', ok, async ({ fetch }, controller) => {
    const call = fetch('/x', { signal: controller.signal })
    controller.abort()
    return ends(() => call, controller.signal)
  }),
  aborts('right after the call, with a stream', ok, async ({ fetch }, controller) => {
    const { body, settled } = watched()
    const call = fetch('/x', { method: 'POST', signal: controller.signal, ...streaming(body) })
    controller.abort()
    return [await ends(() => call, controller.signal), await settled()]
  }),
  aborts(
    'while it connects',
    ok,
    async ({ fetch, server }, controller) => {
      const call = fetch('/x', { signal: controller.signal })
      const ended = ends(() => call, controller.signal)
      await server.until(() => server.accepted.length > 0)
      controller.abort()
      return ended
    },
    { to: ({ port }) => `https://127.0.0.1:${port}`, after: async ({ server }) => server.accepted.length },
  ),
  aborts(
    'within the headers',
    async ({ socket, received }) => {
      await received
      await write(socket, 'HTTP/1.1 200 OK\r\nX-A')
    },
    duringHeaders,
  ),
  aborts(
    'after 103',
    async ({ socket, received }) => {
      await received
      await write(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')
    },
    duringHeaders,
  ),
  aborts('in the body, that nobody reads', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    controller.abort()
    return [await ends(() => response.text(), controller.signal), response.bodyUsed]
  }),
  aborts('in the body, before it is looked at', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    controller.abort()
    const { body } = response
    return [await ends(async () => body?.getReader().read(), controller.signal), response.bodyUsed]
  }),
  aborts('in text()', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const text = ends(() => response.text(), controller.signal)
    controller.abort()
    return [await text, response.bodyUsed, await ends(() => response.text(), controller.signal)]
  }),
  aborts('in json(), with an own error', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const json = ends(() => response.json(), controller.signal)
    controller.abort(new OwnReason('mine'))
    return json
  }),
  aborts('in a loop over the stream', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    return ends(async () => {
      for await (const _ of response.body ?? []) controller.abort()
    }, controller.signal)
  }),
  aborts('in a read into a buffer', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const reader = response.body?.getReader({ mode: 'byob' })
    await reader?.read(new Uint8Array(5))
    const read = ends(async () => reader?.read(new Uint8Array(5)), controller.signal)
    controller.abort()
    return read
  }),
  aborts('in the bodies of a response and its clone', half, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const copy = response.clone()
    const texts = [ends(() => response.text(), controller.signal), ends(() => copy.text(), controller.signal)]
    controller.abort()
    return Promise.all(texts)
  }),
  aborts(
    'in a body of gzip',
    async ({ socket, received }) => {
      await received
      await write(
        socket,
        'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n\x1f\x8b\x08\0',
      )
    },
    async ({ fetch }, controller) => {
      const response = await fetch('/x', { signal: controller.signal })
      const text = ends(() => response.text(), controller.signal)
      controller.abort()
      return text
    },
  ),
  aborts('after all has come, unread', ok, async ({ fetch, server }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    await server.until(() => server.requests.length > 0)
    await turns(4)
    controller.abort()
    return [describeHead(response), await ends(() => response.text(), controller.signal)]
  }),
  aborts('after the end', ok, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const text = await response.text()
    controller.abort()
    return [
      text,
      response.bodyUsed,
      await ends(async () => response.body?.getReader().read(), controller.signal),
    ]
  }),
  aborts('after 204', replies('HTTP/1.1 204 No Content\r\n\r\n'), async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    controller.abort()
    return describeResponse(response)
  }),
  aborts('of a Request', silence, async ({ fetch, server, url }, controller) => {
    const call = fetch(new Request(`${url}/x`, { signal: controller.signal }))
    const ended = ends(() => call, controller.signal)
    await server.until(() => server.requests.length > 0)
    controller.abort(new OwnReason('mine'))
    return ended
  }),
  aborts('of a Request whose signal init replaces', half, async ({ fetch, url }, controller) => {
    const own = new AbortController()
    const response = await fetch(new Request(`${url}/x`, { signal: controller.signal }), {
      signal: own.signal,
    })
    controller.abort()
    const text = ends(() => response.text(), own.signal)
    own.abort()
    return text
  }),
  aborts('after a time, before the headers', silence, async ({ fetch }) => {
    const signal = AbortSignal.timeout(40)
    return ends(() => fetch('/x', { signal }), signal)
  }),
  aborts('after a time, in the body', half, async ({ fetch }) => {
    const signal = AbortSignal.timeout(40)
    return ends(async () => (await fetch('/x', { signal })).text(), signal)
  }),
  aborts('by one of several signals', silence, async ({ fetch, server }, controller) => {
    const signal = AbortSignal.any([controller.signal, new AbortController().signal])
    const call = fetch('/x', { signal })
    const ended = ends(() => call, signal)
    await server.until(() => server.requests.length > 0)
    controller.abort()
    return ended
  }),
  aborts(
    'behind a redirect',
    replies(answer('302 Found', [['Location', '/silent']])),
    async ({ fetch, server }, controller) => {
      const call = fetch('/x', { signal: controller.signal })
      const ended = ends(() => call, controller.signal)
      await server.until(() => server.requests.length > 1)
      controller.abort()
      return ended
    },
    {
      server: byPath({
        '/x': replies(answer('302 Found', [['Location', '/silent']])),
        '/silent': silence,
        ...NEXT_IS_FINE,
      }),
    },
  ),
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
  aborts('many listeners are not left behind', ok, async ({ fetch }, controller) => {
    const texts: string[] = []
    for (let i = 0; i < 20; i++) texts.push(await (await fetch('/x', { signal: controller.signal })).text())
    return texts.length
  }),

  aborts('cancel of the body', half, async ({ fetch }) => {
    const response = await fetch('/x')
    return [
      (await outcomeOf(() => response.body?.cancel())) ?? 'nothing',
      response.bodyUsed,
      await outcomeOf(() => response.text()),
    ]
  }),
  aborts('cancel of the body, with a reason', half, async ({ fetch }) => {
    const response = await fetch('/x')
    return [
      (await outcomeOf(() => response.body?.cancel(new OwnReason('mine')))) ?? 'nothing',
      response.bodyUsed,
    ]
  }),
  aborts('cancel by the reader', half, async ({ fetch }) => {
    const response = await fetch('/x')
    const reader = response.body?.getReader()
    await reader?.read()
    const read = outcomeOf(async () => reader?.read())
    return [(await outcomeOf(() => reader?.cancel('mine'))) ?? 'nothing', await read]
  }),
  aborts('cancel by leaving a loop', half, async ({ fetch }) => {
    const response = await fetch('/x')
    for await (const _ of response.body ?? []) break
    return response.bodyUsed
  }),
  aborts(
    'cancel of a body of gzip',
    async ({ socket, received }) => {
      await received
      await write(
        socket,
        'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n\x1f\x8b\x08\0',
      )
    },
    async ({ fetch }) => {
      const response = await fetch('/x')
      return [(await outcomeOf(() => response.body?.cancel())) ?? 'nothing', response.bodyUsed]
    },
  ),
  aborts('cancel of one of two clones', half, async ({ fetch }) => {
    const response = await fetch('/x')
    const copy = response.clone()
    void response.body?.cancel()
    const reader = copy.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    void reader?.cancel()
    return Buffer.from(value ?? []).toString()
  }),
  aborts('cancel of a body that is there', ok, async ({ fetch }) => {
    const response = await fetch('/x')
    await turns(4)
    return [(await outcomeOf(() => response.body?.cancel())) ?? 'nothing', response.bodyUsed]
  }),
])
