// Times and bytes of one operation. A contender is a function that does `n` operations, and may return a promise.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { GCProfiler, getHeapStatistics } from 'node:v8'
import { median } from './lib/statistics.mjs'

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

/** After so many operations V8 has compiled whatever it will, also a function that mostly returns at once. */
export const SETTLED = 100_000
/** Where each takes long that is not waited for, in ms. */
const LONGEST = 1_000

/** As `warmUp`, but by number: while the machine is busy, a time may pass with next to nothing done. */
export async function settle(run, count) {
  const start = performance.now()
  for (let done = 0; done < SETTLED && performance.now() - start < LONGEST; done += count) await run(count)
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

/** Bytes allocated by one operation. The method's own are not among them: they would be many for a small batch. */
export async function bytesPerOperation(run, count) {
  const own = await usuallyAllocated(() => {}, 0)
  return ((await usuallyAllocated(run, count)) - own) / count
}

/**
 * The median of several samples. Now and then the engine allocates for a function that it optimises or deoptimises, and
 * now and then it gives back, beside the program, what an earlier collection has found; so neither the most nor the
 * least is to be trusted.
 */
async function usuallyAllocated(run, operations) {
  const samples = []
  for (let i = 0; i < SAMPLES; i++) samples.push(await allocated(run, operations))
  return median(samples)
}

/** What the heap grew by, plus what collections freed meanwhile. */
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
