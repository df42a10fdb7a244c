import { Gate, type LiveEndpoint, TRIED, Trial, trialDueAt } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { LatencyWindow } from '../core/latency-window.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import type { OutlierDetection } from '../health/outlier-detection.js'
import type { SlowStart } from '../health/slow-start.js'
import type { CircuitBreakerOptions } from '../resilience/circuit-breaker-options.js'
import type { Events } from '../telemetry/events.js'
import { Circuits } from './circuits.js'
import { Ejector } from './ejector.js'
import { TrialQueue } from './trial-queue.js'

/**
 * Where health and resilience meet: turns outcomes into gates in front of endpoints, and opens the
 * gates again. An endpoint that was ejected or whose breaker opened comes back by a trial: when its
 * time is up, one call is sent there, and how that call ends decides.
 */
export class Gatekeeper {
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly ejector: Ejector | undefined
  readonly #slowStart: SlowStart | undefined
  readonly #circuits: Circuits
  /** Told of an endpoint that calls have got ejected, whose breaker they have opened, or that has begun to fail them. */
  readonly #onSuspect: (endpoint: LiveEndpoint, now: number) => void
  /** Does a call try endpoints out before they are back? Else they are when their time is up. */
  readonly #tries: boolean
  /** Endpoints with a gate that ends by time. */
  readonly #gated = new Set<LiveEndpoint>()
  readonly #trials = new TrialQueue()
  /** When there is next something to do. */
  nextUpkeep = Number.POSITIVE_INFINITY

  constructor(
    endpoints: EndpointSet,
    events: Events,
    outlier: OutlierDetection | undefined,
    breaker: Required<CircuitBreakerOptions> | undefined,
    slowStart: SlowStart | undefined,
    onSuspect: (endpoint: LiveEndpoint, now: number) => void,
    latencies: LatencyWindow,
    tries = true,
  ) {
    this.#endpoints = endpoints
    this.#events = events
    this.#circuits = new Circuits(breaker)
    this.#slowStart = slowStart
    this.#onSuspect = onSuspect
    this.#tries = tries
    if (outlier === undefined) return
    const onOut = (endpoint: LiveEndpoint, until: number, now: number) => this.#keepOut(endpoint, until, now)
    this.ejector = new Ejector(endpoints, events, outlier, latencies, onOut)
    this.nextUpkeep = this.ejector.next
  }

  /** Takes in the outcome of an attempt that began in `epoch`. */
  observe(endpoint: LiveEndpoint, outcome: Outcome, epoch: number, trial: boolean, now: number): void {
    if ((endpoint.gates & Gate.REMOVED) !== 0) return
    const { kind, retryAfter } = outcome
    const cooling = (endpoint.gates & Gate.COOLDOWN) !== 0
    if (retryAfter !== undefined) this.cool(endpoint, outcome, now)
    // An older trial that was given up for lost may still end: that is not the end of this one.
    if (trial && endpoint.trial === Trial.RUNNING && epoch === endpoint.trialEpoch)
      return this.#endTrial(endpoint, outcome, now)
    // A result from before the endpoint was ejected, broken, tried or readmitted says nothing about it now.
    if (epoch !== endpoint.epoch) return
    const failed = isFailure(kind)
    if (!failed && kind !== 'success') return
    const pauses = failed && retryAfter !== undefined && retryAfter > 0
    // It had asked for a pause before this call found out: a queue that is full is one event, however many see it.
    if (pauses && cooling) return
    this.ejector?.observe(endpoint, kind, pauses, now)
    // By a listener that was told of the ejection.
    if ((endpoint.gates & Gate.REMOVED) !== 0) return
    if (endpoint.consecutiveFailures === 1) this.#onSuspect(endpoint, now)
    const until = this.#circuits.watch(endpoint, failed ? outcome : undefined, now)
    if (until !== undefined) this.#tripped(endpoint, until, now)
  }

