import type { Balancer } from '../client/balancer.js'
import { createBalancer } from '../client/create-balancer.js'
import type { EndpointOptions } from '../core/endpoint.js'
import type { Policy } from '../policies/policy.js'
import type { Agenda } from './agenda.js'
import type { ClientPlan } from './check-scenario.js'
import type { Recorder } from './recorder.js'
import type { BalancerConfig } from './scenario.js'
import type { SimulatedClock } from './simulated-clock.js'
import { type Network, SimulatedTransport } from './simulated-transport.js'
import { stream } from './streams.js'

/** One client: a balancer as users have it, and its way to the servers. */
export interface Client {
  readonly balancer: Balancer
  readonly transport: SimulatedTransport
}

/** What all clients have in common. */
export interface Surroundings {
  readonly agenda: Agenda
  readonly clock: SimulatedClock
  readonly network: Network
  readonly recorder: Recorder
  readonly config: BalancerConfig
  readonly policy: Policy
  readonly seed: number
}

export function createClient(
  { zone }: ClientPlan,
  number: number,
  endpoints: readonly EndpointOptions[],
  { agenda, clock, network, recorder, config, policy, seed }: Surroundings,
): Client {
  const transport = new SimulatedTransport(network, zone)
  const balancer = createBalancer({
    ...config,
    name: `client-${number}`,
    endpoints,
    policy,
    transport,
    clock,
    random: stream(seed, `client ${number}`),
  })
  const count = (counts: Uint32Array) => () => {
    counts[recorder.bucketAt(agenda.now)]!++
  }
  balancer.on('retry', count(recorder.retries))
  balancer.on('hedge', count(recorder.retries))
  balancer.on('ejected', count(recorder.ejections))
  balancer.on('circuitopened', count(recorder.openings))
  balancer.on('panicstarted', () => {
    recorder.panics++
  })
  return { balancer, transport }
}
