import { invalidConfig } from '../core/errors.js'
import type { Random } from '../core/random.js'
import { checkFunction } from '../core/validate.js'

export function checkRandom(given: Random | undefined): Random {
  const what = 'a function that gives numbers in [0, 1)'
  const random = checkFunction(given, 'random', what)
  if (random === undefined) return () => Math.random()
  return () => {
    const number = random()
    // A policy that is given a 1 looks for an endpoint behind the last one.
    if (!(number >= 0 && number < 1)) throw invalidConfig('random', number, what)
    return number
  }
}

export function checkName(given: unknown): string {
  if (given === undefined) return 'default'
  if (typeof given !== 'string' || given === '')
    throw invalidConfig('name', given, 'a string that is not empty')
  return given
}

/** An object with the methods that make it what it is. */
export function checkShape<T extends object>(
  given: T | undefined,
  path: string,
  methods: readonly (keyof T)[],
  what: string,
): T | undefined {
  if (given === undefined) return undefined
  const ok =
    typeof given === 'object' &&
    given !== null &&
    methods.every((method) => typeof given[method] === 'function')
  if (!ok) throw invalidConfig(path, given, what)
  return given
}

export function checkSignal(signal: AbortSignal | undefined, path: string): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidConfig(path, signal, 'an AbortSignal')
  }
  return signal
}
