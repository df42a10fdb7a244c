import { invalidConfig } from '../core/errors.js'
import { checkNumber } from '../core/validate.js'

const PERCENT = /^(\d+(?:\.\d+)?)%$/
const WHAT = "ms from the beginning, or a share of the run, '33%'"

/** A moment, still to be made ms of when the length of the run is known. */
export type CheckedMoment = (duration: number) => number

export function checkMoment(given: unknown, path: string, fallback: CheckedMoment): CheckedMoment {
  if (given === undefined) return fallback
  if (typeof given === 'number') {
    const ms = checkNumber(given, path, 0)
    return () => ms
  }
  const share = percentOf(given)
  if (share === undefined || share > 1) throw invalidConfig(path, given, WHAT)
  return (duration) => share * duration
}

/** `'33%'` as 0.33; `undefined` for anything else. */
export function percentOf(given: unknown): number | undefined {
  const match = typeof given === 'string' ? PERCENT.exec(given) : null
  return match === null ? undefined : Number(match[1]) / 100
}
