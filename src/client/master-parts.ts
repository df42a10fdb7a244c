import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { Random } from '../core/random.js'
import type { Send } from '../health/check-run.js'
import type { Clock } from '../runtime/clock.js'
import type { Events } from '../telemetry/events.js'
import type { Selector } from './selector.js'
import type { Waiters } from './wait.js'

/** What masters are chosen and watched with. */
export interface MasterParts {
  readonly clock: Clock
  readonly random: Random
  readonly endpoints: EndpointSet
  readonly selector: Selector
  readonly events: Events
  readonly firstChecks: Waiters
  readonly send: Send
  /** How many attempts the balancer has made. */
  readonly attempts: () => number
  /** Told of an endpoint that passes a tracked check, which may be what others waited for. */
  readonly onTracked: (endpoint: LiveEndpoint) => void
}
