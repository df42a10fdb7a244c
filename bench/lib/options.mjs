import { parseArgs } from 'node:util'

const COMMON = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
}

/**
 * `--quick`, `--json` and `--only a,b`, alike for all benchmarks, with whatever else one has (`more`). `partsOf` gives
 * the groups of names that `--only` may choose from; a group of which nothing is chosen is done in full.
 */
export function readOptions(partsOf, more = {}, args = process.argv.slice(2)) {
  const { only, ...values } = parseArgs({ options: { ...COMMON, ...more }, args }).values
  const parts = partsOf(values)
  const words = list(only)
  const known = Object.values(parts).flat()
  const unknown = words.filter((word) => !known.includes(word))
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there is ${known.join(', ')}`)
  const chosen = Object.entries(parts).map(([group, names]) => {
    const own = names.filter((name) => words.includes(name))
    return [group, own.length > 0 ? own : names]
  })
  return { ...values, ...Object.fromEntries(chosen) }
}

/** The words between the commas. */
export function list(text) {
  return text.split(',').filter((word) => word !== '')
}

/** A count that was given as text. */
export function count(text, fallback) {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(Number.isInteger(value) && value > 0)) throw new Error(`${text} is not a number of 1 or more`)
  return value
}
