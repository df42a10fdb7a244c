// Times and bytes of one operation. A contender is a function that does `n` operations, and may return a promise.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { GCProfiler, getHeapStatistics } from 'node:v8'

/** Batches before measuring, until the compiler has made up its mind. */
const WARM_UP = 20

/** Until the compiler has made up its mind; returns by then how many operations took about `ms`, or less. */
export async function warmUp(run, ms, atLeast = 1) {
  let count = atLeast
  // The very first operations may build what all others use, and are no measure of them.
  await run(count)
  for (let warm = 0; warm < ms * WARM_UP; ) {
    const took = (await time(run, count)) / 1e6
    warm += took
    if (took < ms * 0.7) count *= 2
  }
  return count
}

/** How many operations take about `ms` when nobody interferes, which one of three tries may show: `count` or more. */
export async function batchFor(run, ms, count) {
  const tries = [await time(run, count), await time(run, count), await time(run, count)]
  return Math.min(...tries) / 1e6 < ms * 0.7 ? batchFor(run, ms, count * 2) : count
}

/** Nanoseconds that `count` operations take. */
export async function time(run, count) {
  // The rubbish of the last batch is not this one's. Young rubbish only: a full collection throws compiled code away.
  globalThis.gc({ type: 'minor' })
  await nextTurn()
  const start = process.hrtime.bigint()
  // A synchronous contender must not pay for a promise.
  const done = run(count)
  if (done !== undefined) await done
  return Number(process.hrtime.bigint() - start)
}

const SAMPLES = 9

/**
 * Bytes allocated by one operation: what the heap grew by, plus what collections freed meanwhile. The least of several
 * samples, since now and then the engine allocates for itself, for a function that it optimises or deoptimises.
 */
export async function bytesPerOperation(run, count) {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < SAMPLES; i++) least = Math.min(least, (await allocated(run, count)) / count)
  return least
}

async function allocated(run, operations) {
  globalThis.gc({ type: 'minor' })
  await nextTurn()
  const profiler = new GCProfiler()
  profiler.start()
  const before = getHeapStatistics().used_heap_size
  const done = run(operations)
  if (done !== undefined) await done
  const after = getHeapStatistics().used_heap_size
  let freed = 0
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    freed += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
  }
  return after - before + freed
}

/** Makes what is known to take 32 bytes: map, properties, elements and one field. */
export function knownObject() {
  let last
  const run = (n) => {
    for (let i = 0; i < n; i++) last = { i }
    if (last === undefined) throw new Error('nothing was made')
  }
  return { run }
}
