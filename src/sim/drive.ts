import type { Agenda } from './agenda.js'

/**
 * Lets everything on the agenda happen, in order, until it is over or nothing is left. After an event that settled a promise it waits for a
 * new macrotask, by when all that hangs on that promise has run, however many steps it takes: so what a
 * call does next, it does at the same virtual time.
 */
export function drive(agenda: Agenda, isOver: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let empty = false
    const turn = macrotask(() => {
      try {
        if (isOver()) return finish()
        agenda.stirred = false
        while (!agenda.stirred) {
          const event = agenda.next()
          if (event === undefined) {
            // What has just settled may put something new on the agenda: it is empty when it is so twice.
            if (empty) return finish()
            empty = true
            break
          }
          empty = false
          event.happen()
        }
        turn.next()
      } catch (error) {
        turn.close()
        reject(error)
      }
    })
    const finish = () => {
      turn.close()
      resolve()
    }
    turn.next()
  })
}

interface Turn {
  next(): void
  close(): void
}

/** `setImmediate` where there is one: it is the faster one. */
function macrotask(callback: () => void): Turn {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown }
  if (setImmediate !== undefined) return { next: () => void setImmediate(callback), close: () => {} }
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = callback
  return { next: () => port2.postMessage(undefined), close: () => port1.close() }
}
