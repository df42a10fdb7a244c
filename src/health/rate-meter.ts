import type { LiveEndpoint } from '../core/endpoint.js'
import { type Outcome, wasServed } from '../core/outcome.js'
import type { LoadMeter } from './load-meter.js'
import { LoadWindow } from './load-window.js'

/** Calls a second that were answered. */
export class RateMeter implements LoadMeter {
  readonly #window: LoadWindow

  constructor(window: number) {
    this.#window = new LoadWindow(window)
  }

  get due(): number {
    return this.#window.end
  }

  begin(): void {}

  end(_endpoint: LiveEndpoint, outcome: Outcome, _startedAt: number, now: number): void {
    if (wasServed(outcome.kind)) this.#window.add(1, now)
  }

  look(): void {}

  peak(now: number): number | undefined {
    const calls = this.#window.peak(now)
    return calls && (calls * 1_000) / this.#window.slot
  }
}
