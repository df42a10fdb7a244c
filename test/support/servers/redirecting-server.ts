import { createServer } from 'node:http'
import { LocalServer } from './local-server.ts'

/** Sends everybody elsewhere. */
class RedirectingServer extends LocalServer {
  constructor(status: number, location: string) {
    super(
      createServer((request, response) => {
        this.hits++
        request.resume().on('end', () => response.writeHead(status, { location }).end())
      }),
    )
  }
}

export function redirectingServer(status: number, location: string): Promise<LocalServer> {
  return new RedirectingServer(status, location).listen()
}
