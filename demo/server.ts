// One server of the demo, in a process of its own. It does what its parent tells it, and ends with its parent.
import { createServer } from 'node:http'

/** How a server answers. */
export interface Behaviour {
  /** Milliseconds, a quarter more or less. */
  readonly latency: number
  /** Answers 503, and at once. */
  readonly failing: boolean
}

/** What a server is started with. */
export interface StartOrder {
  readonly name: string
  /** 0: any that is free. */
  readonly port: number
  readonly behaviour: Behaviour
}

/** What a server says when it can be called. */
export interface Listening {
  readonly port: number
}

/** For how long a server that is restarted waits for its old port. */
const PORT_PATIENCE = 5_000

const order: StartOrder = JSON.parse(process.argv[2] ?? '{}')
let { behaviour } = order

const server = createServer((_request, response) => {
  if (behaviour.failing) {
    response.writeHead(503, { 'content-type': 'text/plain' })
    response.end('Service Unavailable\n')
    return
  }
  setTimeout(() => response.end(`${order.name}\n`), behaviour.latency * (0.75 + Math.random() / 2))
})
// Longer than any client here keeps a connection, so that none is closed under a request: only what
// the demo does to its servers is to fail.
server.keepAliveTimeout = 60_000

const patience = Date.now() + PORT_PATIENCE
const listen = () => server.listen(order.port, '127.0.0.1')
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE' || Date.now() > patience) throw error
  setTimeout(listen, 20)
})
server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null)
    process.send?.({ port: address.port } satisfies Listening)
})

process.on('message', (message) => {
  behaviour = message as Behaviour
})
process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of the terminal: the parent decides what it means.
process.on('SIGINT', () => {})

// The parent may have gone while this was starting up.
if (process.connected) listen()
else process.exit()
