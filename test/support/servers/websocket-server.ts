import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { Duplex } from 'node:stream'
import { certificate } from './certificate.ts'
import { LocalServer } from './local-server.ts'

/** RFC 6455: what a server puts behind the key that it was given. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Greets whoever opens a WebSocket, and goes on until they end it. */
class WebSocketServer extends LocalServer {
  readonly #secure: boolean

  constructor(greeting: string, secure: boolean) {
    // With TLS it speaks HTTP/2 with who offers to, but its WebSockets are of HTTP/1.1.
    const server = secure ? createSecureServer({ ...certificate, allowHTTP1: true }) : createServer()
    super(server as Server)
    this.#secure = secure
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.hits++
      const key = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}${MAGIC}`)
        .digest('base64')
      const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`]
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      socket.write(Buffer.concat([Buffer.of(0x81, greeting.length), Buffer.from(greeting)]))
      socket.on('data', (frame: Buffer) => frame[0] === 0x88 && socket.end(Buffer.of(0x88, 0)))
      socket.on('end', () => socket.end()).on('error', () => {})
    })
  }

  override get url(): string {
    return this.#secure ? `https://localhost:${this.port}` : super.url
  }
}

export function webSocketServer(greeting: string, secure = false): Promise<LocalServer> {
  return new WebSocketServer(greeting, secure).listen()
}
