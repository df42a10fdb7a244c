import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type SecureServerOptions } from 'node:http2'
import { createServer } from 'node:https'
import type { Server, TLSSocket } from 'node:tls'
import type { Identity } from './authority.ts'
import { LocalServer } from './local-server.ts'

/** What a server is told of itself and of its client. */
export interface Told {
  readonly path: string | undefined
  readonly host: string | undefined
  /** The name in the handshake. */
  readonly sni: unknown
  readonly protocol: string
  readonly method: string | undefined
  readonly body: string
  /** Was the session of an earlier connection taken up again? */
  readonly resumed: boolean
  /** The name in the client's certificate. */
  readonly client: unknown
}

interface Options extends SecureServerOptions {
  /** Offers HTTP/2, too. Default true. */
  readonly http2?: boolean
}

/** Speaks TLS and HTTP, and HTTP/2 unless it is told not to; says what it was told, and remembers it. */
export class NamedServer extends LocalServer {
  readonly told: Told[] = []
  readonly #server: Server

  constructor({ http2 = true, ...options }: Options) {
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      this.hits++
      const answer = await tell(request)
      this.told.push(answer)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer))
    }
    // What is asked by HTTP/2 is shown as if it had been by HTTP/1.
    const server = http2
      ? createSecureServer({ allowHTTP1: true, ...options }, serve as never)
      : createServer(options, serve)
    // Clients that do not like the certificate are no news.
    server.on('tlsClientError', () => {})
    super(server)
    this.#server = server
  }

  /** Shows another certificate from now on. */
  renew(identity: Identity): void {
    this.#server.setSecureContext(identity)
  }

  /** Ends all connections: clients have to come again. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy()
  }
}

async function tell(request: IncomingMessage): Promise<Told> {
  const { headers, method, url, httpVersion } = request
  const { stream } = request as { stream?: { session?: { socket: TLSSocket } } }
  const socket = stream?.session?.socket ?? (request.socket as TLSSocket)
  let body = ''
  for await (const chunk of request) body += chunk
  const subject = socket.getPeerCertificate()?.subject
  return {
    path: url,
    host: (headers[':authority'] as string | undefined) ?? headers.host,
    sni: socket.servername,
    protocol: `HTTP/${httpVersion}`,
    method,
    body,
    resumed: socket.isSessionReused(),
    client: subject?.CN,
  }
}

/** On a free port of loopback. */
export function namedServer(options: Options): Promise<NamedServer> {
  return new NamedServer(options).listen()
}
