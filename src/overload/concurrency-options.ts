import { invalidConfig } from '../core/errors.js'
import { checkChoice, checkDuration, checkNumber, checkObject } from '../core/validate.js'
import { AdaptiveLimit } from './adaptive-limit.js'

/** How calls wait that find no room. */
export interface QueueOptions {
  /** How many may wait; above that they are refused at once. Default 100. */
  readonly size?: number
  /**
   * The longest a call waits, in ms; never past its own deadline. Default 1 000.
   */
  readonly timeout?: number
  /**
   * Who is next: the one that has waited longest (`'fifo'`), the one that came last (`'lifo'`), or the former
   * until the queue has not been empty for `timeout` ms, and the latter from then on (`'adaptive'`). Then those
   * that come wait a twentieth of `timeout` at the most: what is served is fresh, and its caller still there.
   * Default `'adaptive'`.
   *
   * Source: "Fail at Scale" (ACM Queue, 2015), adaptive LIFO and controlled delay.
   */
  readonly order?: QueueOrder
}

export type QueueOrder = 'fifo' | 'lifo' | 'adaptive'

/** How many attempts of this process may be under way at a time. */
export interface ConcurrencyOptions {
  /**
   * At each endpoint, whatever its weight: a number, or `adaptiveLimit()`. One that is full is passed over like one
   * that is not there, and counts as well all the same. Default: no limit.
   */
  readonly maxPerEndpoint?: number | AdaptiveLimit
  /** At all endpoints together. Default: no limit. */
  readonly maxTotal?: number
  /** Where calls wait for room; `false` for nowhere: they are refused at once. Default: nowhere. */
  readonly queue?: QueueOptions | false
}

/** Checked and completed. */
export interface ConcurrencySettings {
  readonly maxPerEndpoint: number | AdaptiveLimit
  readonly maxTotal: number
  readonly queue: QueueSettings | undefined
}

export type QueueSettings = Required<QueueOptions>

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkConcurrency(
  given: ConcurrencyOptions | false | undefined,
): ConcurrencySettings | undefined {
  if (given === undefined || given === false) return undefined
  const path = 'concurrency'
  checkObject(given, path, ['maxPerEndpoint', 'maxTotal', 'queue'])
  const { maxPerEndpoint, maxTotal, queue } = given
  if (maxPerEndpoint === undefined && maxTotal === undefined)
    throw invalidConfig(path, given, 'an object with maxPerEndpoint, maxTotal or both')
  return {
    maxPerEndpoint:
      maxPerEndpoint instanceof AdaptiveLimit
        ? maxPerEndpoint
        : checkMost(maxPerEndpoint, `${path}.maxPerEndpoint`),
    maxTotal: checkMost(maxTotal, `${path}.maxTotal`),
    queue: queue === undefined || queue === false ? undefined : checkQueue(queue, `${path}.queue`),
  }
}

function checkMost(given: number | undefined, path: string): number {
  if (given === undefined) return Number.POSITIVE_INFINITY
  if (typeof given !== 'number' && path.endsWith('maxPerEndpoint'))
    throw invalidConfig(path, given, 'a whole number of at least 1, or adaptiveLimit()')
  return checkNumber(given, path, 1, { min: 1, integer: true })
}

function checkQueue(given: QueueOptions, path: string): QueueSettings {
  checkObject(given, path, ['size', 'timeout', 'order'])
  return {
    size: checkNumber(given.size, `${path}.size`, 100, { min: 1, max: 1_000_000, integer: true }),
    timeout: checkDuration(given.timeout, `${path}.timeout`, 1_000),
    order: checkChoice(given.order, `${path}.order`, 'adaptive', ['fifo', 'lifo', 'adaptive']),
  }
}
