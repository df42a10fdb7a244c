import { createServer } from 'node:http'
import { LocalServer } from './local-server.ts'

/** Works on each request for `ms`, and knows how many it works on, and the most that it ever did. */
export class WorkingServer extends LocalServer {
  working = 0
  most = 0

  constructor(ms: number) {
    super(
      createServer((request, response) => {
        request.resume()
        this.hits++
        this.most = Math.max(this.most, ++this.working)
        let over = false
        const end = () => {
          if (!over) this.working--
          over = true
          clearTimeout(timer)
        }
        const timer = setTimeout(() => {
          end()
          response.end('done')
        }, ms)
        response.on('close', end)
      }),
    )
  }
}

export async function workingServer(ms: number): Promise<WorkingServer> {
  const server = new WorkingServer(ms)
  await server.listen()
  return server
}
