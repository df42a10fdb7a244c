// The two ways to call the fleet, as an application would write them.
import { type Balancer, createBalancer, wrapFetch } from 'evenkeel'
import type { ServerProcess } from './fleet.ts'

/** Milliseconds after which a call is given up: evenkeel's own default for an attempt. */
export const TIMEOUT = 10_000

/** A call on its way, and the server that it was sent to if one was chosen beforehand. */
export interface SentCall {
  readonly answer: Promise<Response>
  readonly server?: string
}

/** Sends one call. */
export type Way = () => SentCall

/** Through evenkeel: all options are the defaults. */
export function balancedWay(servers: readonly ServerProcess[]): { way: Way; balancer: Balancer } {
  const shop = createBalancer({
    name: 'shop',
    endpoints: servers.map(({ spec, url }) => ({ id: spec.name, url, weight: spec.weight })),
  })
  const fetch = wrapFetch(globalThis.fetch, { shop })
  return { way: () => ({ answer: fetch('http://shop/hello') }), balancer: shop }
}

/** Plain round robin: one server after the other. */
export function plainWay(servers: readonly ServerProcess[]): Way {
  let turn = 0
  return () => {
    const { spec, url } = servers[turn++ % servers.length] as ServerProcess
    const signal = AbortSignal.timeout(TIMEOUT)
    return { answer: fetch(`${url}/hello`, { signal }), server: spec.name }
  }
}
