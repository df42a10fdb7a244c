/** Deeper than this two values are different: what is nested further, or in circles, is not worth the look. */
const DEPTH = 5

type Metadata = Readonly<Record<string, unknown>>

/**
 * Do both say the same? A list that is read anew has new objects and arrays in it, which are no change if the same stands in
 * them; objects of classes are the same only if they are one.
 */
export function sameMetadata(a: Metadata, b: Metadata): boolean {
  return sameEntries(a, b, DEPTH)
}

function sameEntries(a: Metadata, b: Metadata, depth: number): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key], depth))
  )
}

function sameValue(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true
  if (depth === 0 || !isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false
  return sameEntries(a, b, depth - 1)
}

function isPlain(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}
