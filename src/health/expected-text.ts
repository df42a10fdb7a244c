import { invalidConfig } from '../core/errors.js'

/** What an answer contains that comes from a server that is well. */
export type ExpectedText = string | RegExp

/** Whatever the flags of an expression: a search keeps no place. */
export function isIn(text: string, expected: ExpectedText): boolean {
  return typeof expected === 'string' ? text.includes(expected) : text.search(expected) >= 0
}

export function checkExpected(given: unknown, path: string): ExpectedText | undefined {
  if (given === undefined || given instanceof RegExp || (typeof given === 'string' && given !== ''))
    return given
  throw invalidConfig(path, given, 'a string that is not empty, or a regular expression')
}
