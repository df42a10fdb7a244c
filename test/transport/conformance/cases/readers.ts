import { type Case, when } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { bytes } from '../describe-response.ts'
import type { Script } from '../raw-server.ts'
import { answer, replies } from '../scripts.ts'

/** What is done with a response. */
export type Read = (response: Response) => Promise<unknown>

/** All of a stream, chunks joined: where they are cut is the network's affair. */
export async function drain(stream: ReadableStream<Uint8Array> | null): Promise<unknown> {
  if (stream === null) return null
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return bytes(Buffer.concat(chunks))
}

/** The same, into buffers of the reader's own. */
export async function byob(response: Response, size: number): Promise<unknown> {
  const reader = response.body?.getReader({ mode: 'byob' })
  const chunks: Uint8Array[] = []
  for (;;) {
    const { done, value } = (await reader?.read(new Uint8Array(size))) ?? { done: true }
    if (done) return bytes(Buffer.concat(chunks))
    chunks.push(value as Uint8Array)
  }
}

/** A case that does something with a response. */
export const does = (name: string, read: Read, server?: Script): Case =>
  when(name, async ({ fetch }) => read(await fetch('/x')), server === undefined ? {} : { server })

const LARGE = 'x'.repeat(400_000)
/** More than is read ahead. */
export const large = replies(answer('200 OK', [], LARGE))

/** What comes of changing headers. */
export const attempts = (headers: Headers) => [
  outcomeOf(() => headers.append('x', '1')),
  outcomeOf(() => headers.set('x', '1')),
  outcomeOf(() => headers.delete('content-type')),
  outcomeOf(() => headers.delete('nothing')),
  outcomeOf(() => headers.append('bad name', '1')),
  outcomeOf(() => headers.set('x', 'bad\r\nvalue')),
]
