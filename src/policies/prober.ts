import type { Endpoint, LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below, type Random } from '../core/random.js'
import { checkDuration, checkFunction, checkNumber } from '../core/validate.js'
import type { PickContext } from './policy.js'

/** What a probe brings home. */
export interface ProbeResult {
  /** Requests that the endpoint has under way. */
  readonly inFlight: number
  /** How long in ms a request takes there now. */
  readonly latency: number
}

/** Options of asynchronous probes. */
export interface ProbeOptions {
  /** Asks an endpoint for its load, beside the calls. Default: none; reports on responses are used in any case. */
  readonly probe?: (endpoint: Endpoint, signal: AbortSignal) => PromiseLike<ProbeResult>
  /** Probes for each call; fractions are fine. Default 3, as the paper. */
  readonly probesPerCall?: number
  /** Probes under way at the same time; when there are so many, no more are begun. Default 16. */
  readonly maxProbes?: number
  /** After so many ms a probe is given up. Default 1 000. */
  readonly probeTimeout?: number
}

export const PROBE_KEYS = ['probe', 'probesPerCall', 'maxProbes', 'probeTimeout']

interface ProbeSettings {
  readonly probe: NonNullable<ProbeOptions['probe']>
  readonly perCall: number
  readonly most: number
  readonly timeout: number
}

/** Checked and completed; `undefined` when there are to be no probes. */
export function checkProbing(options: ProbeOptions, path: string): ProbeSettings | undefined {
  const probe = checkFunction(
    options.probe,
    `${path}.probe`,
    'a function (endpoint, signal) => a promise of load',
  )
  const perCall = checkNumber(options.probesPerCall, `${path}.probesPerCall`, 3, {
    exclusive: true,
    max: 100,
  })
  const most = checkNumber(options.maxProbes, `${path}.maxProbes`, 16, { min: 1, max: 1_000, integer: true })
  const timeout = checkDuration(options.probeTimeout, `${path}.probeTimeout`, 1_000)
  return probe && { probe, perCall, most, timeout }
}

interface Running {
  readonly endpoint: LiveEndpoint
  readonly startedAt: number
  readonly controller: AbortController
}

/**
 * Asks random endpoints for their load, so many for each call, and never in the way of one: probes are
 * begun after the pick that caused them, and one that is late is given up at a later pick. There is no
 * timer, and without calls there are no probes.
 */
export class Prober {
  readonly #settings: ProbeSettings
  readonly #onResult: (endpoint: LiveEndpoint, result: ProbeResult, now: number) => void
  readonly #running = new Map<LiveEndpoint, Running>()
  readonly #begin = () => this.#beginDue()
  #view: EndpointTable | undefined
  #random: Random | undefined
  #due = 0
  #now = 0
  #closed = false

  constructor(
    settings: ProbeSettings,
    onResult: (endpoint: LiveEndpoint, result: ProbeResult, now: number) => void,
  ) {
    this.#settings = settings
    this.#onResult = onResult
  }

  /** A call is being made: gives up what is late, and has its probes begun when the pick is done. */
  tick(view: EndpointTable, { now, random }: PickContext): void {
    const { perCall, most, timeout } = this.#settings
    this.#view = view
    this.#random = random
    this.#now = now
    for (const probe of this.#running.values()) {
      if (now - probe.startedAt >= timeout) this.#giveUp(probe, 'TimeoutError', 'The probe is late')
    }
    const before = this.#due
    this.#due = Math.min(most, before + perCall)
    if (before < 1 && this.#due >= 1) queueMicrotask(this.#begin)
  }

  close(): void {
    this.#closed = true
    for (const probe of this.#running.values()) this.#giveUp(probe, 'AbortError', 'The balancer is closed')
  }

  #beginDue(): void {
    const view = this.#view
    const random = this.#random
    for (; this.#due >= 1; this.#due--) {
      if (this.#closed || view === undefined || random === undefined || view.size === 0) continue
      if (this.#running.size >= this.#settings.most) continue
      const endpoint = view.at(below(random, view.size))
      if (!this.#running.has(endpoint)) void this.#run(endpoint)
    }
  }

  async #run(endpoint: LiveEndpoint): Promise<void> {
    const probe: Running = { endpoint, startedAt: this.#now, controller: new AbortController() }
    this.#running.set(endpoint, probe)
    try {
      const result = await this.#settings.probe(endpoint, probe.controller.signal)
      // Who was given up has nothing to say any more.
      if (this.#running.get(endpoint) !== probe || !this.#view?.has(endpoint)) return
      if (isLoad(result?.inFlight) && isLoad(result.latency)) this.#onResult(endpoint, result, this.#now)
    } catch {
      // A probe that fails has brought no news. Whether the endpoint is fit is for calls and health checks to say.
    } finally {
      if (this.#running.get(endpoint) === probe) this.#running.delete(endpoint)
    }
  }

  #giveUp(probe: Running, name: string, why: string): void {
    this.#running.delete(probe.endpoint)
    probe.controller.abort(new DOMException(why, name))
  }
}

function isLoad(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1e9
}
