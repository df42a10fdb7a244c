import type { DiscoverySource, EndpointInput } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'

/** A source that is followed in virtual time, and what it said. */
export function watched(source: DiscoverySource, clock = virtualClock()) {
  const lists: (readonly EndpointInput[])[] = []
  const times: (number | undefined)[] = []
  const errors: string[] = []
  const warnings: string[] = []
  const sink = {
    update(list: readonly EndpointInput[], asOf?: number) {
      lists.push(list)
      times.push(asOf)
    },
    fail: (error: unknown) => void errors.push((error as Error).message),
    warn: (error: unknown) => void warnings.push((error as Error).message),
  }
  const watch = source.watch(sink, { clock, random: seededRandom(3) })
  return { watch, clock, lists, times, errors, warnings, last: () => lists.at(-1) }
}

/** A source that says what it is told to, also after it was closed. */
export function told(name: string) {
  const sinks = new Set<Parameters<DiscoverySource['watch']>[0]>()
  const seen = { watches: 0, refreshes: 0, closes: 0 }
  const source: DiscoverySource = {
    name,
    watch(sink) {
      seen.watches++
      sinks.add(sink)
      return {
        refresh: () => void seen.refreshes++,
        close: () => void seen.closes++,
      }
    },
  }
  return {
    source,
    seen,
    update: (...list: readonly EndpointInput[]) => {
      for (const sink of sinks) sink.update(list)
    },
    garble: (list: unknown) => {
      for (const sink of sinks) sink.update(list as never)
    },
    fail: (message: string) => {
      for (const sink of sinks) sink.fail(new Error(message))
    },
    warn: (message: string) => {
      for (const sink of sinks) sink.warn(new Error(message))
    },
  }
}
