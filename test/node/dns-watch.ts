import type { DiscoverySource, EndpointInput } from 'evenkeel'
import { type VirtualClock, virtualClock } from 'evenkeel/testing'
import { expect } from 'vitest'
import { eventually } from '../integration/eventually.ts'

/** A source that is watched in virtual time, while what it asks answers in real time. */
export interface Watched extends Disposable {
  readonly clock: VirtualClock
  /** All lists so far. */
  readonly lists: readonly (readonly EndpointInput[])[]
  readonly errors: readonly unknown[]
  readonly warnings: readonly unknown[]
  refresh(): void
  close(): void
  /** The next list, sorted; or that after so many. */
  list(number: number): Promise<string[]>
  /** The message of an error, by its number from 1. */
  error(number: number): Promise<string>
}

export function watched(source: DiscoverySource, random: () => number = () => 0): Watched {
  const clock = virtualClock(0)
  const lists: (readonly EndpointInput[])[] = []
  const errors: unknown[] = []
  const warnings: unknown[] = []
  const watch = source.watch(
    {
      update: (list) => void lists.push(list),
      fail: (error) => void errors.push(error),
      warn: (error) => void warnings.push(error),
    },
    { clock, random },
  )
  const close = () => void watch.close()
  return {
    clock,
    lists,
    errors,
    warnings,
    refresh: () => watch.refresh?.(),
    close,
    [Symbol.dispose]: close,
    async list(number) {
      await eventually(() => lists.length).toBeGreaterThanOrEqual(number)
      return (lists[number - 1] ?? []).map(inWords).sort()
    },
    async error(number) {
      await eventually(() => errors.length).toBeGreaterThanOrEqual(number)
      const error = errors[number - 1]
      expect(error).toBeInstanceOf(Error)
      return (error as Error).message
    },
  }
}

/** `url@address:port`, and what else there is of priority and weight. */
function inWords(endpoint: EndpointInput): string {
  if (typeof endpoint === 'string' || endpoint instanceof URL) return String(endpoint)
  const { url, address = '', port, priority, weight } = endpoint
  const parts = [
    port !== undefined && `:${port}`,
    priority !== undefined && ` p${priority}`,
    weight !== undefined && ` w${weight}`,
  ]
  return `${url}@${address}${parts.filter((part) => part !== false).join('')}`
}
