import type { Socket } from 'node:net'
import type { Balancer } from '../../client/balancer.js'
import type { Endpoint } from '../../core/endpoint.js'
import type { SocketSettings } from './socket-options.js'

/** Closes a socket when its endpoint turns out to be unhealthy, or some time after it left, if that is wanted. */
export function closeWithEndpoint(
  socket: Socket,
  own: Endpoint,
  balancer: Balancer,
  { closeUnhealthy, drainTimeout }: Pick<SocketSettings, 'closeUnhealthy' | 'drainTimeout'>,
): void {
  const { id } = own
  // Compared as objects: one that has come under the same id is another server.
  if (closeUnhealthy) {
    const onUnhealthy = ({ endpoint }: { readonly endpoint: Endpoint }) => {
      if (endpoint === own) socket.destroy(closed(id, 'its health checks have failed'))
    }
    balancer.on('unhealthy', onUnhealthy)
    socket.once('close', () => balancer.off('unhealthy', onUnhealthy))
  }
  if (drainTimeout === Number.POSITIVE_INFINITY) return
  let timer: NodeJS.Timeout | undefined
  const onRemoved = ({ endpoint }: { readonly endpoint: Endpoint }) => {
    if (endpoint !== own) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (balancer.endpoints().includes(own)) return
      socket.destroy(closed(id, `it left the list ${drainTimeout} ms ago`))
    }, drainTimeout)
    timer.unref()
  }
  balancer.on('endpointremoved', onRemoved)
  socket.once('close', () => {
    clearTimeout(timer)
    balancer.off('endpointremoved', onRemoved)
  })
}

/** `ECONNABORTED` is what POSIX calls a connection that was given up by its own end. */
function closed(id: string, why: string): Error {
  return Object.assign(new Error(`The socket to ${id} was closed: ${why}`), { code: 'ECONNABORTED' })
}
