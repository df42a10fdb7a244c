import {
  checkDuration,
  checkFraction,
  checkHeader,
  checkMethods,
  checkNumber,
  checkObject,
} from '../core/validate.js'
import { checkSubset, type Subset, type SubsetRule } from './subset.js'

/**
 * Options of shadow traffic: copies of calls that another version is tried out with. Nothing that becomes
 * of a copy reaches the caller.
 */
export interface MirrorOptions {
  /** Who gets the copies. */
  readonly subset: Subset
  /** Share of the calls that are copied, 0 to 1; with a key always those of the same keys. Default 1. */
  readonly share?: number
  /**
   * Methods that are copied. Default GET, HEAD and OPTIONS: a copy of anything else does what it does a
   * second time, unless whoever gets it has data of its own.
   */
  readonly methods?: readonly string[]
  /** How long a copy waits for its response headers, in ms. It is not tried again. Default 10 000. */
  readonly timeout?: number
  /** Copies under way at the same time; there are none beyond that. Default 64. */
  readonly maxInFlight?: number
  /** The header that tells copies, with the value 1; `false` for none. Default `'evenkeel-mirror'`. */
  readonly header?: string | false
}

/** Checked and completed. */
export interface MirrorSettings {
  readonly subset: SubsetRule
  readonly share: number
  readonly methods: ReadonlySet<string>
  readonly timeout: number
  readonly maxInFlight: number
  readonly header: string | undefined
}

/** The safe methods of RFC 9110, 9.2.1, that `fetch` can send. */
const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkMirror(given: MirrorOptions, path: string): MirrorSettings {
  checkObject(given, path, ['subset', 'share', 'methods', 'timeout', 'maxInFlight', 'header'])
  return {
    subset: checkSubset(given.subset, `${path}.subset`),
    share: checkFraction(given.share, `${path}.share`, 1),
    methods: checkMethods(given.methods, `${path}.methods`) ?? new Set(SAFE),
    timeout: checkDuration(given.timeout, `${path}.timeout`, 10_000),
    maxInFlight: checkNumber(given.maxInFlight, `${path}.maxInFlight`, 64, { min: 1, integer: true }),
    header: checkHeader(given.header ?? 'evenkeel-mirror', `${path}.header`),
  }
}
