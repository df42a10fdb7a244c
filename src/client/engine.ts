import type { EndpointSet } from '../core/endpoint-set.js'
import type { LatencyWindow } from '../core/latency-window.js'
import type { Random } from '../core/random.js'
import type { HealthChecks } from '../health/health-checks.js'
import type { ConcurrencySettings } from '../overload/concurrency-options.js'
import type { ThrottleSettings } from '../overload/throttle.js'
import type { ServiceCircuit } from '../resilience/service-circuit.js'
import type { Clock } from '../runtime/clock.js'
import { Deadlines } from '../runtime/deadlines.js'
import type { Events } from '../telemetry/events.js'
import { Admission } from './admission.js'
import { CallThrottle } from './call-throttle.js'
import { Feedback } from './feedback.js'
import type { Gatekeeper } from './gatekeeper.js'
import { Leasing } from './leasing.js'
import type { Lookout } from './lookout.js'
import type { Masters } from './masters.js'
import type { Parts } from './parts.js'
import type { RedundancyWatch } from './redundancy-watch.js'
import type { Selector } from './selector.js'
import type { Totals } from './totals.js'
import type { Tracking } from './tracking.js'
import type { Waiters } from './wait.js'

/** The wired parts of one balancer. */
export class Engine implements Parts {
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
  /** Asks for another list when this one is of no use. */
  readonly lookout: Lookout
  /** Who may begin an attempt, and who waits for that; undefined without limits. */
  readonly admission: Admission | undefined
  readonly throttle: CallThrottle | undefined
  /** Who hands endpoints out, and who takes them back. */
  readonly leasing: Leasing
  readonly feedback: Feedback

  constructor(
    parts: Omit<Parts, 'admission' | 'throttle' | 'upkeep' | 'lost'> & {
      name: string
      firstChecks: Waiters
      lookout: Lookout
      concurrency: ConcurrencySettings | undefined
      throttle: ThrottleSettings | undefined
    },
  ) {
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
    this.lookout = parts.lookout
    this.masters = parts.masters
    this.tracking = parts.tracking
    this.admission = parts.concurrency && new Admission(this, parts.concurrency)
    this.throttle = parts.throttle && new CallThrottle(this, parts.random, parts.throttle)
    this.feedback = new Feedback(this)
    this.leasing = new Leasing(this, this.feedback)
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
}
