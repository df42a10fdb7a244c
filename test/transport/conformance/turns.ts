import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits for so many turns of the event loop, 5 ms each or more. In every one of them both ends see to all that has
 * come in, since they share the loop: a machine that is busy makes turns longer, and no difference.
 */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await pause(5)
}

/** What has not happened by then will not. */
export const ENOUGH = 20
