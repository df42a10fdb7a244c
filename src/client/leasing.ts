import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import { SHEDDABLE } from '../overload/call-priority.js'
import type { Feedback } from './feedback.js'
import { LastResort } from './last-resort.js'
import { Lease, type LeaseOwner } from './lease.js'
import type { Parts } from './parts.js'
import { placeOf, standsIn, tellOfFallback } from './place.js'
import type { Route } from './route.js'

const NOBODY: readonly LiveEndpoint[] = []

/** Hands endpoints out, and says who could be had. */
export class Leasing {
  readonly #parts: Parts
  readonly #feedback: Feedback
  readonly #lastResort: LastResort

  constructor(parts: Parts, feedback: Feedback) {
    this.#parts = parts
    this.#feedback = feedback
    const { endpoints, gatekeeper, random, masters } = parts
    this.#lastResort = new LastResort(endpoints, gatekeeper, random, masters !== undefined)
  }

  /**
   * Takes an endpoint for an attempt: one whose trial is due, if this call may be used for that, else
   * the policy's choice. `undefined`: there is none to be had now.
   */
  lease(
    now: number,
    number: number,
    tried: readonly LiveEndpoint[],
    mayFail: boolean,
    route: Route,
  ): Lease | undefined {
    this.#parts.checks?.start()
    this.#parts.tracking?.start()
    if (this.#parts.admission?.admits(route.rank, now) === false) return undefined
    const ticket = this.#parts.serviceCircuit?.admit(now)
    if (this.#parts.serviceCircuit !== undefined && ticket === undefined) return undefined
    let lease: Lease | undefined
    try {
      lease = this.#choose(now, number, tried, mayFail, route, ticket)
    } finally {
      // Also when the policy threw: or a trial of the service's breaker would be lost with it.
      if (lease === undefined && ticket !== undefined) this.#parts.serviceCircuit?.giveBack(ticket)
    }
    return lease
  }

  #choose(
    now: number,
    number: number,
    tried: readonly LiveEndpoint[],
    mayFail: boolean,
    route: Route,
    ticket: Lease['ticket'],
  ): Lease | undefined {
    const { gatekeeper } = this.#parts
    const { pool = this.#parts.endpoints.whole, fallback } = route
    const loopTime = now - this.#parts.lost(now)
    const from = placeOf(route, pool, this.#parts.selector)
    tellOfFallback(route, standsIn(fallback, pool, from), this.#parts.events)
    // A retry goes where it is likely to succeed, so only first attempts try endpoints out ...
    if (number === 1) {
      const trial =
        gatekeeper.takeTrial(mayFail, now, tried, pool) ??
        (from === pool ? undefined : gatekeeper.takeTrial(mayFail, now, tried, from))
      if (trial !== undefined) return this.#begin(trial, number, now, true, ticket)
    }
    const endpoint = this.#pick(now, loopTime, tried, route, from)
    if (endpoint !== undefined) {
      if (from !== pool && route.target !== undefined) route.target.fallbacks++
      return this.#begin(endpoint, number, now, false, ticket)
    }
    // Somebody is well, and only full: that is worth waiting for, or a reason to refuse a call, and none to risk it.
    if (pool.healthy || fallback?.healthy) return undefined
    // ... unless there is nowhere else to go.
    const last =
      gatekeeper.takeTrial(true, now, NOBODY, pool) ??
      (fallback && gatekeeper.takeTrial(true, now, NOBODY, fallback))
    if (last !== undefined) return this.#begin(last, number, now, true, ticket)
    if (!this.#hasLastResort(now, route)) return undefined
    const ill = this.#lastResort.choose(tried, pool) ?? (fallback && this.#lastResort.choose(tried, fallback))
    if (ill !== undefined) return this.#begin(ill, number, now, false, ticket)
    const tested =
      this.#lastResort.takeTrial(now, pool) ?? (fallback && this.#lastResort.takeTrial(now, fallback))
    return tested && this.#begin(tested, number, now, true, ticket)
  }

  /** An endpoint for one more attempt beside those at `avoid`: never as a trial, and never one of them. */
  leaseBackup(now: number, number: number, avoid: readonly LiveEndpoint[], route: Route): Lease | undefined {
    if (this.#parts.admission?.admits(route.rank, now) === false) return undefined
    const ticket = this.#parts.serviceCircuit?.admit(now)
    if (this.#parts.serviceCircuit !== undefined && ticket === undefined) return undefined
    let lease: Lease | undefined
    try {
      const from = placeOf(route, route.pool ?? this.#parts.endpoints.whole, this.#parts.selector)
      const endpoint = this.#pick(now, now - this.#parts.lost(now), avoid, route, from)
      if (endpoint !== undefined && !avoid.includes(endpoint))
        lease = this.#begin(endpoint, number, now, false, ticket)
    } finally {
      if (lease === undefined && ticket !== undefined) this.#parts.serviceCircuit?.giveBack(ticket)
    }
    return lease
  }

  /** The policy's choice, unless that turns out to have gone silent. */
  #pick(
    now: number,
    loopTime: number,
    tried: readonly LiveEndpoint[],
    { key, rank }: Route,
    from: Pool,
  ): LiveEndpoint | undefined {
    const { admission, gatekeeper } = this.#parts
    const { ejector } = gatekeeper
    const first = from.tiers[0]
    if (first !== undefined) ejector?.patrol(first.all, loopTime, now)
    let endpoint = this.#parts.selector.pick(loopTime, tried, key, from)
    // Each time round, one more of them is out.
    while (endpoint !== undefined && ejector?.leavesOut(endpoint, loopTime, now))
      endpoint = this.#parts.selector.pick(loopTime, tried, key, from)
    // Whoever was told of an ejection, or of panic, may have made a call that took the last place.
    return admission?.admits(rank, now) === false ? undefined : endpoint
  }

  /** An endpoint for a copy of a call: only an eligible one, and never as a trial. */
  leaseCopy(
    now: number,
    key: string | undefined,
    pool: Pool,
    onEnd: (endpoint: LiveEndpoint, outcome: Outcome) => void,
  ): Lease | undefined {
    this.#parts.upkeep(now)
    const lost = this.#parts.lost(now)
    const admitted = pool.free && this.#parts.admission?.admits(SHEDDABLE, now) !== false
    const endpoint = admitted ? this.#parts.selector.pick(now - lost, NOBODY, key, pool) : undefined
    if (endpoint === undefined) return undefined
    this.#parts.selector.start(endpoint, now - lost)
    this.#parts.redundancy?.begin(endpoint, now)
    this.#parts.endpoints.begin(endpoint)
    endpoint.calls++
    const owner: LeaseOwner = {
      established() {},
      settle: (lease, outcome, at) => {
        this.#feedback.settleCopy(lease, outcome, at)
        onEnd(endpoint, outcome)
      },
    }
    return new Lease(owner, endpoint, 1, now, lost, false, undefined)
  }

  /**
   * Takes the endpoint whose pause (`Retry-After`) ends first although it has not ended: what a server
   * asked for is not worth an outage, so when there is no time to wait it may decide anew.
   */
  leaseAnyway(now: number, number: number, route: Route): Lease | undefined {
    if (this.#parts.masters?.only) return undefined
    if (this.#parts.admission?.admits(route.rank, now) === false) return undefined
    const endpoint = this.cooling(now, route)
    return endpoint && this.#begin(endpoint, number, now, false, this.#parts.serviceCircuit?.admit(now))
  }

  /** The endpoint that can be waited for when none can be picked. */
  cooling(now: number, { pool = this.#parts.endpoints.whole, fallback }: Route): LiveEndpoint | undefined {
    if (this.#parts.serviceCircuit?.allows(now) === false) return undefined
    return this.#parts.selector.coolest(pool) ?? (fallback && this.#parts.selector.coolest(fallback))
  }

  /** Milliseconds until an endpoint can be picked; `undefined` when there is none in sight. */
  availableIn(now: number, route: Route): number | undefined {
    if (this.#parts.serviceCircuit?.allows(now) === false) return undefined
    if (this.#parts.admission?.isFull(now, route))
      return this.#parts.admission.canWait(route.rank, now) ? 0 : undefined
    const { pool = this.#parts.endpoints.whole, fallback } = route
    if (this.#has(pool) || (fallback !== undefined && this.#has(fallback))) return 0
    if (this.#hasLastResort(now, route)) {
      if (this.#lastResort.has(pool) || (fallback !== undefined && this.#lastResort.has(fallback))) return 0
    }
    // The attempt waits for one itself.
    if (this.#parts.masters !== undefined && this.#parts.masters.patience > 0) return 0
    const cooling = this.cooling(now, route)
    return cooling && Math.max(0, cooling.cooldownUntil - now)
  }

  /** Is there an endpoint where the call would go now that it has not tried? */
  hasUntried(tried: readonly LiveEndpoint[], route: Route): boolean {
    const place = placeOf(route, route.pool ?? this.#parts.endpoints.whole, this.#parts.selector)
    if (!this.#parts.masters?.only) return this.#parts.selector.hasUntried(tried, place)
    const master = this.#parts.masters.of(place)
    return master !== undefined && !tried.includes(master)
  }

  /** Would `leaseBackup` find one? */
  canBackUp(avoid: readonly LiveEndpoint[], route: Route, now: number): boolean {
    const { admission, serviceCircuit } = this.#parts
    if (admission?.admits(route.rank, now) === false || serviceCircuit?.allows(now) === false) return false
    return this.hasUntried(avoid, route)
  }

  #has(pool: Pool): boolean {
    return this.#parts.selector.canPick(pool) || this.#parts.gatekeeper.hasTrials(pool)
  }

  /** May those be called whom checks have given up, when nobody else is left? */
  #hasLastResort(now: number, route: Route): boolean {
    return this.#parts.checks !== undefined && !this.#parts.masters?.only && !this.#isWorthWaiting(now, route)
  }

  /** Is there one who asked for a pause, and with whom nothing else is wrong? */
  #isWorthWaiting(now: number, route: Route): boolean {
    const cooling = this.cooling(now, route)
    return cooling !== undefined && (cooling.gates & Gate.UNHEALTHY) === 0
  }

  #begin(
    endpoint: LiveEndpoint,
    number: number,
    now: number,
    trial: boolean,
    ticket: Lease['ticket'],
  ): Lease {
    const lost = this.#parts.lost(now)
    this.#parts.selector.start(endpoint, now - lost)
    this.#parts.redundancy?.begin(endpoint, now)
    this.#parts.endpoints.begin(endpoint)
    this.#parts.gatekeeper.ejector?.overdue?.sent(endpoint, now - lost)
    endpoint.calls++
    this.#parts.totals.attempts++
    if (endpoint.gates & (Gate.EJECTED | Gate.UNHEALTHY) && !trial) this.#parts.totals.panicPicks++
    if (trial && endpoint.gates & Gate.CIRCUIT) this.#parts.events.emit('circuithalfopened', { endpoint })
    if (ticket?.trial) this.#parts.events.emit('circuithalfopened', { endpoint: undefined })
    // It may have been found on the way that a master has gone silent.
    this.#parts.masters?.review(now)
    return new Lease(this.#feedback, endpoint, number, now, lost, trial, ticket)
  }
}
