import type { Duplex } from 'node:stream'
import { type Dispatcher, errors } from 'undici'
import { reportUncaught } from '../core/uncaught.js'
import { RawResponse } from '../node/transport/raw-response.js'
import { discardResponse } from '../runtime/discard-response.js'
import type { Answer } from './answer.js'
import { RawAnswer } from './raw-answer.js'
import { ResponseAnswer } from './response-answer.js'

/**
 * One dispatch from beginning to end, and how its handler holds it back or ends it. The handler is told of one answer: those
 * that were followed by another attempt never come here.
 */
export class BalancedDispatch implements Dispatcher.DispatchController {
  rawHeaders: Buffer[] | string[] | null = null
  readonly rawTrailers = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #onOver: (dispatch: BalancedDispatch) => void
  readonly #ending = new AbortController()
  #aborted = false
  #reason: Error | null = null
  #paused = false
  /** Lets it go on. */
  #wake: (() => void) | undefined
  #over = false

  constructor(handler: Dispatcher.DispatchHandler, onOver: (dispatch: BalancedDispatch) => void) {
    this.#handler = handler
    this.#onOver = onOver
  }

  /** @param send has it sent by its balancer; the signal ends that, and the body of the answer */
  start(send: (signal: AbortSignal) => Promise<Response>): void {
    try {
      this.#handler.onRequestStart?.(this, null)
      if (this.#over) return
      send(this.#ending.signal).then(
        (response) => this.#relay(response),
        (error) => this.#fail(reasonOf(error)),
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): Error | null {
    return this.#reason
  }

  get paused(): boolean {
    return this.#paused
  }

  abort(reason: Error = new errors.RequestAbortedError()): void {
    if (this.#over) return
    this.#aborted = true
    this.#reason = reason
    this.#fail(reason)
  }

  /** Ends it for a reason that is not its caller's. */
  end(reason: Error): void {
    this.#fail(reason)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake?.()
  }

  async #relay(response: Response): Promise<void> {
    if (this.#over) return discardResponse(response)
    try {
      const answer: Answer =
        response instanceof RawResponse ? new RawAnswer(response) : new ResponseAnswer(response)
      const { status, statusText, headers, rawHeaders, socket } = answer
      this.rawHeaders = rawHeaders as Buffer[]
      if (socket !== undefined) return this.#upgrade(answer, socket)
      answer.whenBroken((error) => this.#fail(error))
      this.#handler.onResponseStarted?.()
      this.#handler.onResponseStart?.(this, status, headers, statusText)
      await this.#pass(answer)
    } catch (error) {
      this.#fail(error)
    }
  }

  #upgrade({ status, headers }: Answer, socket: Duplex): void {
    this.#finish()
    try {
      if (this.#handler.onRequestUpgrade === undefined)
        throw new errors.InvalidArgumentError('invalid onRequestUpgrade method')
      this.#handler.onRequestUpgrade(this, status, headers, socket)
    } catch (error) {
      socket.destroy()
      this.#tell(error)
    }
  }

  async #pass(answer: Answer): Promise<void> {
    while (!this.#over) {
      while (this.#paused) await this.#resumed()
      const piece = await answer.take()
      if (this.#over) return
      if (piece === undefined) return this.#complete(answer)
      this.#handler.onResponseData?.(this, asBuffer(piece))
    }
  }

  #resumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #complete({ trailers }: Answer): void {
    this.#finish()
    try {
      this.#handler.onResponseEnd?.(this, trailers)
    } catch (error) {
      this.#tell(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#finish()
    this.#ending.abort(error)
    this.#tell(error)
  }

  #finish(): void {
    this.#over = true
    this.#onOver(this)
  }

  #tell(error: unknown): void {
    try {
      this.#handler.onResponseError?.(this, error as Error)
    } catch (mistake) {
      reportUncaught(mistake)
    }
  }
}

/** What is wrong with the request itself is told in undici's words, as undici tells it; all else is a BalancerError. */
function reasonOf(error: unknown): unknown {
  return error instanceof TypeError && error.message === 'fetch failed' ? (error.cause ?? error) : error
}

function asBuffer(piece: Uint8Array): Buffer {
  return Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
}
