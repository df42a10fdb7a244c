import type { IncomingHttpHeaders as Parsed } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Endpoint } from '../../core/endpoint.js'
import { Decoding, decodersFor } from './content-decoding.js'
import { type Flow, IncomingBody } from './incoming-body.js'
import { isIntact } from './integrity.js'
import { LeanResponse, type ResponseHead } from './lean-response.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { RawResponse } from './raw-response.js'
import { follow, isRedirect } from './redirect.js'
import { headerLines } from './response-headers.js'
import type { SendingHost } from './sending-host.js'

type Controller = Dispatcher.DispatchController

/** Statuses that have no body (Fetch standard). */
const NO_BODY = new Set([204, 205, 304])
/** So much of an answer that nobody wants is read, so that its connection can be used again: 64 KiB. */
const MOST_WASTED = 64 * 1024

/**
 * Is undici in the middle of what came over a connection? It cannot take up another one then, as somebody might want it to
 * who is told of the end of a body, and reads the next.
 */
let inParser = false

/**
 * One request on its way, and what comes back. It is undici's handler itself, and listens to the signal itself, and
 * holds back what comes itself, which saves objects and functions for each.
 */
export class Sending implements Dispatcher.DispatchHandler, Flow {
  readonly #endpoint: Endpoint
  readonly #request: OutgoingRequest
  readonly #host: SendingHost
  readonly #signal: AbortSignal | undefined
  /** Let go of with the answer, which is not to be held by what it came from: its owner may forget it. */
  #resolve: ((response: LeanResponse) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  /** Redirects that were followed to come here. */
  readonly #redirects: number
  readonly #startedAt: number
  readonly #timing = { connected: Number.NaN, headers: Number.NaN, end: Number.NaN }
  #controller: Controller | undefined
  #waiting = false
  #over = false
  /** Where its body goes. */
  #body: IncomingBody | undefined
  #decoding: Decoding | undefined
  /** Where it leads; its body is read and thrown away. */
  #next: OutgoingRequest | undefined
  #wasted = 0

  constructor(
    endpoint: Endpoint,
    request: OutgoingRequest,
    host: SendingHost,
    signal: AbortSignal | undefined,
    resolve: (response: LeanResponse) => void,
    reject: (error: unknown) => void,
    redirects = 0,
    startedAt = performance.now(),
  ) {
    this.#endpoint = endpoint
    this.#request = request
    this.#host = host
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    this.#redirects = redirects
    this.#startedAt = startedAt
  }

