import { type Balancer, type BalancerOptions, createBalancer, type EndpointInput } from 'evenkeel'
import { seededRandom } from 'evenkeel/testing'

type Options = Partial<Omit<BalancerOptions, 'discovery'>> & { readonly endpoints: readonly EndpointInput[] }

/** A balancer as it comes, but for the pauses before retries, which are as short as can be. */
export function balanced(options: Options): Balancer {
  return createBalancer({ random: seededRandom(1), retry: { backoff: { base: 1, max: 1 } }, ...options })
}

/** Endpoints that take over from each other in the order given, so that a test knows where a call goes. */
export function inTurn(...urls: readonly string[]): EndpointInput[] {
  return urls.map((url, priority) => ({ url, priority }))
}
