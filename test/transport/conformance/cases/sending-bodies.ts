import { streaming } from '../../../fetch/bodies.ts'
import { type Case, type World, when } from '../case.ts'

/** A case that sends a body. */
export const post = (name: string, body: () => unknown, init: RequestInit = {}): Case =>
  when(name, ({ fetch }) => fetch('/x', { method: 'POST', ...init, body: body() as BodyInit }))

/** The same for one that is not there as a whole. */
export const stream = (name: string, body: (world: World) => unknown, init: RequestInit = {}): Case =>
  when(name, (world) => world.fetch('/x', { method: 'POST', ...init, ...streaming(body(world)) }))

export function formOf(...entries: readonly [name: string, value: string | Blob, file?: string][]): FormData {
  const form = new FormData()
  for (const [name, value, file] of entries) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, value, file)
  }
  return form
}

export function streamOf(...chunks: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

export function streamFrom(chunks: AsyncGenerator<unknown>): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}
