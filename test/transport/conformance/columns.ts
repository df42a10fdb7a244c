import { type BalancerOptions, createBalancer, fetchTransport, isBalancerError } from '../../../src/index.ts'
import { undiciTransport } from '../../../src/node/index.ts'
import type { Fetch } from './case.ts'

/** What the same cases run over. */
export interface Column {
  readonly name: string
  /** A way to call the server at this URL. */
  open(url: string): { readonly fetch: Fetch } & AsyncDisposable
}

/** Node's own: what it does is right by definition. */
export const TRUTH: Column = {
  name: 'fetch',
  open: (url) => ({
    fetch: (input, init) =>
      fetch(typeof input === 'string' && input.startsWith('/') ? url + input : input, init),
    [Symbol.asyncDispose]: async () => {},
  }),
}

/** A balancer with a single endpoint, which is asked once. */
export function balanced(name: string, options: () => BalancerOptions): Column {
  return {
    name,
    open: (url) => {
      const balancer = createBalancer({ endpoints: [url], retry: false, ...options() })
      return {
        fetch: (input, init) => balancer.fetch(input, init).catch(unwrap),
        [Symbol.asyncDispose]: () => balancer.close(),
      }
    },
  }
}

/** A balancer says which attempts failed; what is compared is what the last one failed with. */
function unwrap(error: unknown): never {
  throw isBalancerError(error) && error.code === 'ERR_ATTEMPT_FAILED' ? error.cause : error
}

/** All but the truth. */
export const COLUMNS: readonly Column[] = [
  balanced('fetchTransport', () => ({ transport: fetchTransport() })),
  // As createBalancer of evenkeel/node has it.
  balanced('undiciTransport', () => ({ transport: undiciTransport(), completion: 'body' })),
]
