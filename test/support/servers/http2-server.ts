import { createServer } from 'node:http2'
import { LocalServer } from './local-server.ts'

/** HTTP/2 without TLS, with prior knowledge. Ends each session in an orderly way after so many requests, and takes new ones. */
class GoingAwayServer extends LocalServer {
  /** Sessions that were told to go. */
  goaways = 0

  constructor(perSession: number) {
    const requests = new WeakMap<object, number>()
    super(
      createServer((request, response) => {
        this.hits++
        const { session } = request.stream
        setTimeout(() => response.end('ok'), 5)
        if (session === undefined || session.closed) return
        const count = (requests.get(session) ?? 0) + 1
        requests.set(session, count)
        if (count !== perSession) return
        this.goaways++
        // GOAWAY with the last stream it takes; what is under way is finished.
        session.close()
      }),
    )
  }
}

export function goingAwayServer(perSession: number): Promise<GoingAwayServer> {
  return new GoingAwayServer(perSession).listen()
}
