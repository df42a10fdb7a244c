import { invalidConfig } from '../core/errors.js'
import { checkHeaderName, checkMethods, checkObject, checkText } from '../core/validate.js'
import type { RequestView } from '../transport/request-view.js'
import type { RequestFacts } from './request-facts.js'

/**
 * What a header, a cookie or a parameter has to be: this very text, a text that the pattern is found in,
 * or `true` for anything as long as it is there.
 */
export type TextMatch = string | RegExp | true

/**
 * What a path has to be, exactly one of these. A prefix is one of whole segments: `/v1` is that of `/v1`
 * and `/v1/me`, not of `/v10`.
 */
export interface PathMatch {
  readonly exact?: string
  readonly prefix?: string
  /**
   * Found anywhere in the path, unless it is anchored. It runs on every call that comes this far, and
   * its author answers for how long that takes on a path that somebody else has chosen.
   */
  readonly pattern?: RegExp
}

/** What a request has to be: all that is named. Paths, values and names of cookies are told by case. */
export interface RouteMatch {
  /** A string is a prefix. Of the path as it is sent, without base path and query, and not decoded. */
  readonly path?: string | PathMatch
  readonly method?: string | readonly string[]
  readonly header?: Readonly<Record<string, TextMatch>>
  /** Of the request's `cookie` header, decoded. */
  readonly cookie?: Readonly<Record<string, TextMatch>>
  /** Of a parameter that comes more than once, one value will do. */
  readonly query?: Readonly<Record<string, TextMatch>>
}

/** Is a request one that a rule is for? At once: a promise would always mean yes. */
export type RoutePredicate = (request: RequestView) => boolean

/** Does a rule apply to a request? */
export type Matcher = (facts: RequestFacts) => boolean

type Test = (text: string) => boolean

/** A checked match; `undefined` for one that any call is. @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkMatch(
  given: RouteMatch | RoutePredicate | undefined,
  path: string,
): Matcher | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'function') return ({ view }) => checkAnswer(given(view), path)
  checkObject(given, path, ['path', 'method', 'header', 'cookie', 'query'])
  // What is quickly told comes first.
  const matchers: Matcher[] = []
  if (given.method !== undefined) matchers.push(matchMethod(given.method, `${path}.method`))
  if (given.path !== undefined) matchers.push(matchPath(given.path, `${path}.path`))
  for (const [name, test] of checkTexts(given.query, `${path}.query`)) {
    matchers.push((facts) => facts.query(name).some(test))
  }
  for (const [name, test] of checkTexts(given.header, `${path}.header`)) {
    const header = checkHeaderName(name, `${path}.header`)
    matchers.push((facts) => passes(test, facts.header(header)))
  }
  for (const [name, test] of checkTexts(given.cookie, `${path}.cookie`)) {
    matchers.push((facts) => passes(test, facts.cookie(name)))
  }
  const [first] = matchers
  if (first === undefined || matchers.length === 1) return first
  return (facts) => {
    for (const matches of matchers) if (!matches(facts)) return false
    return true
  }
}

function checkAnswer(answer: unknown, path: string): boolean {
  if (typeof answer !== 'boolean')
    throw invalidConfig(path, answer, 'a function that returns true or false, and at once')
  return answer
}

function matchMethod(given: string | readonly string[], path: string): Matcher {
  const methods = checkMethods(typeof given === 'string' ? [given] : given, path) ?? new Set()
  if (methods.size === 0) throw invalidConfig(path, given, 'at least one method')
  return ({ view }) => methods.has(view.method)
}

function matchPath(given: string | PathMatch, path: string): Matcher {
  if (typeof given === 'string') return matchPrefix(given, path)
  checkObject(given, path, ['exact', 'prefix', 'pattern'])
  const { exact, prefix, pattern } = given
  if ([exact, prefix, pattern].filter((one) => one !== undefined).length !== 1) {
    throw invalidConfig(path, given, 'a prefix, or an object with one of exact, prefix and pattern')
  }
  if (prefix !== undefined) return matchPrefix(prefix, `${path}.prefix`)
  if (pattern !== undefined) {
    if (!isRegExp(pattern)) throw invalidConfig(`${path}.pattern`, pattern, 'a regular expression')
    const test = testOf(pattern)
    return (facts) => test(facts.path)
  }
  const whole = checkPath(exact, `${path}.exact`)
  return (facts) => facts.path === whole
}

function matchPrefix(given: string, path: string): Matcher {
  const prefix = checkPath(given, path).replace(/\/+$/, '')
  const { length } = prefix
  return (facts) => {
    const { path } = facts
    return path.startsWith(prefix) && (path.length === length || path.charCodeAt(length) === SLASH)
  }
}

const SLASH = 0x2f

function checkPath(given: unknown, path: string): string {
  const what = 'a path that begins with / and has no query'
  const text = checkText(given, path, what)
  if (!text.startsWith('/') || /[?#]/.test(text)) throw invalidConfig(path, given, what)
  return text
}

function checkTexts(given: unknown, path: string): [name: string, test: Test][] {
  if (given === undefined) return []
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidConfig(path, given, 'an object of names, each with a string, a regular expression or true')
  }
  return Object.entries(given).map(([name, value]) => {
    if (name === '') throw invalidConfig(path, name, 'a name')
    if (value === true) return [name, () => true]
    if (typeof value === 'string') return [name, (text) => text === value]
    if (isRegExp(value)) return [name, testOf(value)]
    throw invalidConfig(`${path}.${name}`, value, 'a string, a regular expression or true')
  })
}

function passes(test: Test, text: string | null): boolean {
  return text !== null && test(text)
}

/** A copy: with the flags `g` and `y` an expression remembers where it was, which must not be shared. */
function testOf(given: RegExp): Test {
  const pattern = new RegExp(given)
  return (text) => {
    pattern.lastIndex = 0
    return pattern.test(text)
  }
}

/** Of whatever realm: tests often run in one of their own. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]'
}
