import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { certificate } from './certificate.ts'
import { LocalServer } from './local-server.ts'

/** What a server does with a connection. */
export type OnConnection = (socket: Socket) => void

/** Accepts connections, over TLS or without, and treats them as the test says. */
class TcpServer extends LocalServer {
  constructor(server: Server) {
    super(server)
    server.on('connection', () => this.hits++)
  }
}

export function tcpServer(onConnection: OnConnection = () => {}): Promise<LocalServer> {
  return new TcpServer(createServer(onConnection)).listen()
}

export function tlsServer(onConnection: OnConnection = () => {}): Promise<LocalServer> {
  const server = createTlsServer(certificate, onConnection)
  // Clients that do not like the certificate are no news.
  server.on('tlsClientError', () => {})
  return new TcpServer(server).listen()
}

/** Says something to everybody who connects. */
export const greets =
  (...words: string[]): OnConnection =>
  (socket) => {
    for (const word of words) socket.write(word)
  }

/** Answers whatever it hears with the same. */
export const answers =
  (word: string): OnConnection =>
  (socket) => {
    socket.on('data', () => socket.write(word))
  }
