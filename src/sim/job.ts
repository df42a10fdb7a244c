import type { SimEvent } from './agenda.js'

/** Where an attempt is. */
export const Phase = { OUTBOUND: 0, SERVED: 1, INBOUND: 2 } as const

/** Where attempts go: a server. */
export interface Station {
  take(job: Job): void
  finish(job: Job): void
  deliver(job: Job): void
}

/** One attempt on its way to a server, in it and back; the same object is the event of each step. */
export class Job implements SimEvent {
  at = 0
  order = 0
  /** Which event comes next. */
  phase: number = Phase.OUTBOUND
  /** It was lost with its server: what is still on the agenda for it does not happen. */
  lost = false
  /** Tells the server's count of what it has under way that this has ended. */
  done: (() => void) | undefined
  /** The next one in the server's queue. */
  next: Job | undefined
  /** What comes back: an error, or a response. */
  error: Error | undefined
  response: Response | undefined
  readonly station: Station
  /** How long a request it is, from 0 to 1: the quantile of the server's service times. */
  readonly size: number
  /** Ms on the network, one way. */
  readonly travel: number
  readonly resolve: (response: Response) => void
  readonly reject: (error: Error) => void

  constructor(
    station: Station,
    size: number,
    travel: number,
    resolve: (response: Response) => void,
    reject: (error: Error) => void,
  ) {
    this.station = station
    this.size = size
    this.travel = travel
    this.resolve = resolve
    this.reject = reject
  }

  happen(): void {
    if (this.lost) return
    if (this.phase === Phase.OUTBOUND) this.station.take(this)
    else if (this.phase === Phase.SERVED) this.station.finish(this)
    else this.station.deliver(this)
  }
}
