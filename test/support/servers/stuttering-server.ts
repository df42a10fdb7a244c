import { createServer } from 'node:http'
import { LocalServer } from './local-server.ts'

/** Answers at once, but each `every`-th request only after `pause` ms, as one does that collects its garbage. */
export function stutteringServer(every: number, pause: number): Promise<LocalServer> {
  const server: LocalServer = new LocalServer(
    createServer((request, response) => {
      request.resume()
      const late = ++server.hits % every === 0
      const timer = setTimeout(
        () => response.setHeader('x-server', late ? 'late' : 'in time').end(),
        late ? pause : 0,
      )
      response.on('close', () => clearTimeout(timer))
    }),
  )
  return server.listen()
}
