// A server to be killed: sends back what it is sent, and tells its parent the port. Ends with its parent.
import { type AddressInfo, createServer } from 'node:net'

const port = Number(process.argv[3] ?? 0)

const server = createServer((socket) => {
  socket.on('error', () => {}).pipe(socket)
})

/** Its old port may be the local end of somebody else's connection for a moment. */
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  setTimeout(() => server.listen(port, '127.0.0.1'), 20)
})
server.on('listening', () => process.send?.((server.address() as AddressInfo).port))
server.listen(port, '127.0.0.1')
process.on('disconnect', () => process.exit())
