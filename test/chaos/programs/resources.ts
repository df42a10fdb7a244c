// What this process has open, so that a run can tell what it left behind.
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const timers = new Set<unknown>()

/** Counts the timers of everybody who takes `setTimeout` from the global scope, as the library does. */
export function countTimers(): void {
  const { setTimeout, clearTimeout } = globalThis
  const counted = (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      callback(...args)
    }, delay)
    timers.add(timer)
    return timer
  }
  globalThis.setTimeout = Object.assign(counted, setTimeout) as typeof setTimeout
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer)
    clearTimeout(timer)
  }
}

/** What is open now. */
export interface Resources {
  readonly sockets: number
  readonly timers: number
  /** In bytes, after a garbage collection. */
  readonly heap: number
}

export async function resources(): Promise<Resources> {
  // What one of them finalises has its callbacks called in a turn of its own, and is collected by the next.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(20)
  }
  return { sockets: openSockets(), timers: openTimers(), heap: process.memoryUsage().heapUsed }
}

/** Timers that have neither fired nor been cleared, those that keep nobody alive too. */
export const openTimers = () => timers.size

/** All sockets of the process, those that keep nobody alive too. */
export function openSockets(): number {
  if (process.platform !== 'linux')
    return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  return readdirSync('/proc/self/fd').filter(isSocket).length
}

/** Until a condition holds, but not for ever; so many ms. */
export async function settled(isOver: () => boolean, patience: number): Promise<void> {
  for (const until = performance.now() + patience; !isOver() && performance.now() < until; ) await sleep(20)
}

function isSocket(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
  } catch {
    // It was closed meanwhile.
    return false
  }
}
