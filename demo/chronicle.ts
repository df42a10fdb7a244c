import type { Balancer, BalancerEvents } from 'evenkeel'

/** Something that a reader wants to know of. */
export interface Entry {
  /** Seconds since the beginning. */
  readonly at: number
  /** Who did it: the demo to its fleet, or the balancer because of that. */
  readonly by: 'fleet' | 'balancer'
  readonly text: string
}

/** What happened, in order. */
export class Chronicle {
  readonly entries: Entry[] = []
  readonly #start: number
  readonly #onEntry: (entry: Entry) => void

  /** @param start on the clock of `performance.now()` */
  constructor(start: number, onEntry: (entry: Entry) => void) {
    this.#start = start
    this.#onEntry = onEntry
  }

  add(by: Entry['by'], text: string): void {
    const entry: Entry = { at: (performance.now() - this.#start) / 1000, by, text }
    this.entries.push(entry)
    this.#onEntry(entry)
  }

  /** Writes down what the balancer decides. */
  follow(balancer: Balancer): void {
    const note = (text: string) => this.add('balancer', text)
    balancer.on('ejected', (event) => note(ejection(event)))
    balancer.on('ejectionskipped', ({ endpoint, eligible }) =>
      note(`keeps ${endpoint.id} although it fails: only ${eligible} are left`),
    )
    balancer.on('readmitted', ({ endpoint }) => note(`takes ${endpoint.id} back: its trial call went well`))
    balancer.on('circuitopened', ({ endpoint, until }) =>
      note(`opens the breaker of ${endpoint?.id} for ${seconds(until)}`),
    )
    balancer.on('circuitclosed', ({ endpoint }) => note(`closes the breaker of ${endpoint?.id}`))
    balancer.on('cooldown', ({ endpoint, until }) =>
      note(`leaves ${endpoint.id} alone for ${seconds(until)}`),
    )
    balancer.on('panicstarted', () => note('uses ejected servers too: too few are left'))
    balancer.on('panicended', () => note('has enough servers again'))
  }
}

function ejection(event: BalancerEvents['ejected']): string {
  return `ejects ${event.endpoint.id} for ${seconds(event.until)}: ${why(event)}`
}

function why(event: BalancerEvents['ejected']): string {
  switch (event.rule) {
    case 'trial-failed':
      return 'its trial call failed'
    case 'failure-share':
    case 'success-rate':
      return `${event.failures} of ${event.calls} calls failed`
    case 'latency':
      return 'it is much slower than the others'
    case 'overdue':
      return `silent for ${Math.round(event.silentFor)} ms, with calls waiting`
    default:
      return `${event.failures} failures in a row`
  }
}

function seconds(until: number): string {
  return `${Math.round((until - Date.now()) / 1000)} s`
}
