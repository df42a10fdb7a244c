import { isWell, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { Outcome } from '../core/outcome.js'
import type { LoadMeter } from '../health/load-meter.js'
import { meterOf } from '../health/meter-of.js'
import { RedundancyAlarm } from '../health/redundancy-alarm.js'
import type { RedundancySettings } from '../health/redundancy-options.js'
import { type Judgement, judge } from '../health/redundancy-rule.js'
import type { Fleet } from '../health/standing.js'
import type { BalancerEvents, Events, RedundancyNumbers } from '../telemetry/events.js'
import { capacityOf, fleetOf } from './redundancy-fleet.js'

/** Up to so many endpoints all changes are looked at as they come; a look at more of them costs too much for that ... */
const SMALL = 100
/** ... and so is taken once in so many ms for each endpoint: 1 s for 10,000. */
const REST = 0.1
/** How often endpoints that warm up are looked at, in ms. */
const WARMING = 1_000

/**
 * Watches how many endpoints the traffic needs, and how many more may fail. It has no timer: it looks when
 * endpoints have changed, and once for each slot of the load, at calls.
 */
export class RedundancyWatch {
  readonly settings: RedundancySettings
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly #meter: LoadMeter | undefined
  readonly #alarm: RedundancyAlarm
  /** Nothing is told before the first call: until then nobody may be listening, or nobody checked. */
  #begun = false
  #revision = -1
  #lookedAt = Number.NEGATIVE_INFINITY
  #dueAt = Number.POSITIVE_INFINITY
  /** What those that were up could carry when it was last looked. */
  #before: ReadonlyMap<LiveEndpoint, number> | undefined
  /** And what was needed then. */
  #neededBefore = 0

  constructor(settings: RedundancySettings, endpoints: EndpointSet, events: Events) {
    this.settings = settings
    this.#endpoints = endpoints
    this.#events = events
    this.#meter = meterOf(settings)
    this.#alarm = new RedundancyAlarm(settings.restoreAfter)
  }

  /** Since when the rule has not held; `undefined` while it does. */
  get lostAt(): number | undefined {
    return this.#alarm.lostAt
  }

  /** An attempt is about to begin. */
  begin(endpoint: LiveEndpoint, now: number): void {
    this.#begun = true
    this.look(now)
    this.#meter?.begin(endpoint, now)
  }

  /** An attempt has ended; its endpoint's gates are as they were. */
  end(endpoint: LiveEndpoint, outcome: Outcome, startedAt: number, now: number): void {
    this.#meter?.end(endpoint, outcome, startedAt, now)
  }

  /** Looks if there may be something new to see. */
  look(now: number): void {
    if (!this.#begun) return
    const { revision, count } = this.#endpoints
    const due = this.#meter === undefined ? this.#dueAt : Math.min(this.#dueAt, this.#meter.due)
    if (revision === this.#revision && now < due) return
    if (count > SMALL && now < this.#lookedAt + count * REST) return
    this.#examine(now)
  }

  /** How it stands now. */
  judge(now: number): Judgement & { readonly fleet: Fleet; readonly needed: number } {
    const fleet = fleetOf(this.#endpoints, this.settings)
    const needed = this.needed(now)
    return { ...judge(fleet, needed, this.settings), fleet, needed }
  }

  /** The peak of the load in its own measure, where there is one to go by. */
  peak(now: number): number | undefined {
    return this.#meter?.peak(now)
  }

  /** What the traffic needs, in units of weight. */
  needed(now: number): number {
    const { required, unit, capacity, measure } = this.settings
    const peak = this.#meter?.peak(now) ?? 0
    // What servers report is multiplied with their weights already.
    const measured = peak === 0 ? 0 : (peak / capacity) * (measure === 'utilization' ? 1 : unit)
    return Math.max(required * unit, measured)
  }

  #examine(now: number): void {
    const endpoints = this.#endpoints
    this.#revision = endpoints.revision
    this.#lookedAt = now
    this.#meter?.look(everyone(endpoints), now)
    const judgement = this.judge(now)
    const cause = this.#compare(judgement.needed)
    const since = this.#alarm.lostAt ?? now
    const change = this.#alarm.update(judgement, now)
    this.#dueAt = Math.min(
      this.#alarm.restoredAt,
      isWarming(endpoints) ? now + WARMING : Number.POSITIVE_INFINITY,
    )
    // Last: who listens may change the list, and come here again.
    if (change === undefined) return
    const numbers = numbersOf(judgement)
    if (change === 'restored') this.#events.emit('redundancyrestored', { ...numbers, lasted: now - since })
    else {
      const { short, weakest } = judgement
      this.#events.emit('redundancylost', { ...numbers, short, ...cause, zone: weakest?.zone })
    }
  }

  /** What has changed since it was last looked: above all, who can carry less. */
  #compare(needed: number): Pick<BalancerEvents['redundancylost'], 'reason' | 'endpoints'> {
    const before = this.#before
    const after = new Map<LiveEndpoint, number>()
    for (const endpoint of this.#endpoints.all())
      if (isWell(endpoint)) after.set(endpoint, capacityOf(endpoint))
    const rose = needed > this.#neededBefore
    this.#before = after
    this.#neededBefore = needed
    if (before === undefined) return { reason: 'never-met', endpoints: [] }
    const endpoints = [...before].filter(([endpoint, capacity]) => (after.get(endpoint) ?? 0) < capacity)
    const otherwise = rose ? 'load-rose' : 'list-changed'
    return {
      reason: endpoints.length > 0 ? 'endpoints-lost' : otherwise,
      endpoints: endpoints.map(([endpoint]) => endpoint),
    }
  }
}

/** What events and snapshots tell of a judgement. */
export function numbersOf({
  required,
  mayFail,
  spare,
  fleet,
  needed,
}: ReturnType<RedundancyWatch['judge']>): RedundancyNumbers {
  const capacity = { required: needed, available: fleet.capacity }
  return { required, available: fleet.units.length, mayFail, spare, capacity }
}

/** Also those that left and are finishing what they have. */
function* everyone(endpoints: EndpointSet): IterableIterator<LiveEndpoint> {
  yield* endpoints.all()
  yield* endpoints.draining()
}

function isWarming(endpoints: EndpointSet): boolean {
  for (const endpoint of endpoints.all()) if (isWell(endpoint) && endpoint.warmth < 1) return true
  return false
}
