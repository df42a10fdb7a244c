import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a server does with requests, health checks among them. It can be told another one at any time. */
export type Behaviour =
  | { readonly does: 'serve' }
  /** Nobody listens, and whoever was connected is cut off. */
  | { readonly does: 'refuse' }
  /** `mid-body` is after the headers have arrived. */
  | { readonly does: 'reset'; readonly point: 'mid-headers' | 'mid-body' }
  /** A black hole: takes connections and requests, and says nothing. */
  | { readonly does: 'keep-silent' }
  /** A slow loris: headers that come byte by byte and never to their end. */
  | { readonly does: 'trickle' }
  /** A status, for this share of the requests. */
  | {
      readonly does: 'answer'
      readonly status: number
      readonly share: number
      readonly retryAfter?: string
    }
  /** These bytes, one after the other, whatever they are; then perhaps the end of the connection. */
  | { readonly does: 'write'; readonly bytes: readonly string[]; readonly closes: boolean }
  /** Loses every race for an idle connection: closes it when the next request is on its way. */
  | { readonly does: 'lose-races' }
  /** Says `Connection: close` with each answer. */
  | { readonly does: 'close-each' }

/** Of a server that is well, in ms: even, so that p99 says something of a few hundred calls. */
const SERVICE = { least: 5, most: 15 }
/** Between two bytes of a slow loris, in ms. */
const TRICKLE = 50
/** A reset that comes earlier than this may overtake the headers, in ms. */
const HEADERS_ARRIVE = 20

let written = 0

/** Answers one request, whose body has been read, in the way of a behaviour. */
export function answer(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  switch (behaviour.does) {
    case 'reset':
      if (behaviour.point === 'mid-headers')
        return void socket.write('HTTP/1.1 200 OK\r\nContent-Ty', () => socket.resetAndDestroy())
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe first half')
      return void setTimeout(() => socket.resetAndDestroy(), HEADERS_ARRIVE)
    case 'keep-silent':
      return
    case 'trickle': {
      socket.write('HTTP/1.1 200 OK\r\nX-Loris: ')
      const timer = setInterval(() => socket.write('.'), TRICKLE)
      return void socket.on('close', () => clearInterval(timer))
    }
    case 'answer':
      if (Math.random() >= behaviour.share) return serve(response)
      if (behaviour.retryAfter !== undefined) response.setHeader('retry-after', behaviour.retryAfter)
      return void response.writeHead(behaviour.status).end('no')
    case 'write': {
      const bytes = Buffer.from(behaviour.bytes[written++ % behaviour.bytes.length] ?? '', 'latin1')
      return void socket.write(bytes, () => {
        if (behaviour.closes) setTimeout(() => socket.destroy(), HEADERS_ARRIVE)
      })
    }
    case 'close-each':
      response.setHeader('connection', 'close')
      return serve(response)
    default:
      serve(response)
  }
}

function serve(response: ServerResponse): void {
  const { least, most } = SERVICE
  setTimeout(() => response.end('ok'), least + Math.random() * (most - least))
}
