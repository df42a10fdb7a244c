import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { LatencyWindow } from '../core/latency-window.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import type { Random } from '../core/random.js'
import type { HealthChecks } from '../health/health-checks.js'
import { SHEDDABLE } from '../overload/call-priority.js'
import type { ConcurrencySettings } from '../overload/concurrency-options.js'
import type { ThrottleSettings } from '../overload/throttle.js'
import type { ServiceCircuit } from '../resilience/service-circuit.js'
import type { Clock } from '../runtime/clock.js'
import { Deadlines } from '../runtime/deadlines.js'
import type { Events } from '../telemetry/events.js'
import { Admission } from './admission.js'
import { CallThrottle } from './call-throttle.js'
import type { Gatekeeper } from './gatekeeper.js'
import { LastResort } from './last-resort.js'
import { Lease, type LeaseOwner, UNUSED } from './lease.js'
import type { Masters } from './masters.js'
import { placeOf, standsIn, tellOfFallback } from './place.js'
import type { RedundancyWatch } from './redundancy-watch.js'
import type { Route } from './route.js'
import type { Selector } from './selector.js'
import type { Totals } from './totals.js'
import type { Tracking } from './tracking.js'
import type { Waiters } from './wait.js'

/** Weight of the newest sample in the latency shown to people. */
const SMOOTHING = 0.1
const NOBODY: readonly LiveEndpoint[] = []

/** The wired parts of one balancer, and the only place where feedback enters. */
export class Engine implements LeaseOwner {
  readonly name: string
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** When calls are to be sent a second time. */
  readonly hedges: Deadlines
  readonly random: Random
  readonly endpoints: EndpointSet
  readonly events: Events
  readonly selector: Selector
  readonly gatekeeper: Gatekeeper
  readonly serviceCircuit: ServiceCircuit | undefined
  readonly totals: Totals
  /** What answers took lately, of all endpoints. */
  readonly latencies: LatencyWindow
  readonly checks: HealthChecks | undefined
  /** Woken when the first health checks let calls through. */
  readonly firstChecks: Waiters
  /** With `failover()`: who is master, and the checks that have a say in it. */
  readonly masters: Masters | undefined
  readonly tracking: Tracking | undefined
  readonly redundancy: RedundancyWatch | undefined
  /** Who may begin an attempt, and who waits for that; undefined without limits. */
  readonly admission: Admission | undefined
  readonly throttle: CallThrottle | undefined
  readonly #lastResort: LastResort

  constructor(parts: {
    name: string
    clock: Clock
    random: Random
    endpoints: EndpointSet
    events: Events
    selector: Selector
    gatekeeper: Gatekeeper
    serviceCircuit: ServiceCircuit | undefined
    totals: Totals
    latencies: LatencyWindow
    checks: HealthChecks | undefined
    firstChecks: Waiters
    masters: Masters | undefined
    tracking: Tracking | undefined
    redundancy: RedundancyWatch | undefined
    concurrency: ConcurrencySettings | undefined
    throttle: ThrottleSettings | undefined
  }) {
    this.name = parts.name
    this.clock = parts.clock
    this.deadlines = new Deadlines(parts.clock)
    this.hedges = new Deadlines(parts.clock)
    this.random = parts.random
    this.endpoints = parts.endpoints
    this.events = parts.events
    this.selector = parts.selector
    this.gatekeeper = parts.gatekeeper
    this.serviceCircuit = parts.serviceCircuit
    this.totals = parts.totals
    this.latencies = parts.latencies
    this.checks = parts.checks
    this.firstChecks = parts.firstChecks
    this.redundancy = parts.redundancy
    this.masters = parts.masters
    this.tracking = parts.tracking
    this.admission = parts.concurrency && new Admission(this, parts.concurrency)
    this.throttle = parts.throttle && new CallThrottle(this, parts.random, parts.throttle)
    const inOrder = parts.masters !== undefined
    this.#lastResort = new LastResort(parts.endpoints, parts.gatekeeper, parts.random, inOrder)
  }

  upkeep(now: number): void {
    if (now >= this.gatekeeper.nextUpkeep) {
      this.gatekeeper.upkeep(now)
      this.admission?.serve(now)
    }
    this.masters?.review(now)
  }

