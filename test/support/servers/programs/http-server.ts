// A server to be killed: says who it is, and its port to its parent. Ends with its parent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [id = '', port = '0', host = '127.0.0.1'] = process.argv.slice(2)

const server = createServer((request, response) => {
  request.resume()
  // Long enough for a kill to find requests under way.
  setTimeout(() => response.setHeader('x-server', id).end(`served by ${id}`), 5)
})

/** Its old port may be the local end of somebody else's connection for a moment. */
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  setTimeout(() => server.listen(Number(port), host), 20)
})
server.on('listening', () => process.send?.((server.address() as AddressInfo).port))
server.listen(Number(port), host)
process.on('disconnect', () => process.exit())
