// One server of the fleet, in a process of its own. Does as it is told, and tells of every request that reaches it.
import { createServer } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { sharedNow } from '../../../bench/lib/clock.mjs'
import { obey, sayNews } from '../../../bench/lib/program.mjs'
import { answer, type Behaviour } from './behaviour.ts'

/** A request that arrived, health checks included, on the clock that all processes share. */
export interface Arrival {
  readonly at: number
  readonly method: string
  readonly path: string
}

/**
 * How long a server keeps an idle connection, which it says in `Keep-Alive`. Node's fetch closes its own 2 s earlier, and
 * would keep none at all if it were told of 2 s.
 */
const KEEP_ALIVE = 3_000
/** So long it waits for its clients to let go of connections, in ms. */
const DRAIN_PATIENCE = 8_000
const PORT_PATIENCE = 5_000

let behaviour: Behaviour = { does: 'serve' }
let leaving = false
let draining = false
let registered = '[]'
const sockets = new Map<Socket, { requests: number }>()

const server = createServer(async (request, response) => {
  const { method = '', url: path = '', socket } = request
  const arrival: Arrival = { at: sharedNow(), method, path }
  sayNews(arrival)
  const connection = sockets.get(socket)
  if (connection === undefined) return
  connection.requests++
  if (behaviour.does === 'lose-races' && connection.requests > 1) return void socket.destroy()
  try {
    for await (const _chunk of request);
  } catch {
    return
  }
  if (path === '/endpoints') return void response.end(registered)
  if (draining) response.setHeader('connection', 'close')
  if (leaving && path === '/healthz') return void response.writeHead(503).end('about to go')
  answer(behaviour, request, response)
})
server.keepAliveTimeout = KEEP_ALIVE
// For a connection that is idle longer than it said, as a client that was stopped may leave it.
server.keepAliveTimeoutBuffer = KEEP_ALIVE
server.on('connection', (socket) => {
  sockets.set(socket, { requests: 0 })
  socket.on('close', () => sockets.delete(socket))
  socket.on('error', () => {})
})

let port = 0

obey({
  async listen(given: number) {
    port = given
    await listen()
  },
  async behave(wanted: Behaviour) {
    const refused = behaviour.does === 'refuse'
    behaviour = wanted
    if (wanted.does === 'refuse') {
      stopListening()
      for (const socket of sockets.keys()) socket.resetAndDestroy()
    } else if (refused) await listen()
  },
  /** Says to whoever asks about its health that it is about to go, and serves all others. */
  announce() {
    leaving = true
  },
  /** Goes as a server should: no new connections, the last answer of each one says so, and nobody is cut off. */
  async drain() {
    leaving = true
    draining = true
    stopListening()
    const patience = performance.now() + DRAIN_PATIENCE
    while (sockets.size > 0 && performance.now() < patience)
      await new Promise((resolve) => setTimeout(resolve, 10))
  },
  /** What it says at `/endpoints`, for discovery. */
  register(endpoints: string[]) {
    registered = JSON.stringify(endpoints)
  },
})

/** Only that: what `http.Server.close()` does besides is to end idle connections, on which a request may be coming. */
function stopListening(): void {
  NetServer.prototype.close.call(server)
}

/** Its port may be held for a moment by who had it before. */
async function listen(): Promise<void> {
  for (const patience = performance.now() + PORT_PATIENCE; ; ) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve)
      server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => {
        server.removeListener('error', resolve)
        resolve(undefined)
      })
    })
    if (error === undefined) return
    if (error.code !== 'EADDRINUSE' || performance.now() > patience) throw error
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