  /** For how long the event loop has been held up so far; policies' time stands still meanwhile. */
  lost(now: number): number {
    return this.clock.loop?.lost(now) ?? 0
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
    this.checks?.start()
    this.tracking?.start()
    if (this.admission?.admits(route.rank, now) === false) return undefined
    const ticket = this.serviceCircuit?.admit(now)
    if (this.serviceCircuit !== undefined && ticket === undefined) return undefined
    let lease: Lease | undefined
    try {
      lease = this.#choose(now, number, tried, mayFail, route, ticket)
    } finally {
      // Also when the policy threw: or a trial of the service's breaker would be lost with it.
      if (lease === undefined && ticket !== undefined) this.serviceCircuit?.giveBack(ticket)
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
    const { gatekeeper } = this
    const { pool = this.endpoints.whole, fallback } = route
    const loopTime = now - this.lost(now)
    const from = placeOf(route, pool, this.selector)
    tellOfFallback(route, standsIn(fallback, pool, from), this.events)
    // A retry goes where it is likely to succeed, so only first attempts try endpoints out ...
    if (number === 1) {
      const trial =
        gatekeeper.takeTrial(mayFail, now, tried, pool) ??
        (from === pool ? undefined : gatekeeper.takeTrial(mayFail, now, tried, from))
      if (trial !== undefined) return this.#begin(trial, number, now, true, ticket)
    }
    const endpoint = this.#pick(now, loopTime, tried, route.key, from)
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
    if (this.admission?.admits(route.rank, now) === false) return undefined
    const ticket = this.serviceCircuit?.admit(now)
    if (this.serviceCircuit !== undefined && ticket === undefined) return undefined
    let lease: Lease | undefined
    try {
      const from = placeOf(route, route.pool ?? this.endpoints.whole, this.selector)
      const endpoint = this.#pick(now, now - this.lost(now), avoid, route.key, from)
      if (endpoint !== undefined && !avoid.includes(endpoint))
        lease = this.#begin(endpoint, number, now, false, ticket)
    } finally {
      if (lease === undefined && ticket !== undefined) this.serviceCircuit?.giveBack(ticket)
    }
    return lease
  }

  /** The policy's choice, unless that turns out to have gone silent. */
  #pick(
    now: number,
    loopTime: number,
    tried: readonly LiveEndpoint[],
    key: string | undefined,
    from: Pool,
  ): LiveEndpoint | undefined {
    const { ejector } = this.gatekeeper
    const first = from.tiers[0]
    if (first !== undefined) ejector?.patrol(first.all, loopTime, now)
    let endpoint = this.selector.pick(loopTime, tried, key, from)
    // Each time round, one more of them is out.
    while (endpoint !== undefined && ejector?.leavesOut(endpoint, loopTime, now))
      endpoint = this.selector.pick(loopTime, tried, key, from)
    return endpoint
  }

