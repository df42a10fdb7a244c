import { invalidConfig } from '../core/errors.js'
import { checkFunction } from '../core/validate.js'
import type { HashKey } from '../transport/request-view.js'

/** A function for keys whose answers are checked too. */
export function checkHashKey(given: HashKey | undefined): HashKey | undefined {
  const hashKey = checkFunction(given, 'hashKey', "a function that gives a request's key")
  return hashKey && ((request) => checkKey(hashKey(request), 'hashKey'))
}

/** The key of one call; an empty one is none. */
export function checkKey(given: unknown, path: string): string | undefined {
  if (given === undefined || given === '') return undefined
  if (typeof given !== 'string') throw invalidConfig(path, given, 'a string')
  return given
}
