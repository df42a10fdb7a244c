import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { CheckedEndpoint } from '../health/checked-endpoint.js'
import { type CheckListener, HealthChecks } from '../health/health-checks.js'
import { rankOf } from '../policies/mastership.js'
import type { Events } from '../telemetry/events.js'
import { checkSnapshot, type TrackedSnapshot } from './endpoint-snapshot.js'
import type { MasterParts } from './master-parts.js'
import type { TrackSettings } from './tracked-check.js'

/** One tracked check, and the endpoints that fail it. */
interface Track {
  readonly weight: number
  readonly checks: HealthChecks
  readonly failing: Set<LiveEndpoint>
}

/** Tracked checks of all endpoints: what they find goes into ranks, or says who must not be master. */
export class Tracking {
  readonly #tracks: readonly Track[]
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly #onTracked: MasterParts['onTracked']
  /** Told when ranks, or who can be master, may have changed. */
  readonly #onChanged: (now: number) => void

  constructor(track: readonly TrackSettings[], parts: MasterParts, onChanged: (now: number) => void) {
    this.#endpoints = parts.endpoints
    this.#events = parts.events
    this.#onTracked = parts.onTracked
    this.#onChanged = onChanged
    this.#tracks = track.map(({ weight, settings }) => {
      const listener: CheckListener = {
        onChanged: (checked, _, now) => this.#changed(one, checked, now),
        onRecovered() {},
        onChecked() {},
        onFirst: () => parts.firstChecks.wake(),
      }
      const one = {
        weight,
        checks: new HealthChecks(settings, { ...parts, listener }),
        failing: new Set<LiveEndpoint>(),
      }
      return one
    })
  }

  /** Are calls to wait for the first results? */
  get holds(): boolean {
    return this.#tracks.some(({ checks }) => checks.holds)
  }

  /** Another kind of check has found an endpoint well: it may be the one that first calls wait for. */
  seeAgain(endpoint: LiveEndpoint): void {
    for (const { checks } of this.#tracks) checks.seeAgain(endpoint)
  }

  start(): void {
    for (const { checks } of this.#tracks) checks.start()
  }

  /** An endpoint joined the list: until something is known of it, it passes, or fails with `beforeTraffic`. */
  add(endpoint: LiveEndpoint, founding: boolean): void {
    for (const { checks, failing } of this.#tracks) {
      checks.add(endpoint, founding)
      if (checks.beforeTraffic) failing.add(endpoint)
    }
    this.#apply(endpoint)
  }

  remove(endpoint: LiveEndpoint): void {
    for (const { checks, failing } of this.#tracks) {
      failing.delete(endpoint)
      checks.remove(endpoint)
    }
  }

  resubset(): void {
    for (const { checks } of this.#tracks) checks.resubset()
  }

  close(): void {
    for (const { checks } of this.#tracks) checks.close()
  }

  /** What each check says of an endpoint. */
  snapshot(endpoint: LiveEndpoint): Record<string, TrackedSnapshot> {
    const said = this.#tracks.flatMap(({ weight, checks, failing }): [string, TrackedSnapshot][] => {
      const checked = checks.of(endpoint)
      if (checked === undefined) return []
      return [[checks.settings.name, { passed: !failing.has(endpoint), weight, ...checkSnapshot(checked) }]]
    })
    return Object.fromEntries(said)
  }

  #changed(
    { weight, checks, failing }: Track,
    { endpoint, healthy, error }: CheckedEndpoint,
    now: number,
  ): void {
    const passed = healthy === true
    if (passed === !failing.has(endpoint)) return
    if (passed) failing.delete(endpoint)
    else failing.add(endpoint)
    this.#apply(endpoint)
    const check = checks.settings.name
    this.#events.emit('tracked', { endpoint, check, passed, weight, rank: rankOf(endpoint), error })
    this.#onChanged(now)
    if (!passed) return
    this.seeAgain(endpoint)
    this.#onTracked(endpoint)
  }

  /**
   * As Keepalived has it: a weight above 0 is added while the check passes, one below while it fails; without
   * a weight, one that fails must not be master.
   */
  #apply(endpoint: LiveEndpoint): void {
    let tracked = 0
    let fault = false
    for (const { weight, failing } of this.#tracks) {
      const fails = failing.has(endpoint)
      if (weight === 0) fault ||= fails
      else if (fails === weight < 0) tracked += weight
    }
    this.#endpoints.rank(endpoint, tracked)
    if (fault) this.#endpoints.close(endpoint, Gate.FAULT)
    else this.#endpoints.open(endpoint, Gate.FAULT)
  }
}
