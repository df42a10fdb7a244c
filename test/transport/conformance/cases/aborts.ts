import { group, type World } from '../case.ts'
import { describeHead, describeResponse } from '../describe-response.ts'
import { write } from '../raw-server.ts'
import { answer, byPath, ok, replies, silence } from '../scripts.ts'
import { turns } from '../turns.ts'
import { aborts, ends, half, halfOfGzip, NEXT_IS_FINE, OwnReason, REASONS } from './aborting.ts'

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
  ]),
  aborts('right after the call', ok, async ({ fetch }, controller) => {
    const call = fetch('/x', { signal: controller.signal })
    controller.abort()
    return ends(() => call, controller.signal)
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
  aborts('in a body of gzip', halfOfGzip, async ({ fetch }, controller) => {
    const response = await fetch('/x', { signal: controller.signal })
    const text = ends(() => response.text(), controller.signal)
    controller.abort()
    return text
  }),
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
    const signal = AbortSignal.timeout(200)
    return ends(() => fetch('/x', { signal }), signal)
  }),
  aborts('after a time, in the body', half, async ({ fetch }) => {
    const signal = AbortSignal.timeout(200)
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
  aborts('many listeners are not left behind', ok, async ({ fetch }, controller) => {
    const texts: string[] = []
    for (let i = 0; i < 20; i++) texts.push(await (await fetch('/x', { signal: controller.signal })).text())
    return texts.length
  }),
])
