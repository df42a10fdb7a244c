import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LocalServer } from './local-server.ts'

/** What a server answers to the path that it is asked about its health by. */
export type HealthAnswer = (request: IncomingMessage, response: ServerResponse) => void

/** Serves all but `/healthz`, where it says of itself what the test wants. */
export class HealthServer extends LocalServer {
  /** Of requests to `/healthz`. */
  checks = 0
  says: HealthAnswer

  constructor(says: HealthAnswer) {
    super(
      createServer((request, response) => {
        if (request.url?.startsWith('/healthz')) {
          this.checks++
          this.says(request, response)
        } else {
          this.hits++
          response.end('served')
        }
      }),
    )
    this.says = says
  }
}

export function healthServer(says: HealthAnswer): Promise<HealthServer> {
  return new HealthServer(says).listen()
}

export const says =
  (status: number, body = '', headers: Record<string, string> = {}): HealthAnswer =>
  (_request, response) => {
    response.writeHead(status, headers).end(body)
  }
