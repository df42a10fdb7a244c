import { Gate, isWell, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { MasterReason } from '../core/master-reason.js'
import { PerEndpoint } from '../core/per-endpoint.js'

/** When mastership changes hands although the master could keep it; times in ms. */
export interface MasterRules {
  readonly preempt: boolean
  readonly preemptDelay: number
  readonly holdDown: number
}

/** One turn of being master. */
export interface Tenure {
  readonly master: LiveEndpoint | undefined
  readonly reason: MasterReason | undefined
  /** In the policy's time. */
  readonly since: number
}

/** Who is to take over from a master that is well, and when. */
export interface Challenger {
  readonly endpoint: LiveEndpoint
  readonly at: number
}

/** Keepalived's highest priority: ranks are in its numbers, and so are the weights of tracked checks. */
const HIGHEST = 254
/** What has to be proved doubles with each loss in a row, up to 32 times. */
const MAX_DOUBLINGS = 5
/** What is kept of each endpoint: since when it can be master, in which review it last could, and its losses in a row. */
const SINCE = 0
const SEEN = 1
const LOSSES = 2

/** What is wrong with a master that is lost, the most telling first. */
const WRONGS: readonly (readonly [gate: number, reason: MasterReason])[] = [
  [Gate.REMOVED | Gate.OUTSIDE, 'removed'],
  [Gate.WEIGHT, 'weight'],
  [Gate.FAULT, 'track'],
  [Gate.UNHEALTHY, 'unhealthy'],
  [Gate.CIRCUIT, 'circuit'],
  [Gate.EJECTED, 'ejected'],
  [Gate.COOLDOWN, 'cooldown'],
]

/** Higher is better: 254 less its priority, and what tracked checks add. */
export function rankOf({ priority, tracked }: LiveEndpoint): number {
  return HIGHEST - priority + tracked
}

/** Of equal rank, the one that was listed first. */
export function outranks(one: LiveEndpoint, other: LiveEndpoint): boolean {
  const lead = rankOf(one) - rankOf(other)
  return lead > 0 || (lead === 0 && one.order < other.order)
}

/**
 * Who is master in one table of endpoints: VRRP's election, held by one process for itself.
 *
 * A master that is lost is replaced at once. One that is well gives way only to one of higher rank, which has been
 * there without a break for `preemptDelay`; not within `holdDown` of the last change; and, when the other has
 * been lost n > 1 times in a row, not before it has been there for `holdDown` x 2^(n - 1). A loss is the first in a row
 * when it comes after a turn that lasted longer than that.
 *
 * Source: RFC 5798 and Keepalived (`nopreempt`, `preempt_delay`, `track_script`). Other than Keepalived, a master
 * whose tracked checks are worse than another's gives way with `preempt: false` too: with `nopreempt` and weights
 * nobody ever takes over there, which its users take for a defect.
 */
export class Mastership {
  tenure: Tenure = { master: undefined, reason: undefined, since: 0 }
  /** Who takes over next, if nothing changes. */
  next: Challenger | undefined
  readonly #rules: MasterRules
  readonly #kept = new PerEndpoint(3)
  #changes = -1
  #reviews = 0
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(rules: MasterRules) {
    this.#rules = rules
  }

  /** The master now. O(1) while nothing has changed and nobody's time has come; else O(n). */
  masterOf(table: EndpointTable, now: number): LiveEndpoint | undefined {
    if (table.changes !== this.#changes || (this.next !== undefined && now >= this.next.at))
      this.#review(table, now)
    return this.tenure.master
  }

  #review(table: EndpointTable, now: number): void {
    this.#changes = table.changes
    const best = this.#best(table, now)
    const { master, reason } = this.tenure
    if (master === undefined) {
      if (best !== undefined) this.#enthrone(best, reason === undefined ? 'first' : 'available', now)
    } else if (!canLead(table, master)) {
      this.#noteLoss(master, now)
      this.#enthrone(best, lossOf(master), now)
    }
    this.next = this.#challenger(table, now)
    if (this.next === undefined || this.next.at > now) return
    const { endpoint } = this.next
    this.#enthrone(endpoint, hasBetterChecks(endpoint, this.tenure.master!) ? 'track' : 'preempted', now)
    this.next = this.#challenger(table, now)
  }

  /** The one of highest rank; notes since when each has been there without a break. */
  #best(table: EndpointTable, now: number): LiveEndpoint | undefined {
    const review = ++this.#reviews
    let best: LiveEndpoint | undefined
    for (let i = 0; i < table.total; i++) {
      const endpoint = table.at(i)
      if (!isWell(endpoint)) continue
      if (this.#kept.get(endpoint, SEEN) !== review - 1) this.#kept.set(endpoint, now, SINCE)
      this.#kept.set(endpoint, review, SEEN)
      if (best === undefined || outranks(endpoint, best)) best = endpoint
    }
    return best
  }

  /** Of those that may take the place of a master that is well, the one whose time comes first, or has come. */
  #challenger(table: EndpointTable, now: number): Challenger | undefined {
    const { master } = this.tenure
    if (master === undefined) return undefined
    let endpoint: LiveEndpoint | undefined
    let at = Number.POSITIVE_INFINITY
    for (let i = 0; i < table.total; i++) {
      const other = table.at(i)
      if (
        !isWell(other) ||
        !outranks(other, master) ||
        !(this.#rules.preempt || hasBetterChecks(other, master))
      )
        continue
      const time = Math.max(now, this.#readyAt(other))
      if (endpoint !== undefined && (time > at || (time === at && outranks(endpoint, other)))) continue
      endpoint = other
      at = time
    }
    return endpoint && { endpoint, at }
  }

  #readyAt(endpoint: LiveEndpoint): number {
    const { preemptDelay, holdDown } = this.#rules
    const since = this.#kept.get(endpoint, SINCE)
    return Math.max(since + Math.max(preemptDelay, this.#proof(endpoint)), this.#changedAt + holdDown)
  }

  /** For how long it has to be there before it may be master again. */
  #proof(endpoint: LiveEndpoint): number {
    const losses = this.#losses(endpoint)
    return losses > 1 ? this.#rules.holdDown * 2 ** Math.min(losses - 1, MAX_DOUBLINGS) : 0
  }

  #losses(endpoint: LiveEndpoint): number {
    return this.#kept.get(endpoint, LOSSES) || 0
  }

  #noteLoss(master: LiveEndpoint, now: number): void {
    const stayed = now - this.tenure.since
    const isProven = stayed > Math.max(this.#rules.holdDown, this.#proof(master))
    this.#kept.set(master, isProven ? 1 : this.#losses(master) + 1, LOSSES)
  }

  #enthrone(master: LiveEndpoint | undefined, reason: MasterReason, now: number): void {
    // The first master has taken nothing from anybody: a better one that comes right after it need not wait.
    if (reason !== 'first') this.#changedAt = now
    this.tenure = { master, reason, since: now }
  }
}

/** Is nothing wrong with it, and is it here? */
function canLead(table: EndpointTable, endpoint: LiveEndpoint): boolean {
  return table.slotOf(endpoint) >= 0 && isWell(endpoint)
}

function hasBetterChecks(one: LiveEndpoint, other: LiveEndpoint): boolean {
  return one.tracked > other.tracked
}

/** Why it cannot be master; with nothing wrong it is not in the table any more: in another subset, say. */
export function lossOf({ gates }: LiveEndpoint): MasterReason {
  return WRONGS.find(([gate]) => (gates & gate) !== 0)?.[1] ?? 'removed'
}
