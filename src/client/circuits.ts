import type { LiveEndpoint } from '../core/endpoint.js'
import type { Outcome, OutcomeKind } from '../core/outcome.js'
import { Circuit } from '../resilience/circuit.js'
import type { CircuitBreakerOptions } from '../resilience/circuit-breaker-options.js'

/** Volume is counted over opossum's own default window when there is no breaker to say otherwise. */
const DEFAULT_WINDOW = 10_000

/** The breakers of those endpoints that have something to watch. */
export class Circuits {
  readonly #options: Required<CircuitBreakerOptions> | undefined
  readonly #circuits = new Map<LiveEndpoint, Circuit>()

  constructor(options: Required<CircuitBreakerOptions> | undefined) {
    this.#options = options
  }

  /** Takes in how a call ended; says until when the breaker is open, if that has opened it. */
  watch(endpoint: LiveEndpoint, failure: Outcome | undefined, now: number): number | undefined {
    endpoint.volume.add(now, this.#options?.rollingCountTimeout ?? DEFAULT_WINDOW)
    if (this.#options === undefined) return undefined
    let circuit = this.#circuits.get(endpoint)
    if (failure === undefined) {
      circuit?.success(now)
      if (circuit?.idle) this.#circuits.delete(endpoint)
      return undefined
    }
    if (circuit === undefined) {
      circuit = new Circuit(endpoint.id, this.#options)
      this.#circuits.set(endpoint, circuit)
    }
    circuit.failure(failure.kind, now, endpoint.volume, failure.latency)
    return circuit.open ? circuit.openUntil : undefined
  }

  /** Takes in how the trial of an open breaker ended; says until when it is open again, if it failed. */
  endTrial(endpoint: LiveEndpoint, failure: OutcomeKind | undefined, now: number): number | undefined {
    const circuit = this.#circuits.get(endpoint)
    if (circuit === undefined) return undefined
    circuit.trial(failure, now)
    if (circuit.open) return circuit.openUntil
    this.#circuits.delete(endpoint)
    return undefined
  }

  forget(endpoint: LiveEndpoint): void {
    this.#circuits.get(endpoint)?.close()
    this.#circuits.delete(endpoint)
  }

  close(): void {
    for (const circuit of this.#circuits.values()) circuit.close()
    this.#circuits.clear()
  }
}
