import type { Socket } from 'node:net'
import { type Balancer, leastRequest } from 'evenkeel'
import { connect } from 'evenkeel/node'
import { expect, test } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { NOTHING, watchedBalancer } from '../../integration/watched-balancer.ts'
import { type ServerProcess, serverProcess } from '../../support/servers/server-process.ts'

const CLIENTS = 50
const tcp = ({ url }: ServerProcess) => url.replace('http', 'tcp')
const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** A client that talks with whoever it is connected to, and connects again when that ends. */
class Client {
  echoes = 0
  lost = 0
  readonly #balancer: Balancer
  #socket: Socket | undefined
  #over = false
  readonly end: Promise<void>

  constructor(balancer: Balancer) {
    this.#balancer = balancer
    this.end = this.#live()
  }

  /** Goes on with another connection. */
  leave(): void {
    this.#socket?.destroy()
  }

  close(): Promise<void> {
    this.#over = true
    this.leave()
    return this.end
  }

  async #live(): Promise<void> {
    while (!this.#over) {
      const socket = await connect(this.#balancer)
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => this.lost++)
      socket.on('data', () => {
        this.echoes++
        setTimeout(() => socket.writable && socket.write('ping'), 5)
      })
      socket.write('ping')
      this.#socket = socket
      if (this.#over) socket.destroy()
      await closed
    }
  }
}

test('fifty open sockets stay balanced while servers are killed and come back', {
  timeout: 30_000,
}, async () => {
  const before = openSockets()
  const servers = await Promise.all('abcd'.split('').map((id) => serverProcess(id, 'echo')))
  await using stack = new AsyncDisposableStack()
  for (const server of servers) stack.use(server)
  const watched = stack.use(
    watchedBalancer({
      endpoints: servers.map(tcp),
      policy: leastRequest(),
      outlierDetection: { baseEjectionTime: 200, jitter: 0 },
      circuitBreaker: { resetTimeout: 200 },
    }),
  )
  const { balancer } = watched
  const counts = () => balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)
  /** All clients are connected to one that is up, and to none are more than one more than to another. */
  const spread = (up: readonly number[]) => {
    const open = counts()
    const here = up.map((index) => open[index] ?? 0)
    return {
      total: here.reduce((sum, count) => sum + count),
      elsewhere: balancer.endpoints().filter((one, i) => !up.includes(i) && one.inFlight > 0).length,
      isEven: Math.max(...here) - Math.min(...here) <= 1,
    }
  }
  const even = { total: CLIENTS, elsewhere: 0, isEven: true }

  const clients = Array.from({ length: CLIENTS }, () => new Client(balancer))
  await eventually(() => spread([0, 1, 2, 3])).toEqual(even)
  const echoes = () => clients.every(({ echoes }) => echoes > 0)
  await eventually(echoes).toBe(true)

  const [first, second] = servers as [ServerProcess, ServerProcess]
  await first.kill()
  await eventually(() => spread([1, 2, 3])).toEqual(even)
  // Only those that were connected to it have lost a connection.
  expect(clients.reduce((sum, { lost }) => sum + lost, 0)).toBeLessThanOrEqual(13)
  await second.kill()
  await eventually(() => spread([2, 3])).toEqual(even)

  await Promise.all([first.start(), second.start()])
  // Sockets that are open stay where they are, so it takes some that come and go.
  await eventually(() => {
    for (const client of clients.slice(0, 10)) client.leave()
    clients.push(...clients.splice(0, 10))
    return counts().every((count) => count > 0)
  }).toBe(true)
  await eventually(() => {
    for (const client of clients.slice(0, 5)) client.leave()
    clients.push(...clients.splice(0, 5))
    return spread([0, 1, 2, 3])
  }).toEqual(even)

  await Promise.all(clients.map((client) => client.close()))
  expect(counts()).toEqual([0, 0, 0, 0])
  expect(watched.leftovers()).toEqual(NOTHING)
  await eventually(openSockets).toBe(before)
})
