import { Agent, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Transport } from 'evenkeel'

/** Dials the address of an endpoint, by Node's own HTTP client. */
export function diallingTransport(): Transport {
  const agent = new Agent({ keepAlive: true })
  return {
    capabilities: { dialAddress: true },
    send: ({ address, port, hostname }, url, { method = 'GET', signal }) =>
      new Promise((resolve, reject) => {
        const { host, pathname } = new URL(url)
        const options = { agent, host: address ?? hostname, port, path: pathname, method, headers: { host } }
        request({ ...options, ...(signal && { signal }) }, (answer) => resolve(responseOf(answer)))
          .on('error', reject)
          .end()
      }),
    async close() {
      agent.destroy()
    },
  }
}

function responseOf(answer: IncomingMessage): Response {
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => [name, String(value)] as [string, string],
  )
  const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>
  return new Response(body as BodyInit, { status: answer.statusCode ?? 0, headers })
}
