import type { EndpointOptions } from 'evenkeel'

/** Endpoints that are tried in the order given: each takes over when those before it have failed. */
export function inTurn(...servers: readonly { readonly url: string }[]): EndpointOptions[] {
  return servers.map(({ url }, priority) => ({ url, priority }))
}
