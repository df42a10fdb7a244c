import { expect } from 'vitest'

/** Expects something that becomes true by itself; generous, for machines that are busy. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 8_000, interval: 5 })
}
