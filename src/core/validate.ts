import { BalancerError, invalidConfig } from './errors.js'
import { OUTCOME_KINDS, type OutcomeKind } from './outcome.js'

/** The largest delay a platform timer can hold: 2^31 - 1 ms, about 24.8 days. */
const MAX_DELAY = 2 ** 31 - 1

/** A plain object with no key but the known ones. */
export function checkObject(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidConfig(path === '' ? 'options' : path, value, `an object with any of ${known.join(', ')}`)
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw unknownOption(path === '' ? key : `${path}.${key}`, known)
  }
  return value as Record<string, unknown>
}

function unknownOption(option: string, known: readonly string[]): BalancerError {
  return new BalancerError(
    'ERR_INVALID_CONFIG',
    `Invalid option \`${option}\`: there is no such option; known are ${known.join(', ')}.`,
  )
}

export interface NumberRule {
  readonly min?: number
  /** The value must be greater than `min`, not equal to it. */
  readonly exclusive?: boolean
  readonly max?: number
  readonly integer?: boolean
}

/** A finite number within bounds; `fallback` when it is left out. */
export function checkNumber(value: unknown, path: string, fallback: number, rule: NumberRule = {}): number {
  if (value === undefined) return fallback
  const { min = 0, exclusive = false, max = Number.MAX_SAFE_INTEGER, integer = false } = rule
  const ok =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (exclusive ? value > min : value >= min) &&
    value <= max &&
    (!integer || Number.isInteger(value))
  if (!ok) {
    const kind = integer ? 'a whole number' : 'a number'
    const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`
    throw invalidConfig(path, value, `${kind} ${exclusive ? 'greater than' : 'of at least'} ${min}${upper}`)
  }
  return value
}

/** A text that is not empty. */
export function checkText(value: unknown, path: string, what = 'a string that is not empty'): string {
  if (typeof value !== 'string' || value === '') throw invalidConfig(path, value, what)
  return value
}

/** A duration in milliseconds that a timer can hold, greater than 0. */
export function checkDuration(value: unknown, path: string, fallback: number): number {
  return checkNumber(value, path, fallback, { min: 0, exclusive: true, max: MAX_DELAY })
}

/** A TCP port, when given. */
export function checkPort(value: unknown, path: string): number | undefined {
  return value === undefined ? undefined : checkNumber(value, path, 0, { min: 1, max: 65_535, integer: true })
}

/** A fraction from 0 to 1. */
export function checkFraction(value: unknown, path: string, fallback: number): number {
  return checkNumber(value, path, fallback, { min: 0, max: 1 })
}

/** A function, when given. */
export function checkFunction<F>(value: F | undefined, path: string, what: string): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw invalidConfig(path, value, what)
  return value
}

/** `true`, `false` or nothing. */
export function checkBoolean(value: boolean | undefined, path: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalidConfig(path, value, 'true or false')
  return value
}

/** One of a few literals. */
export function checkChoice<T extends string>(
  value: unknown,
  path: string,
  fallback: T,
  choices: readonly T[],
): T {
  if (value === undefined) return fallback
  const choice = choices.find((c) => c === value)
  if (choice === undefined) throw invalidConfig(path, value, choices.map((c) => `'${c}'`).join(' or '))
  return choice
}

/** A kind that a user's own code gave: one that there is not would be held against nobody. */
export function checkKind(value: OutcomeKind | undefined, path: string): OutcomeKind | undefined {
  return value === undefined ? undefined : checkChoice(value, path, 'ignored', OUTCOME_KINDS)
}

/** Names of HTTP methods, in capitals. */
export function checkMethods(given: unknown, path: string): ReadonlySet<string> | undefined {
  if (given === undefined) return undefined
  const ok =
    Array.isArray(given) && given.every((method) => typeof method === 'string' && /^[A-Za-z-]+$/.test(method))
  if (!ok) throw invalidConfig(path, given, "an array of method names, ['GET', 'HEAD']")
  return new Set(given.map((method: string) => method.toUpperCase()))
}

/** The name of a header, in small letters. */
export function checkHeaderName(name: string, path: string): string {
  // The characters of a token, RFC 9110, 5.6.2.
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalidConfig(path, name, 'the name of a header')
  return name.toLowerCase()
}

/** The name of a header, in small letters; `undefined` where none is wanted. */
export function checkHeader(given: unknown, path: string): string | undefined {
  if (given === false) return undefined
  if (typeof given !== 'string') throw invalidConfig(path, given, 'the name of a header, or false')
  return checkHeaderName(given, path)
}
