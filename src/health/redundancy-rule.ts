import type { RedundancySettings } from './redundancy-options.js'
import type { Fleet, Standing } from './standing.js'

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

  function weakestZone(): Judgement['weakest'] {
    let weakest: Judgement['weakest']
    let least = Number.POSITIVE_INFINITY
    for (const zone of fleet.zones) {
      const rest = fleet.without((unit) => unit.zone === zone)
      if (rest.capacity >= least) continue
      // Of most rules that is all there is to ask, and it costs less.
      const holds = spare === 0 ? !rest.isShort(required) : suffices(rest.standing(required))
      if (holds) continue
      weakest = { zone }
      least = rest.capacity
    }
    return weakest
  }
}