  /** An endpoint for a copy of a call: only an eligible one, and never as a trial. */
  leaseCopy(
    now: number,
    key: string | undefined,
    pool: Pool,
    onEnd: (endpoint: LiveEndpoint, outcome: Outcome) => void,
  ): Lease | undefined {
    this.upkeep(now)
    const lost = this.lost(now)
    const admitted = pool.free && this.admission?.admits(SHEDDABLE, now) !== false
    const endpoint = admitted ? this.selector.pick(now - lost, NOBODY, key, pool) : undefined
    if (endpoint === undefined) return undefined
    this.selector.start(endpoint, now - lost)
    this.redundancy?.begin(endpoint, now)
    this.endpoints.begin(endpoint)
    endpoint.calls++
    const owner: LeaseOwner = {
      answered() {},
      settle: (lease, outcome, at) => {
        this.#settleCopy(lease, outcome, at)
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
    if (this.masters?.only) return undefined
    if (this.admission?.admits(route.rank, now) === false) return undefined
    const endpoint = this.cooling(now, route)
    return endpoint && this.#begin(endpoint, number, now, false, this.serviceCircuit?.admit(now))
  }

  /** The endpoint that can be waited for when none can be picked. */
  cooling(now: number, { pool = this.endpoints.whole, fallback }: Route): LiveEndpoint | undefined {
    if (this.serviceCircuit?.allows(now) === false) return undefined
    return this.selector.coolest(pool) ?? (fallback && this.selector.coolest(fallback))
  }

  /** Milliseconds until an endpoint can be picked; `undefined` when there is none in sight. */
  availableIn(now: number, route: Route): number | undefined {
    if (this.serviceCircuit?.allows(now) === false) return undefined
    if (this.admission?.isFull(now, route)) return this.admission.canWait(route.rank, now) ? 0 : undefined
    const { pool = this.endpoints.whole, fallback } = route
    if (this.#has(pool) || (fallback !== undefined && this.#has(fallback))) return 0
    if (this.#hasLastResort(now, route)) {
      if (this.#lastResort.has(pool) || (fallback !== undefined && this.#lastResort.has(fallback))) return 0
    }
    // The attempt waits for one itself.
    if (this.masters !== undefined && this.masters.patience > 0) return 0
    const cooling = this.cooling(now, route)
    return cooling && Math.max(0, cooling.cooldownUntil - now)
  }

  /** Is there an endpoint where the call would go now that it has not tried? */
  hasUntried(tried: readonly LiveEndpoint[], route: Route): boolean {
    const place = placeOf(route, route.pool ?? this.endpoints.whole, this.selector)
    if (!this.masters?.only) return this.selector.hasUntried(tried, place)
    const master = this.masters.of(place)
    return master !== undefined && !tried.includes(master)
  }

  #has(pool: Pool): boolean {
    return this.selector.canPick(pool) || this.gatekeeper.hasTrials(pool)
  }

  /** May those be called whom checks have given up, when nobody else is left? */
  #hasLastResort(now: number, route: Route): boolean {
    return this.checks !== undefined && !this.masters?.only && !this.#isWorthWaiting(now, route)
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
    const lost = this.lost(now)
    this.selector.start(endpoint, now - lost)
    this.redundancy?.begin(endpoint, now)
    this.endpoints.begin(endpoint)
    this.gatekeeper.ejector?.overdue?.sent(endpoint, now - lost)
    endpoint.calls++
    this.totals.attempts++
    if (endpoint.gates & (Gate.EJECTED | Gate.UNHEALTHY) && !trial) this.totals.panicPicks++
    if (ticket?.trial) this.events.emit('circuithalfopened', { endpoint: undefined })
    return new Lease(this, endpoint, number, now, lost, trial, ticket)
  }

  /** There are headers, and a body that is still being read. */
  answered({ endpoint }: Lease, now: number): void {
    this.gatekeeper.ejector?.overdue?.heard(endpoint, now - this.lost(now))
  }

  /** In this order: in flight, latency, health, then those who listen, and those who wait for room. */
  settle(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint } = lease
    const loopTime = now - this.lost(now)
    this.#count(lease, outcome, now)
    if (tellsLatency(outcome)) this.latencies.record(outcome.latency, now)
    this.gatekeeper.ejector?.listen(lease, outcome.kind, loopTime)
    if (lease.trial && outcome.kind === 'success') this.selector.forget(endpoint)
    this.selector.observe(endpoint, outcome, loopTime)
    this.gatekeeper.observe(endpoint, outcome, lease.epoch, lease.trial, now)
    if (lease.ticket !== undefined) this.#settleService(lease.ticket, outcome, now)
    this.throttle?.observe(outcome.kind, now)
    if (outcome === UNUSED) this.#forget(endpoint)
    else this.#tell(lease, outcome)
    this.masters?.review(now)
    this.#drain(endpoint)
    this.redundancy?.look(now)
    this.admission?.settled(endpoint, outcome, now)
  }

  /**
   * A copy is load like any other, but its failures are not held against the endpoint: what goes wrong
   * with a second version of a call must not take an endpoint away from those who make the first.
   */
  #settleCopy(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint } = lease
    this.#count(lease, outcome, now)
    this.selector.observe(endpoint, outcome, now - this.lost(now))
    if (outcome.retryAfter !== undefined) this.gatekeeper.cool(endpoint, outcome, now)
    this.masters?.review(now)
    this.#drain(endpoint)
    this.admission?.settled(endpoint, outcome, now)
  }

  #count({ endpoint, startedAt }: Lease, outcome: Outcome, now: number): void {
    const { kind, latency } = outcome
    this.endpoints.end(endpoint)
    this.redundancy?.end(endpoint, outcome, startedAt, now)
    if (kind === 'success') {
      endpoint.successes++
      if (latency >= 0) {
        const { latency: before } = endpoint
        endpoint.latency = Number.isNaN(before) ? latency : before + (latency - before) * SMOOTHING
      }
    } else if (isFailure(kind)) endpoint.failures++
  }

  #settleService(ticket: NonNullable<Lease['ticket']>, outcome: Outcome, now: number): void {
    const circuit = this.serviceCircuit
    const change = circuit?.settle(ticket, outcome, now)
    if (change === 'opened')
      this.events.emit('circuitopened', { endpoint: undefined, until: circuit?.openUntil ?? now })
    if (change === 'closed') this.events.emit('circuitclosed', { endpoint: undefined })
  }

  /** Nothing was sent to an endpoint that had been taken. */
  #forget(endpoint: LiveEndpoint): void {
    endpoint.calls--
    this.totals.attempts--
  }

  #tell(lease: Lease, outcome: Outcome): void {
    if (!this.events.has('attempt')) return
    const { endpoint, number } = lease
    const { kind, progress, status, latency, error } = outcome
    this.events.emit('attempt', { endpoint, kind, progress, status, latency, number, error })
  }

  #drain(endpoint: LiveEndpoint): void {
    const isLast = (endpoint.gates & Gate.REMOVED) !== 0 && endpoint.inFlight === 0
    if (isLast && this.endpoints.drained(endpoint)) this.events.emit('drained', { endpoint })
  }
}

/** Answers, and what was waited for in vain: failures are often quick, and say nothing of how long a call takes. */
function tellsLatency({ kind, latency }: Outcome): boolean {
  return latency >= 0 && (kind === 'success' || kind === 'superseded' || kind === 'timeout')
}
