import { type Dispatcher, errors } from 'undici'

export type HeaderPair = [name: string, value: string]

type Given = Dispatcher.DispatchOptions['headers']

/** The headers of a dispatch one by one, in whatever form they were given. @throws InvalidArgumentError as undici */
export function headerPairs(given: Given): HeaderPair[] {
  if (given === undefined || given === null) return []
  if (typeof given !== 'object')
    throw new errors.InvalidArgumentError('headers must be an object or an array')
  const pairs: HeaderPair[] = []
  for (const entry of entriesOf(given)) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new errors.InvalidArgumentError('headers must be in key-value pair format')
    const [name, value] = entry as [string, unknown]
    if (value !== undefined) for (const each of [value].flat()) pairs.push([name, text(name, each)])
  }
  return pairs
}

function entriesOf(given: NonNullable<Given>): Iterable<unknown> {
  if (Array.isArray(given)) return byTurns(given)
  return Symbol.iterator in given ? given : Object.entries(given)
}

function byTurns(lines: readonly string[]): unknown[] {
  if (lines.length % 2 !== 0) throw new errors.InvalidArgumentError('headers array must be even')
  return Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i], lines[2 * i + 1]])
}

function text(name: string, value: unknown): string {
  if (typeof value === 'object' && value !== null)
    throw new errors.InvalidArgumentError(`invalid ${name} header`)
  return `${value ?? ''}`
}
