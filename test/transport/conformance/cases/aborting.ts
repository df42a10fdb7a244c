import { type Case, type World, when } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { type Script, write } from '../raw-server.ts'
import { byPath, ok } from '../scripts.ts'

/** An error of the caller's. */
export class OwnReason extends Error {}

/** What a call may be given up with. */
export const REASONS: Readonly<Record<string, unknown>> = {
  'no reason': undefined,
  'an own error': new OwnReason('my own'),
  'a text': 'my own',
  null: null,
  'an AbortError': new DOMException('mine', 'AbortError'),
  'a TypeError': new TypeError('fetch failed'),
}

/** The beginning of a body, and no more. */
export const half: Script = async ({ socket, received }) => {
  await received
  await write(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
}

/** The beginning of a body that is compressed. */
export const halfOfGzip: Script = async ({ socket, received }) => {
  await received
  const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n'
  await write(socket, head, '\x1f\x8b\x08\0')
}

/** What was rejected with, and whether it is the very reason that was given. */
export async function ends(attempt: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
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

/** For servers that have more than one path. */
export const NEXT_IS_FINE = { '/next': ok }

/** The caller gives up when something is so. */
export const aborts = (
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
