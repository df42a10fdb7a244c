import { Poll } from '../../discovery/poll.js'
import type { DiscoveryContext, DiscoverySink, DiscoveryWatch } from '../../discovery/source.js'
import type { DnsSettings } from './dns-options.js'
import type { Learned } from './known-name.js'
import { LookUps } from './look-ups.js'
import { Names } from './names.js'
import { systemFiles } from './system-files.js'

/** Follows names with `look`, which returns the ms for which what it found is good. */
export function watchNames(
  settings: DnsSettings,
  sink: DiscoverySink,
  { clock, random }: DiscoveryContext,
  look: (names: Names, signal: AbortSignal) => Promise<number | undefined>,
): DiscoveryWatch {
  const lookUps = LookUps.open(settings)
  const { servers, minInterval, maxInterval } = settings
  const names = new Names(lookUps, servers === undefined ? systemFiles : undefined)
  const poll = new Poll({
    minInterval,
    maxInterval,
    clock,
    random,
    look: (signal) => look(names, signal),
    failed: (error) => sink.fail(error),
  })
  let closed = false
  return {
    refresh: () => poll.refresh(),
    close() {
      if (closed) return
      closed = true
      poll.close()
      lookUps.close()
    },
  }
}

/** Of a list that was given: says what of it is old, or missing. */
export function complain(sink: DiscoverySink, { error, stale }: Omit<Learned, 'goodFor'>): void {
  if (error === undefined) return
  if (stale) sink.fail(error)
  else sink.warn(error)
}
