import { CallLog } from './statistics.ts'
import type { Way } from './ways.ts'

/** Calls a second, each way. */
export const RATE = 200

/** One way with what came of its calls. */
export interface Lane {
  readonly way: Way
  readonly log: CallLog
  /** Calls under way by server, where that is known. */
  readonly inFlight: Map<string, number>
}

export function lane(way: Way): Lane {
  return { way, log: new CallLog(), inFlight: new Map() }
}

/**
 * Calls in all ways at the same random moments (a Poisson process), whether or not earlier calls have
 * been answered: users do not wait for each other either. Ends when every call has.
 *
 * Returns the greatest delay of a call behind its moment, in ms: that is a busy machine, and no fault
 * of a way.
 */
export async function drive(
  lanes: readonly Lane[],
  start: number,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  const end = start + seconds * 1000
  const calls = new Set<Promise<void>>()
  let worstLag = 0
  let due = start + gap()
  while (due < end) {
    await until(due, signal)
    const now = performance.now()
    worstLag = Math.max(worstLag, now - due)
    // All that are due by now; late ones are measured from when they were due.
    for (; due <= now && due < end; due += gap()) {
      for (const one of lanes) {
        const call = send(one, start, due)
        calls.add(call)
        void call.finally(() => calls.delete(call))
      }
    }
  }
  await Promise.all(calls)
  signal.throwIfAborted()
  return worstLag
}

/** Exponentially distributed, 1 / RATE on average, in ms. */
function gap(): number {
  return (-Math.log(1 - Math.random()) * 1000) / RATE
}

/** Never rejects: what went wrong is a result. */
async function send({ way, log, inFlight }: Lane, start: number, due: number): Promise<void> {
  const { answer, server } = way()
  count(inFlight, server, 1)
  let failure: string | undefined
  try {
    const response = await answer
    await response.arrayBuffer()
    if (!response.ok) failure = String(response.status)
  } catch (error) {
    failure = nameOf(error)
  }
  count(inFlight, server, -1)
  const now = performance.now()
  log.add({ at: now - start, latency: now - due, failure, server })
}

function count(inFlight: Map<string, number>, server: string | undefined, change: number): void {
  if (server !== undefined) inFlight.set(server, (inFlight.get(server) ?? 0) + change)
}

/** The code that says most: that of the innermost cause. */
function nameOf(error: unknown): string {
  const { cause, code, name } = error as { cause?: unknown; code?: unknown; name?: unknown }
  if (typeof cause === 'object' && cause !== null) return nameOf(cause)
  return String(typeof code === 'string' ? code : (name ?? error))
}

function until(due: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop)
        resolve()
      },
      Math.max(0, due - performance.now()),
    )
    signal.addEventListener('abort', stop, { once: true })
  })
}
