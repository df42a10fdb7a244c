import type { LiveEndpoint } from '../core/endpoint.js'
import type { Clock } from '../runtime/clock.js'
import { discardResponse } from '../runtime/discard-response.js'
import { unref } from '../runtime/unref.js'
import type { CheckEndpoint } from './health-check.js'

/** Sends one request to an endpoint. */
export type Send = (endpoint: LiveEndpoint, url: string, init: RequestInit) => Promise<Response>

/** What came of a check: nothing wrong when there is no error. */
export type OnChecked = (error: unknown, took: number, now: number) => void

/** One check under way: it ends once, at its own end or when it is late. */
export class CheckRun {
  readonly #endpoint: LiveEndpoint
  readonly #clock: Clock
  readonly #timeout: number
  readonly #onEnd: OnChecked
  readonly #controller = new AbortController()
  readonly #startedAt: number
  readonly #lost: number
  readonly #responses: Response[] = []
  #sending = 0
  #timer: unknown
  #over = false

  constructor(endpoint: LiveEndpoint, clock: Clock, timeout: number, onEnd: OnChecked) {
    this.#endpoint = endpoint
    this.#clock = clock
    this.#timeout = timeout
    this.#onEnd = onEnd
    this.#startedAt = clock.now()
    clock.loop?.enter(this.#startedAt)
    this.#lost = clock.loop?.lost(this.#startedAt) ?? 0
    this.#arm(timeout)
  }

  async perform(check: CheckEndpoint, send: Send): Promise<void> {
    const { signal } = this.#controller
    try {
      const said = await check(this.#endpoint, {
        signal,
        send: (url, init) => {
          const sent = this.#send(send, url, { ...init, signal })
          // One that the check does not wait for is aborted at its end, which is nobody's error.
          sent.catch(() => {})
          return sent
        },
      })
      this.#end(reasonIn(said))
    } catch (error) {
      this.#end(error ?? new Error('the check failed without saying why'))
    } finally {
      // Whatever of their bodies was not read is not wanted, and would keep its connection.
      for (const response of this.#responses) discardResponse(response)
      if (this.#sending > 0) this.#controller.abort(new DOMException('The check is over', 'AbortError'))
    }
  }

  async #send(send: Send, url: string, init: RequestInit): Promise<Response> {
    this.#sending++
    try {
      const response = await send(this.#endpoint, url, init)
      if (this.#over) discardResponse(response)
      else this.#responses.push(response)
      return response
    } finally {
      this.#sending--
    }
  }

  /** Nobody wants to know any more. */
  cancel(): void {
    if (this.#stop())
      this.#controller.abort(new DOMException('The check is not wanted any more', 'AbortError'))
  }

  #arm(delay: number): void {
    this.#timer = this.#clock.setTimer(() => this.#late(), delay)
    // A check must not keep a process alive that has nothing else to do.
    unref(this.#timer)
  }

  #late(): void {
    // While the event loop was held up no answer could be read: that is not the endpoint's doing.
    const left = this.#timeout - this.#took(this.#clock.now())
    if (left >= 1) return this.#arm(left)
    const error = new DOMException(`no result within ${this.#timeout} ms`, 'TimeoutError')
    this.#end(error)
    this.#controller.abort(error)
  }

  #took(now: number): number {
    const lost = (this.#clock.loop?.lost(now) ?? 0) - this.#lost
    return now - this.#startedAt - lost
  }

  #end(error: unknown): void {
    const now = this.#clock.now()
    const took = this.#took(now)
    if (this.#stop()) this.#onEnd(error, took, now)
  }

  #stop(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#clock.clearTimer(this.#timer)
    this.#clock.loop?.leave()
    return true
  }
}

/** What is wrong, by what a check said; a response may be all that it has to say. */
function reasonIn(said: unknown): Error | undefined {
  if (said === false) return new Error('the check said false')
  const { status } = (said ?? {}) as { status?: unknown }
  return typeof status === 'number' && status >= 400
    ? new Error(`it answered with status ${status}`)
    : undefined
}
