import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type BalancerOptions, type EndpointInput, leastRequest } from 'evenkeel'
import { watchedBalancer } from '../../integration/watched-balancer.ts'
import type { LocalServer } from '../../support/servers/local-server.ts'

export const tcp = ({ host }: { readonly host: string }) => `tcp://${host}`

/** A balancer for sockets, with the policy for them; of servers the first goes before the second. */
export function balance(endpoints: readonly (LocalServer | EndpointInput)[], options: BalancerOptions = {}) {
  return watchedBalancer({
    endpoints: endpoints.map((one, priority) =>
      typeof one === 'object' && 'connections' in one ? { url: tcp(one), priority } : one,
    ),
    policy: leastRequest(),
    ...options,
  })
}

type Balanced = ReturnType<typeof balance>

export const endpointOf = ({ balancer }: Balanced, index = 0) => balancer.snapshot().endpoints[index]

/** How many sockets are open to each. */
export const inFlightOf = ({ balancer }: Balanced) =>
  balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)

/** What a server says first. */
export async function wordOf(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString()
}
