import type { RedundancySettings } from './redundancy-options.js'
import type { Fleet, Standing, Zone } from './standing.js'

/** What the redundancy rule says of a fleet. */
export interface Judgement extends Standing {
  /** How many more ought to be able to fail. */
  readonly spare: number
  /** Does the rule hold? */
  readonly redundant: boolean
  /** With `perZone`: of the zones that cannot be lost, the one that would leave the least; a zone may have no name. */
  readonly weakest: { readonly zone: string | undefined } | undefined
}

/** Judges a fleet by the rule that was asked for. */
export function judge(
  fleet: Fleet,
  required: number,
  { spare, perZone }: Pick<RedundancySettings, 'spare' | 'perZone'>,
): Judgement {
  const standing = fleet.standing(required)
  const weakest = perZone ? weakestZone() : undefined
  return {
    ...standing,
    spare: spareOf(standing),
    redundant: suffices(standing) && weakest === undefined,
    weakest,
  }

  function spareOf({ required: needed }: Standing): number {
    return spare === '2N' ? needed : spare
  }

  function suffices(of: Standing): boolean {
    return !of.short && of.mayFail >= spareOf(of)
  }

  function isSpare(zone: Zone): boolean {
    if (!fleet.canLose(zone, required)) return false
    return spare === 0 || suffices(fleet.without((unit) => unit.zone === zone.name).standing(required))
  }

  function weakestZone(): Judgement['weakest'] {
    let weakest: Judgement['weakest']
    let least = Number.POSITIVE_INFINITY
    for (const zone of fleet.zones) {
      const left = fleet.capacity - zone.capacity
      if (left < least && !isSpare(zone)) {
        weakest = { zone: zone.name }
        least = left
      }
    }
    return weakest
  }
}
