import { type EventEmitter, errorMonitor } from 'node:events'
import type { Socket } from 'node:net'
import { classifyError } from '../../transport/classify-error.js'

/**
 * The life of a socket, for `completion`. It rejects if the other end broke it off, or closed it before we did,
 * without ever having said anything: that is what an address does behind which nobody is (the balancer holds it
 * against the endpoint only within the first second). Whatever its user does to it is in order.
 */
export function lifeOf(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown
    const events: EventEmitter = socket
    events.once(errorMonitor, (error: unknown) => {
      // Others are its user's, who may destroy it with any.
      if (classifyError(error) !== undefined) failure = error
    })
    // Before Node's own listener, which ends our side as well.
    socket.prependOnceListener('end', () => {
      if (!socket.writableEnded) failure = new Error('The server closed the connection without a word')
    })
    socket.once('close', () => {
      if (failure === undefined || socket.bytesRead > 0) resolve()
      else reject(failure)
    })
  })
}
