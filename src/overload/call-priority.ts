import { checkChoice } from '../core/validate.js'

/**
 * How much a call matters when not all can be served: `'sheddable'` ones (prefetching, batch work, what nobody
 * waits for) are given up first, then `'default'` ones, and `'critical'` ones last.
 *
 * Source: Google's SRE book, "Handling Overload", criticality.
 */
export type CallPriority = (typeof CALL_PRIORITIES)[number]

const CALL_PRIORITIES = ['critical', 'default', 'sheddable'] as const

/** The number of a priority: the higher, the sooner it is given up. */
export type Rank = number

export const DEFAULT: Rank = 1
export const SHEDDABLE: Rank = 2
export const RANKS = CALL_PRIORITIES.length

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkPriority(given: unknown, path: string): Rank {
  return given === undefined
    ? DEFAULT
    : CALL_PRIORITIES.indexOf(checkChoice(given, path, 'default', CALL_PRIORITIES))
}

export function priorityOf(rank: Rank): CallPriority {
  return CALL_PRIORITIES[rank] ?? 'default'
}
