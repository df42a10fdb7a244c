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
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidConfig(path, given, WHAT)
  }
  const wanted: [name: string, values: readonly SubsetValue[]][] = []
  const copy: Record<string, SubsetValue | readonly SubsetValue[]> = {}
  for (const [name, value] of Object.entries(given)) {
    const values = checkValues(value, `${path}.${name}`)
    wanted.push([name, values])
    // Not by assignment, which would lose the name `__proto__`.
    Object.defineProperty(copy, name, {
      value: Array.isArray(value) ? values : values[0],
      enumerable: true,
    })
  }
  return {
    given: copy,
    key: keyOf(wanted),
    accepts: ({ metadata }) =>
      wanted.every(
        ([name, values]) => Object.hasOwn(metadata, name) && values.includes(metadata[name] as SubsetValue),
      ),
  }
}

/** As an error or a log shows it. */
export function describeSubset({ given }: SubsetRule): string {
  const text = JSON.stringify(given)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function checkValues(value: unknown, path: string): readonly SubsetValue[] {
  const values: unknown[] = Array.isArray(value) ? [...value] : [value]
  // Nothing can be any of no values: more likely a mistake than a wish.
  if (values.length === 0) throw invalidConfig(path, value, 'at least one value')
  for (const one of values) if (!isValue(one)) throw invalidConfig(path, one, WHAT)
  return values as SubsetValue[]
}

function isValue(value: unknown): value is SubsetValue {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}

/** JSON tells `2` from `'2'`; sorted, since neither the order of names nor that of values means anything. */
function keyOf(wanted: readonly (readonly [string, readonly SubsetValue[]])[]): string {
  const parts = wanted.map(([name, values]) => {
    const texts = values.map((value) => JSON.stringify(value)).sort()
    return `${JSON.stringify(name)}:${[...new Set(texts)].join('|')}`
  })
  return parts.sort().join(',')
}