  start(): void {
    if (this.#signal?.aborted) return this.#reject?.(this.#signal.reason)
    this.#signal?.addEventListener('abort', this)
    const { origin, path, method, headers, body, raw } = this.#request
    // Undici takes whatever can be iterated over, its types do not.
    const content = (body?.content ?? null) as Buffer | null
    try {
      const dispatcher = this.#host.dispatcherOf(this.#endpoint, origin, typeof raw?.upgrade === 'string')
      const sent = { origin, path, method, headers: headers as string[], body: content }
      dispatcher.dispatch(raw === undefined ? sent : { ...raw, ...sent }, this)
    } catch (error) {
      this.onResponseError(undefined, error)
    }
    if (this.#controller === undefined && !this.#over && this.#redirects === 0) this.#wait(true)
  }

  /** The signal was aborted. */
  handleEvent(): void {
    const reason = this.#signal?.reason
    // All has come, and not all of it has been decoded.
    if (this.#over) return this.#decoding?.fail(reason)
    this.#finish()
    this.#fail(reason)
    // One that still waits for a connection gives it back as it gets one.
    this.#controller?.abort(reason)
  }

  onRequestStart(controller: Controller): void {
    // Undici takes it off the list, and uses the connection for the next one: to abort it would close the connection.
    if (this.#over) throw new Error('Nobody waits for it any more')
    this.#controller = controller
    this.#wait(false)
    this.#timing.connected = performance.now() - this.#startedAt
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, statusText = ''): void {
    if (status === 101) return controller.abort(new Error('Another protocol was not asked for'))
    // Information that goes before the answer.
    if (status < 200) return
    this.#timing.headers = performance.now() - this.#startedAt
    const { redirect, method, integrity, raw } = this.#request
    try {
      if (isRedirect(status) && redirect === 'error') throw new Error('unexpected redirect')
      if (isRedirect(status) && redirect === 'follow' && parsed['location'] !== undefined)
        return this.#lead(status, [parsed['location']].flat().join(', '))
      const encoding = raw === undefined ? parsed['content-encoding'] : undefined
      if (method !== 'HEAD' && !NO_BODY.has(status)) this.#open(encoding)
    } catch (error) {
      return controller.abort(error as Error)
    }
    const head = this.#head(controller, status, statusText)
    if (raw !== undefined) return this.#answer(new RawResponse({ ...head, headers: parsed }, this.#body))
    if (integrity === '') return this.#answer(new LeanResponse(head, this.#body))
    void this.#verify(head, this.#body, integrity)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#decoding !== undefined) {
      if (!this.#decoding.push(chunk)) controller.pause()
    } else if (this.#body !== undefined) this.#body.push(chunk)
    else if (this.#next === undefined)
      controller.abort(new Error('A response that has no body came with one'))
    else {
      this.#wasted += chunk.byteLength
      if (this.#wasted > MOST_WASTED) controller.abort(new Error('The rest is not wanted'))
    }
  }

  onRequestUpgrade(controller: Controller, status: number, headers: Parsed, socket: Duplex): void {
    this.#timing.headers = performance.now() - this.#startedAt
    this.#finish()
    const body = new IncomingBody({ pause() {}, resume() {}, abort: () => socket.destroy() })
    socket.once('close', () => body.end())
    this.#body = body
    this.#answer(new RawResponse({ ...this.#head(controller, status, ''), headers, socket }, body))
  }

  onResponseEnd(controller: Controller, trailers: Parsed): void {
    this.#timing.end = performance.now() - this.#startedAt
    // Over HTTP/2, of which the headers are no list, the server still takes the rest of a body that is sent; to end it early
    // would be to say that this is all of it. A connection of HTTP/1.1 is closed.
    this.#finish(Array.isArray(controller.rawHeaders))
    const before = inParser
    inParser = true
    try {
      if (this.#decoding !== undefined) this.#decoding.end()
      else this.#body?.end(trailers)
    } finally {
      inParser = before
    }
    this.#proceed()
  }

  onResponseError(_controller: Controller | undefined, error: unknown): void {
    if (this.#over) return
    this.#finish()
    if (this.#next !== undefined) return this.#proceed()
    const before = inParser
    inParser = true
    try {
      this.#fail(error)
    } finally {
      inParser = before
    }
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    if (inParser) setImmediate(() => this.#controller?.resume())
    else this.#controller?.resume()
  }

  revoked(): AbortSignal | undefined {
    return this.#signal?.aborted ? this.#signal : undefined
  }

  decoded(): void {
    this.#signal?.removeEventListener('abort', this)
  }

  /** Nobody wants the rest of the body. */
  abort(reason: unknown): void {
    this.#finish()
    this.#controller?.abort(
      reason instanceof Error ? reason : new DOMException('The body was cancelled', 'AbortError'),
    )
  }

  #wait(waiting: boolean): void {
    if (this.#waiting === waiting || this.#signal === undefined) return
    this.#waiting = waiting
    this.#host.waits(this.#signal, waiting)
  }

  #lead(status: number, location: string): void {
    this.#next = follow(this.#request, status, location, this.#redirects)
    // Mostly the whole answer has come by then, and its connection can be used again. Nobody waits for what has not.
    setImmediate(() => {
      if (!this.#over) this.#controller?.abort(new Error('The rest is not wanted'))
    })
  }

  #proceed(): void {
    const [next, resolve, reject] = [this.#next, this.#resolve, this.#reject]
    if (next === undefined || resolve === undefined || reject === undefined) return
    const [host, signal, count] = [this.#host, this.#signal, this.#redirects + 1]
    new Sending(this.#endpoint, next, host, signal, resolve, reject, count, this.#startedAt).start()
  }

  #open(encoding: string | string[] | undefined): void {
    const decoders = encoding === undefined ? [] : decodersFor(`${encoding}`)
    if (decoders.length === 0) this.#body = new IncomingBody(this)
    else {
      this.#decoding = new Decoding(this, decoders)
      this.#body = this.#decoding.body
    }
  }

  #head(controller: Controller, status: number, statusText: string): ResponseHead {
    const { url, crossed } = this.#request
    return {
      status,
      statusText,
      rawHeaders: headerLines(controller.rawHeaders),
      url,
      redirected: this.#redirects > 0,
      type: crossed ? 'cors' : 'basic',
      timing: this.#timing,
    }
  }

  #answer(response: LeanResponse): void {
    this.#resolve?.(response)
    this.#resolve = this.#reject = undefined
    // Nearly always all of it comes at once, and is there before anybody looks.
    if (this.#body !== undefined) queueMicrotask(() => response.watch())
  }

  async #verify(head: ResponseHead, body: IncomingBody | undefined, integrity: string): Promise<void> {
    try {
      if (body === undefined) throw new Error('There is no body whose integrity could be checked')
      const chunks = await body.collect()
      if (!isIntact(chunks, integrity)) throw new Error('integrity mismatch')
      this.#answer(new LeanResponse(head, IncomingBody.of(chunks)))
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const aborted = this.#signal?.aborted === true
    if (this.#reject === undefined) {
      const told = aborted || this.#request.raw ? error : new TypeError('terminated', { cause: error })
      if (this.#decoding !== undefined) this.#decoding.fail(told)
      else this.#body?.fail(told)
      return
    }
    if (aborted) return this.#reject(error)
    const failed = new TypeError('fetch failed', { cause: error })
    this.#host.failed(failed, this.#controller === undefined && this.#redirects === 0)
    this.#reject(failed)
  }

  /** @param whole the body of the request is not wanted any more either */
  #finish(whole = true): void {
    this.#over = true
    this.#wait(false)
    if (this.#decoding === undefined || this.#decoding.body.ended) this.decoded()
    if (whole) this.#request.body?.cancel?.(this.#signal?.reason)
  }
}
