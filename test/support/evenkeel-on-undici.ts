// `evenkeel` for tests that are run a second time, with connections of the library's own: all but the transport is as it is.
import { type BalancerOptions, createBalancer as create } from '../../src/index.js'
import { undiciTransport } from '../../src/node/transport/undici-transport.js'

export * from '../../src/index.js'

export function createBalancer(options: BalancerOptions) {
  return create(options.transport === undefined ? { ...options, transport: undiciTransport() } : options)
}
