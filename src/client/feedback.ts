import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import { Deadlines } from '../runtime/deadlines.js'
import { type Lease, type LeaseOwner, UNUSED } from './lease.js'
import type { Parts } from './parts.js'
import { PROBATION, Probation } from './probation.js'

/** Weight of the newest sample in the latency shown to people. */
const SMOOTHING = 0.1

/** Takes endpoints back with what came of it: the only place where feedback enters. */
export class Feedback implements LeaseOwner {
  readonly #parts: Parts
  readonly #probations: Deadlines

  constructor(parts: Parts) {
    this.#parts = parts
    this.#probations = new Deadlines(parts.clock, false)
  }

  /**
   * Nobody waits any more, and what it takes up is given back at its end. What became of it is judged then; of a connection, and
   * of a trial, for which an endpoint waits, in a while.
   */
  established(lease: Lease, outcome: Outcome, lasting: boolean, now: number): void {
    this.#hear(lease, outcome, now)
    const onPassed = () => {
      const at = this.#parts.clock.now()
      this.#judge(lease, outcome, at)
      this.#parts.masters?.review(at)
    }
    lease.probation = new Probation(outcome, lasting, onPassed)
    // All others are judged at their end: a body that breaks off late, call after call, must not seem to go well in between.
    if (lasting || lease.trial || lease.ticket?.trial) this.#probations.join(lease.probation, now, PROBATION)
  }

  /** In this order: in flight, latency, health, then those who listen, and those who wait for room. */
  settle(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint, probation } = lease
    // It has been judged already, unless its end says more.
    const isOld = probation?.passed === true && (probation.lasting || !isFailure(outcome.kind))
    this.#release(lease, isOld ? probation.outcome : outcome, now)
    if (probation === undefined) this.#hear(lease, outcome, now)
    else if (!isOld) this.#endProbation(probation, endpoint, outcome, now)
    if (!isOld) this.#judge(lease, outcome, now)
    this.#parts.masters?.review(now)
    this.#drain(endpoint)
    this.#parts.redundancy?.look(now)
    this.#parts.admission?.settled(endpoint, outcome, now)
  }

  /**
   * A copy is load like any other, but its failures are not held against the endpoint: what goes wrong
   * with a second version of a call must not take an endpoint away from those who make the first.
   */
  settleCopy(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint } = lease
    this.#release(lease, outcome, now)
    this.#count(endpoint, outcome)
    this.#parts.selector.observe(endpoint, outcome, now - this.#parts.lost(now))
    if (outcome.retryAfter !== undefined) this.#parts.gatekeeper.cool(endpoint, outcome, now)
    this.#parts.masters?.review(now)
    this.#drain(endpoint)
    this.#parts.admission?.settled(endpoint, outcome, now)
  }

  /** What is on probation counts as it stands, and nothing is left running. */
  close(): void {
    this.#probations.each((entry) => {
      this.#probations.leave(entry)
      entry.expire()
    })
    this.#probations.close()
  }

  #release({ endpoint, startedAt }: Lease, outcome: Outcome, now: number): void {
    this.#parts.endpoints.end(endpoint)
    this.#parts.redundancy?.end(endpoint, outcome, startedAt, now)
  }

  /** What is learned of the time that it took. */
  #hear(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint } = lease
    const loopTime = now - this.#parts.lost(now)
    if (tellsLatency(outcome)) this.#parts.latencies.record(outcome.latency, now)
    this.#parts.gatekeeper.ejector?.listen(lease, outcome.kind, loopTime)
    if (lease.trial && outcome.kind === 'success') this.#parts.selector.forget(endpoint)
    this.#parts.selector.observe(endpoint, outcome, loopTime)
  }

  /** What it says of the endpoint's health. */
  #judge(lease: Lease, outcome: Outcome, now: number): void {
    const { endpoint } = lease
    this.#count(endpoint, outcome)
    this.#parts.gatekeeper.observe(endpoint, outcome, lease.epoch, lease.trial, now)
    if (lease.ticket !== undefined) this.#settleService(lease.ticket, lease.number, outcome, now)
    this.#parts.throttle?.observe(outcome.kind, now)
    if (outcome === UNUSED) this.#forget(endpoint)
    else this.#tell(lease, outcome)
  }

  #endProbation(probation: Probation, endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    this.#probations.leave(probation)
    if (!isFailure(outcome.kind)) return
    // Policies were told of a success: to them this is another call, which failed at once.
    const loopTime = now - this.#parts.lost(now)
    this.#parts.selector.start(endpoint, loopTime)
    this.#parts.selector.observe(endpoint, outcome, loopTime)
  }

  #count(endpoint: LiveEndpoint, { kind, latency }: Outcome): void {
    if (kind === 'success') {
      endpoint.successes++
      if (latency >= 0) {
        const { latency: before } = endpoint
        endpoint.latency = Number.isNaN(before) ? latency : before + (latency - before) * SMOOTHING
      }
    } else if (isFailure(kind)) endpoint.failures++
  }

  #settleService(ticket: NonNullable<Lease['ticket']>, number: number, outcome: Outcome, now: number): void {
    const circuit = this.#parts.serviceCircuit
    const change = circuit?.settle(ticket, outcome, now, number > 1)
    if (change === 'opened')
      this.#parts.events.emit('circuitopened', { endpoint: undefined, until: circuit?.openUntil ?? now })
    if (change === 'closed') this.#parts.events.emit('circuitclosed', { endpoint: undefined })
  }

  /** Nothing was sent to an endpoint that had been taken. */
  #forget(endpoint: LiveEndpoint): void {
    endpoint.calls--
    this.#parts.totals.attempts--
  }

  #tell(lease: Lease, outcome: Outcome): void {
    if (!this.#parts.events.has('attempt')) return
    const { endpoint, number } = lease
    const { kind, progress, status, latency, error, timing } = outcome
    this.#parts.events.emit('attempt', { endpoint, kind, progress, status, latency, number, error, timing })
  }

  #drain(endpoint: LiveEndpoint): void {
    const isLast = (endpoint.gates & Gate.REMOVED) !== 0 && endpoint.inFlight === 0
    if (isLast && this.#parts.endpoints.drained(endpoint)) this.#parts.events.emit('drained', { endpoint })
  }
}

/** Answers, and what was waited for in vain: failures are often quick, and say nothing of how long a call takes. */
function tellsLatency({ kind, latency }: Outcome): boolean {
  return latency >= 0 && (kind === 'success' || kind === 'superseded' || kind === 'timeout')
}
