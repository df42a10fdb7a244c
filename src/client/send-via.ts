import type { Transport } from '../transport/transport.js'
import type { BalancedRequestInit, Balancer } from './balancer.js'

/** How a balancer is asked to send with another transport than its own; a registered symbol, to work across copies. */
export const SEND_VIA: unique symbol = Symbol.for('evenkeel.sendVia') as never

/** What a call is sent with. @param own the transport that the balancer was given, if it was given one */
export type ChooseTransport = (own: Transport | undefined) => Transport

/** A balancer that can send with another transport than its own. */
interface SendsVia {
  [SEND_VIA]?(
    choose: ChooseTransport,
    input: string | URL | Request,
    init?: BalancedRequestInit,
  ): Promise<Response>
}

/** A call of a balancer, by a transport that is chosen for it. What stands in for a balancer is asked by its `fetch`. */
export function sendVia(
  balancer: Balancer,
  choose: ChooseTransport,
  input: string | URL | Request,
  init?: BalancedRequestInit,
): Promise<Response> {
  return (balancer as SendsVia)[SEND_VIA]?.(choose, input, init) ?? balancer.fetch(input, init)
}
