import { createServer } from 'node:http'
import { LocalServer } from './local-server.ts'

export interface BurstOptions {
  /** So many requests are answered 200 ... */
  readonly good: number
  /** ... then so many 503, and so on. */
  readonly bad: number
  /** The `Retry-After` of each 503. Default none. */
  readonly retryAfter?: string
}

/** Works, but for bursts of 503. Each has a body, as the error pages of real servers do. */
class BurstServer extends LocalServer {
  constructor({ good, bad, retryAfter }: BurstOptions) {
    super(
      createServer((request, response) => {
        request.resume()
        if (this.hits++ % (good + bad) < good) return void response.end('ok')
        if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
        response.writeHead(503).end('<html>come back later</html>'.repeat(100))
      }),
    )
  }
}

export function burstServer(options: BurstOptions): Promise<LocalServer> {
  return new BurstServer(options).listen()
}
