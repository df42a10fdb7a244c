import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { LocalServer } from './local-server.ts'

export interface NormalOptions {
  /** What it says of itself in `x-server`. Default `'normal'`. */
  readonly id?: string
  /** How long it takes to answer, in ms. Default 0. */
  readonly latency?: number
}

export interface LoggedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Reads each request, remembers it, and answers 200. */
export class NormalServer extends LocalServer {
  readonly id: string
  readonly requests: LoggedRequest[] = []
  readonly #latency: number

  constructor({ id = 'normal', latency = 0 }: NormalOptions) {
    super(createServer((request, response) => void this.#serve(request, response)))
    this.id = id
    this.#latency = latency
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.hits++
    // An upload that breaks off leaves nothing to answer.
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined) return
    const { method = '', url = '', headers } = request
    this.requests.push({ method, url, headers, body })
    const answer = () => response.setHeader('x-server', this.id).end(`served by ${this.id}`)
    if (this.#latency === 0) return void answer()
    const timer = setTimeout(answer, this.#latency)
    response.on('close', () => clearTimeout(timer))
  }
}

export function normalServer(options: NormalOptions = {}): Promise<NormalServer> {
  return new NormalServer(options).listen()
}
