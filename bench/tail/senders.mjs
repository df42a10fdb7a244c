// How each contender sends a call. `send(path, now)` resolves to whether there was an answer of 200.
import { Agent, BalancedPool } from 'undici'
import { get } from '../lib/get.mjs'
import { SERVERS, slowness } from './fleet.mjs'
import { Oracle } from './oracle.mjs'

export const SENDERS = {
  oracle({ urls, scenario, duration }) {
    const agent = new Agent()
    const oracle = new Oracle(SERVERS, slowness(scenario, duration))
    return async (path, now) => {
      const server = oracle.pick(now)
      try {
        return (await get(agent, path, urls[server])) === 200
      } finally {
        oracle.done(server)
      }
    }
  },
  async evenkeel({ urls, modules, policy }) {
    const { createBalancer, ...exported } = await import(modules.evenkeel)
    const agent = new Agent()
    // An option that is there and undefined is an option that was not given.
    const balancer = createBalancer({ endpoints: urls, policy: policy && exported[policy]() })
    return async (path) => (await balancer.execute(({ endpoint }) => get(agent, path, endpoint.url))) === 200
  },
  roundRobin({ urls }) {
    const agent = new Agent()
    let next = 0
    return async (path) => (await get(agent, path, urls[next++ % urls.length])) === 200
  },
  balancedPool({ urls }) {
    const pool = new BalancedPool(urls)
    return async (path) => (await get(pool, path)) === 200
  },
  proxy({ proxy }) {
    const agent = new Agent()
    return async (path) => (await get(agent, path, proxy)) === 200
  },
}
