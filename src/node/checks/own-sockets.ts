import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Told of by `node:net` for each socket that a client opens. */
const CHANNEL = 'net.client.socket'

/**
 * Runs something that opens sockets, and destroys them at its end. A library that leaves a connection to itself, while
 * that is being made or because its other end is silent, would leave one more with each check.
 *
 * Those that belong to it are told by their asynchronous context, whatever lies in between.
 */
export async function withOwnSockets<T>(run: () => Promise<T>): Promise<T> {
  const context = new AsyncLocalStorage<boolean>()
  const sockets: Socket[] = []
  let over = false
  const onSocket = (message: unknown) => {
    if (context.getStore() !== true) return
    const { socket } = message as { socket: Socket }
    if (over) socket.destroy()
    else sockets.push(socket)
  }
  subscribe(CHANNEL, onSocket)
  try {
    return await context.run(true, run)
  } finally {
    over = true
    for (const socket of sockets) socket.destroy()
    // What was about to connect does so in the same turn of the event loop.
    setImmediate(() => {
      unsubscribe(CHANNEL, onSocket)
      context.disable()
    })
  }
}
