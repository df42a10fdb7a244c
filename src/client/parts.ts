import type { EndpointSet } from '../core/endpoint-set.js'
import type { LatencyWindow } from '../core/latency-window.js'
import type { Random } from '../core/random.js'
import type { HealthChecks } from '../health/health-checks.js'
import type { ServiceCircuit } from '../resilience/service-circuit.js'
import type { Clock } from '../runtime/clock.js'
import type { Events } from '../telemetry/events.js'
import type { Admission } from './admission.js'
import type { CallThrottle } from './call-throttle.js'
import type { Gatekeeper } from './gatekeeper.js'
import type { Masters } from './masters.js'
import type { RedundancyWatch } from './redundancy-watch.js'
import type { Selector } from './selector.js'
import type { Totals } from './totals.js'
import type { Tracking } from './tracking.js'

/** What a balancer is made of, as those see it who hand endpoints out and take them back. */
export interface Parts {
  readonly clock: Clock
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
  /** With `failover()`: who is master, and the checks that have a say in it. */
  readonly masters: Masters | undefined
  readonly tracking: Tracking | undefined
  readonly redundancy: RedundancyWatch | undefined
  /** Who may begin an attempt, and who waits for that; undefined without limits. */
  readonly admission: Admission | undefined
  readonly throttle: CallThrottle | undefined
  upkeep(now: number): void
  /** For how long the event loop has been held up so far; policies' time stands still meanwhile. */
  lost(now: number): number
}
