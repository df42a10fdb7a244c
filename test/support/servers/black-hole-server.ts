import { createServer, type Socket } from 'node:net'
import { LocalServer } from './local-server.ts'

/** Says nothing at all, or begins its headers and never comes to their end. */
export type Silence = 'silent' | 'endless-headers'

/** Accepts connections and requests, and never answers. */
class BlackHoleServer extends LocalServer {
  constructor(silence: Silence) {
    super(
      createServer((socket) => {
        socket.resume().once('data', () => {
          this.hits++
          if (silence === 'endless-headers') trickle(socket)
        })
      }),
    )
  }
}

function trickle(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => socket.write('X-Filler: and another one\r\n'), 20)
  socket.on('close', () => clearInterval(timer))
}

export function blackHoleServer(silence: Silence = 'silent'): Promise<LocalServer> {
  return new BlackHoleServer(silence).listen()
}
