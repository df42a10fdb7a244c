import { Poll } from '../../discovery/poll.js'
import type { DiscoveryContext, DiscoverySink, DiscoveryWatch } from '../../discovery/source.js'
import type { DnsSettings } from './dns-options.js'
import type { Learned } from './known-name.js'
import { LookUps } from './look-ups.js'
import { Names } from './names.js'
import { systemFiles } from './system-files.js'

/** Follows names with `look`, which passes on what it finds, and tells what came of it. */
export function watchNames(
  settings: DnsSettings,
  sink: DiscoverySink,
  { clock, random }: DiscoveryContext,
  look: (names: Names, signal: AbortSignal) => Promise<Learned>,
): DiscoveryWatch {
  const lookUps = LookUps.open(settings)
  const { servers, minInterval, maxInterval } = settings
  const names = new Names(lookUps, servers === undefined ? systemFiles : undefined)
  /** In a row, looks that found only some of it. */
  let partial = 0
  const poll = new Poll({
    minInterval,
    maxInterval,
    clock,
    random,
    async look(signal) {
      const learned = await look(names, signal)
      const { goodFor = Number.POSITIVE_INFINITY, error } = learned
      partial = error === undefined ? 0 : partial + 1
      if (!signal.aborted) complain(sink, learned)
      // What is missing is asked for again after pauses as after failures, but the rest in its time.
      return partial === 0 ? goodFor : Math.min(goodFor, minInterval * 2 ** partial)
    },
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
function complain(sink: DiscoverySink, { error, stale }: Learned): void {
  if (error === undefined) return
  if (stale) sink.fail(error)
  else sink.warn(error)
}
