import { vi } from 'vitest'

/** What of `queueMicrotask` would have been an uncaught error. */
export function uncaught(): () => unknown[] {
  const queued: (() => void)[] = []
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => void queued.push(callback))
  return () =>
    queued.flatMap((callback) => {
      try {
        callback()
        return []
      } catch (error) {
        return [error]
      }
    })
}
