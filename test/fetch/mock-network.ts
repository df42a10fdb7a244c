import { http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'

/** A request as a mock server got it. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Buffer
}

/** Answers a request, of which there have been `count` so far, itself included. */
export type Answer = (received: Received, count: number) => Response | Promise<Response>

export interface MockNetwork {
  /** A server; gives what it receives, as it comes. Lasts until the end of the test. */
  serve(origin: string, answer?: Answer): Received[]
}

const ok: Answer = () => new Response('ok')

/** Stands for the network as long as the tests of a file run: what is not served fails. */
export function mockNetwork(): MockNetwork {
  const network = setupServer()
  beforeAll(() => network.listen({ onUnhandledFrame: 'error' }))
  afterEach(() => network.resetHandlers())
  afterAll(() => network.close())
  return {
    serve(origin, answer = ok) {
      const log: Received[] = []
      network.use(
        http.all(`${origin}/*`, async ({ request }) => {
          const { method, url, headers } = request
          const received = { method, url, headers, body: Buffer.from(await request.arrayBuffer()) }
          log.push(received)
          return answer(received, log.length)
        }),
      )
      return log
    },
  }
}
