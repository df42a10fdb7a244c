import { noisy } from '../../bench/lib/take-turns.mjs'
import type { Fault, Scene } from './fault.ts'
import type { Measured, Observation } from './observation.ts'

/** What may be there at the end of a run in MB: caches of the platform, and code that was compiled. */
const HEAP_GROWTH = 8
/**
 * In short runs, which share the machine with much else, times may be so much longer. Checks that are late bring nobody back
 * before an ejection is over, which lasts 5 s and some: 4 times the 2 s that are promised mostly.
 */
const QUICK_FACTOR = 4

/** Compares what was promised with what was measured, and says in words where they differ. */
export function brokenPromises(fault: Fault, measured: Measured, seen: Observation, scene: Scene): string[] {
  const { promised } = fault
  const { failed, gets, postsFailed, p99, p99Before, slow, amplification, ejected, recovered } = measured
  const broken: string[] = []
  const atMost = (what: string, value: number | null, most: number | undefined, unit = '') => {
    if (most === undefined) return
    if (value === null) broken.push(`${what}: never, and ${most}${unit} were promised`)
    else if (value > most)
      broken.push(`${what}: ${round(value)}${unit}, and at most ${most}${unit} were promised`)
  }
  // On a machine that had no time for the callers, times say nothing of the library.
  const spoilt = scene.quick && noisy(measured)
  const within = (ms: number | undefined) =>
    spoilt || ms === undefined ? undefined : ms * (scene.quick ? QUICK_FACTOR : 1)
  const mayFail = promised.failed ?? Math.floor((1 - (promised.success ?? 1)) * gets)
  const results = JSON.stringify(measured.results)
  atMost(`idempotent calls that failed (${results})`, failed, mayFail)
  atMost(`POSTs that failed (${results})`, postsFailed, promised.postsFailed ?? 0)
  atMost('POSTs that were sent twice', measured.postsTwice, 0)
  atMost('calls without an end', measured.unfinished, 0)
  if (!scene.quick) atMost('p99, times that of before', p99 / p99Before, promised.p99)
  if (!spoilt) atMost('calls over 500 ms', slow, scene.quick && promised.slow === 0 ? 2 : promised.slow)
  atMost('requests per call', amplification, promised.amplification && slack(promised.amplification, scene))
  atMost('out of selection after', ejected, within(promised.ejected), ' ms')
  atMost('in use again after', recovered, within(promised.recovered), ' ms')
  atMost('sockets left', measured.left.sockets, 0)
  atMost('timers left', measured.left.timers, 0)
  atMost('calls left in flight', measured.left.inFlight, 0)
  atMost('growth of the heap', measured.heapGrowth, HEAP_GROWTH, ' MB')
  atMost(`errors that nobody caught (${seen.ending.uncaught[0]})`, measured.uncaught, 0)
  broken.push(...(promised.besides?.(seen, scene) ?? []))
  return broken
}

/** Of few calls, a fault that costs ten of them is a greater share: those of short runs are a tenth of a full one's. */
function slack(amplification: number, { quick }: Scene): number {
  return quick && amplification > 1 ? amplification + 0.15 : amplification
}

const round = (value: number) => Math.round(value * 100) / 100
