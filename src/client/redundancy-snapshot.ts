import type { LoadMeasure } from '../health/redundancy-options.js'
import type { RedundancyNumbers } from '../telemetry/events.js'
import { numbersOf, type RedundancyWatch } from './redundancy-watch.js'

/** How many endpoints the traffic needs, and how many more may fail. */
export interface RedundancySnapshot extends RedundancyNumbers {
  /** Does the rule hold now? */
  readonly redundant: boolean
  /** Are fewer left than the traffic needs? */
  readonly short: boolean
  /** With `capacity`: what is measured, its peak (missing until there is one), and what one endpoint can carry. */
  readonly load?: { readonly measure: LoadMeasure; readonly peak?: number; readonly capacity: number }
  /** Since when `redundancylost` holds, where `redundancyrestored` has not been told yet. */
  readonly lostAt?: number
  /** Each zone with somebody up; who has no zone is in one without a name. */
  readonly zones: readonly {
    readonly zone?: string
    readonly available: number
    /** What of the capacity would go with it. */
    readonly capacity: number
    /** Would the rest be enough for the traffic? */
    readonly canLose: boolean
  }[]
}

/** A balancer's redundancy in numbers. */
export function redundancySnapshot(watch: RedundancyWatch, now: number): RedundancySnapshot {
  const { measure, capacity } = watch.settings
  const judgement = watch.judge(now)
  const { redundant, short, fleet, needed } = judgement
  const { lostAt } = watch
  const peak = watch.peak(now)
  return {
    redundant,
    short,
    ...numbersOf(judgement),
    ...(measure !== undefined && { load: { measure, ...(peak !== undefined && { peak }), capacity } }),
    ...(lostAt !== undefined && { lostAt }),
    zones: fleet.zones.map((zone) => ({
      ...(zone.name !== undefined && { zone: zone.name }),
      available: zone.units.length,
      capacity: zone.capacity,
      canLose: fleet.canLose(zone, needed),
    })),
  }
}
