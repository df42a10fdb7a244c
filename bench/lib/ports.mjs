import { createServer } from 'node:net'

/**
 * Free ports below those that systems give to outgoing connections: one that is closed for a while is not taken
 * by a client meanwhile.
 */
export async function freePorts(count) {
  const found = new Set()
  while (found.size < count) {
    const port = 12_000 + Math.floor(Math.random() * 18_000)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

function isFree(port) {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