  /** Opens gates whose time is up, and makes trials due. */
  upkeep(now: number): void {
    this.#slowStart?.upkeep(this.#endpoints, now)
    let next = Math.min(
      this.ejector?.upkeep(now) ?? Number.POSITIVE_INFINITY,
      this.#slowStart?.next ?? Number.POSITIVE_INFINITY,
    )
    for (const endpoint of this.#gated) next = Math.min(next, this.#expire(endpoint, now))
    this.nextUpkeep = next
  }

  /** An endpoint that this call is to try out, marked as being tried. */
  takeTrial(
    mayFail: boolean,
    now: number,
    avoid: readonly LiveEndpoint[],
    within: Pool,
    closed: number = TRIED,
  ): LiveEndpoint | undefined {
    if (this.#trials.empty) return undefined
    const endpoint = this.#trials.take(mayFail, now, avoid, within, closed)
    if (endpoint === undefined) return undefined
    endpoint.trialAt = now
    endpoint.trial = Trial.RUNNING
    endpoint.trialEpoch = ++endpoint.epoch
    this.#hold(endpoint, now + TRIAL_LIMIT)
    return endpoint
  }

  /** Is there an endpoint in a pool that could be tried out now? */
  hasTrials(within: Pool, closed: number = TRIED): boolean {
    return this.#trials.ready(within, closed)
  }

  /** Lets go of all that is kept for an endpoint that left the list. */
  forget(endpoint: LiveEndpoint): void {
    this.#circuits.forget(endpoint)
    this.ejector?.forget(endpoint)
    this.#slowStart?.forget(endpoint)
    this.#gated.delete(endpoint)
    this.#trials.drop(endpoint)
  }

  /** An endpoint is new, or back: it gets little at first, if that is asked for. */
  warmUp(endpoint: LiveEndpoint, now: number): void {
    if (this.#slowStart === undefined || endpoint.weight === 0) return
    this.#slowStart.begin(endpoint, this.#endpoints, now)
    this.nextUpkeep = Math.min(this.nextUpkeep, this.#slowStart.next)
  }

  /** Until when an endpoint warms up; `undefined` for one that is warm. */
  warmAt(endpoint: LiveEndpoint): number | undefined {
    return this.#slowStart?.until(endpoint)
  }

  /** Takes up again an endpoint that came back while it was draining. */
  resume(endpoint: LiveEndpoint): void {
    // Its breaker was let go of; what the breaker knew is as old as the time it was away.
    this.#endpoints.open(endpoint, Gate.CIRCUIT)
    this.ejector?.resume(endpoint)
    if (endpoint.gates & (Gate.EJECTED | Gate.COOLDOWN)) this.#hold(endpoint)
  }

  close(): void {
    this.#circuits.close()
    this.#gated.clear()
    this.#trials.clear()
  }

  /** Checks say that an endpoint is not well: nobody is sent there, whatever the calls say. */
  shut(endpoint: LiveEndpoint): void {
    endpoint.epoch++
    this.#endpoints.close(endpoint, Gate.UNHEALTHY)
  }

  /** Checks say that it is well, or well again: then it is cold. */
  unshut(endpoint: LiveEndpoint, cold: boolean, now: number): void {
    endpoint.epoch++
    this.#endpoints.open(endpoint, Gate.UNHEALTHY)
    if (endpoint.gates & TRIED) return this.hasten(endpoint, now)
    // What it was ill of is over: failures from before do not go on counting.
    this.ejector?.acquit(endpoint)
    if (cold) this.warmUp(endpoint, now)
  }

  /**
   * What an ejected endpoint, or one with an open breaker, was out for seems to be over: its trial is due.
   * One call decides, since a check may be content with less than calls ask for.
   */
  hasten(endpoint: LiveEndpoint, now: number): void {
    const { gates } = endpoint
    if ((gates & TRIED) === 0 || (gates & Gate.REMOVED) !== 0) return
    endpoint.ejectedUntil = Math.min(endpoint.ejectedUntil, now)
    endpoint.circuitUntil = Math.min(endpoint.circuitUntil, now)
    this.#hold(endpoint, now)
  }

  /** An endpoint asked to be left alone. */
  cool(endpoint: LiveEndpoint, { retryAfter = 0, status }: Outcome, now: number): void {
    if ((endpoint.gates & Gate.REMOVED) !== 0) return
    const until = now + retryAfter
    if (endpoint.gates & Gate.COOLDOWN && endpoint.cooldownUntil >= until) return
    endpoint.cooldownUntil = until
    this.#endpoints.close(endpoint, Gate.COOLDOWN)
    this.#hold(endpoint, until)
    this.#events.emit('cooldown', { endpoint, until, status })
  }

  /** An endpoint was ejected, or stays so. */
  #keepOut(endpoint: LiveEndpoint, until: number, now: number): void {
    this.#trials.drop(endpoint)
    this.#hold(endpoint, until)
    this.#onSuspect(endpoint, now)
  }

  #tripped(endpoint: LiveEndpoint, until: number, now: number): void {
    endpoint.circuitUntil = until
    endpoint.epoch++
    // In panic mode an endpoint whose trial is due, or under way, is called all the same, and can break.
    this.#trials.drop(endpoint)
    this.#endpoints.close(endpoint, Gate.CIRCUIT)
    this.#hold(endpoint, until)
    this.#onSuspect(endpoint, now)
    this.#events.emit('circuitopened', { endpoint, until })
  }

  #endTrial(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind } = outcome
    const { ejector } = this
    // One that was overtaken has not shown that the endpoint works.
    const failed =
      isFailure(kind) || kind === 'superseded' || ejector?.isTrialFailure(endpoint, outcome) === true
    if (!failed && kind !== 'success') {
      // It says nothing: the next call is the trial.
      this.#trials.add(endpoint, endpoint.trialAt)
      return
    }
    endpoint.trial = Trial.NONE
    if (endpoint.gates & Gate.CIRCUIT) {
      const until = this.#circuits.endTrial(endpoint, failed ? kind : undefined, now)
      if (until !== undefined) this.#tripped(endpoint, until, now)
    }
    if (!failed) return this.#readmit(endpoint, now)
    if (endpoint.gates & Gate.EJECTED) ejector?.prolong(endpoint, kind, now)
  }

  #readmit(endpoint: LiveEndpoint, now: number): void {
    const { gates } = endpoint
    endpoint.epoch++
    this.#circuits.forget(endpoint)
    this.ejector?.acquit(endpoint)
    this.#endpoints.open(endpoint, TRIED)
    this.warmUp(endpoint, now)
    if (gates & Gate.CIRCUIT) this.#events.emit('circuitclosed', { endpoint })
    if (gates & Gate.EJECTED) this.#events.emit('readmitted', { endpoint })
  }

