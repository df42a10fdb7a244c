import type { LiveEndpoint } from '../core/endpoint.js'
import { invalidConfig } from '../core/errors.js'

/** What a subset asks of one entry of an endpoint's metadata. */
export type SubsetValue = string | number | boolean | null

/**
 * The endpoints whose metadata has all of these values: `{ version: 'v2' }`. An array means any of its
 * values. Compared strictly: `2` is not `'2'`. `{}` is every endpoint.
 */
export type Subset = Readonly<Record<string, SubsetValue | readonly SubsetValue[]>>

/** A checked subset. */
export interface SubsetRule {
  readonly given: Subset
  /** The same for all ways to write the same subset. */
  readonly key: string
  readonly accepts: (endpoint: LiveEndpoint) => boolean
}

const WHAT = "an object of metadata values, { version: 'v2' }, or of arrays of them"

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkSubset(given: unknown, path: string): SubsetRule {
  const key = subsetKey(given, path)
  const entries = Object.entries(given as Subset)
  // Copies: what was given may be changed later. `fromEntries` keeps a name like `__proto__`.
  const copy = Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  ) as Subset
  const wanted = Object.entries(copy).map(
    ([name, value]) => [name, new Set<unknown>(Array.isArray(value) ? value : [value])] as const,
  )
  return {
    given: copy,
    key,
    accepts: ({ metadata }) =>
      wanted.every(([name, values]) => Object.hasOwn(metadata, name) && values.has(metadata[name])),
  }
}

/**
 * The same for all ways to write the same subset: JSON tells `2` from `'2'`, and neither the order of
 * names nor that of values means anything.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function subsetKey(given: unknown, path: string): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidConfig(path, given, WHAT)
  }
  const names = Object.keys(given)
  const { length } = names
  if (length > 1) names.sort()
  let key = ''
  for (let i = 0; i < length; i++) {
    const name = names[i]!
    const value = (given as Subset)[name]
    if (i > 0) key += ','
    key += `${JSON.stringify(name)}:${Array.isArray(value) ? keyOfAny(value, path, name) : keyOfOne(value, path, name)}`
  }
  return key
}

/** As an error or a log shows it. */
export function describeSubset({ given }: SubsetRule): string {
  const text = JSON.stringify(given)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function keyOfAny(values: readonly unknown[], path: string, name: string): string {
  // Nothing can be any of no values: more likely a mistake than a wish.
  if (values.length === 0) throw invalidConfig(`${path}.${name}`, values, 'at least one value')
  const keys = new Set(values.map((value) => keyOfOne(value, path, name)))
  return [...keys].sort().join('|')
}

function keyOfOne(value: unknown, path: string, name: string): string {
  if (!isValue(value)) throw invalidConfig(`${path}.${name}`, value, WHAT)
  return JSON.stringify(value)
}

function isValue(value: unknown): value is SubsetValue {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}
