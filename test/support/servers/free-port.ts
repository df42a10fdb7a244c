import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to sockets which do not care: nobody gets one of them by chance. */
const FIRST = 10_000
const COUNT = 20_000

/** A port that nobody has, over UDP and TCP, for a server that cannot be told to take any. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const udp = createSocket('udp4')
    const tcp = createServer()
    try {
      await Promise.all([
        once(udp.bind(port, '127.0.0.1'), 'listening'),
        once(tcp.listen(port, '127.0.0.1'), 'listening'),
      ])
      return port
    } catch {
      // Taken; the next one may not be.
    } finally {
      udp.close()
      tcp.close()
    }
  }
}