  /** Opens what has expired; returns when the next gate does. */
  #expire(endpoint: LiveEndpoint, now: number): number {
    let next = Number.POSITIVE_INFINITY
    if (endpoint.gates & Gate.COOLDOWN) {
      if (now >= endpoint.cooldownUntil) this.#endpoints.open(endpoint, Gate.COOLDOWN)
      else next = endpoint.cooldownUntil
    }
    if ((endpoint.gates & TRIED) !== 0 && endpoint.trial === Trial.NONE) {
      const until = trialDueAt(endpoint)
      if (now < until) next = Math.min(next, until)
      else if (this.#tries) this.#trials.add(endpoint, now)
      // Back without a trial, where nobody may be called to try it out.
      else this.#readmit(endpoint, now)
    }
    if (endpoint.trial === Trial.RUNNING) {
      if (now >= endpoint.trialAt + TRIAL_LIMIT) this.#trials.add(endpoint, now)
      else next = Math.min(next, endpoint.trialAt + TRIAL_LIMIT)
    }
    if ((endpoint.gates & TIMED) === 0) this.#gated.delete(endpoint)
    return next
  }

  #hold(endpoint: LiveEndpoint, until = 0): void {
    this.#gated.add(endpoint)
    this.nextUpkeep = Math.min(this.nextUpkeep, until)
  }
}

const TIMED = TRIED | Gate.COOLDOWN

/**
 * A trial that has not ended by then was lost (a `pick` that was never given back, a call without a
 * timeout), and the next call is the trial: 60 s.
 */
const TRIAL_LIMIT = 60_000
