import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { LocalServer } from './local-server.ts'

/** What a request was, as its server saw it. */
export interface Echo {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Answers each request with what it was, in JSON, and with a given status. */
class EchoServer extends LocalServer {
  constructor(id: string, status: number) {
    super(
      createServer(async (request, response) => {
        this.hits++
        const { method, url, headers, rawHeaders } = request
        const body = await text(request).catch(() => undefined)
        if (body === undefined) return
        response.writeHead(status, { 'x-server': id, 'set-cookie': ['a=1', 'b=2'] })
        response.end(JSON.stringify({ id, method, url, headers, rawHeaders, body }))
      }),
    )
  }
}

export function echoServer(id = 'echo', status = 200): Promise<LocalServer> {
  return new EchoServer(id, status).listen()
}
