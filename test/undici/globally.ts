import type { Balancer } from 'evenkeel'
import { balancedDispatcher } from 'evenkeel/undici'
import { type Dispatcher, getGlobalDispatcher, setGlobalDispatcher, fetch as undiciFetch } from 'undici'

/** The global dispatcher, until the test is over; closed then, and what was before is back. */
export function globally(
  services: Readonly<Record<string, Balancer>>,
  composed: (dispatcher: Dispatcher) => Dispatcher = (dispatcher) => dispatcher,
): AsyncDisposable {
  const before = getGlobalDispatcher()
  const dispatcher = balancedDispatcher(services)
  setGlobalDispatcher(composed(dispatcher))
  return {
    async [Symbol.asyncDispose]() {
      setGlobalDispatcher(before)
      await dispatcher.destroy()
    },
  }
}

/** Both that go by the global dispatcher: Node's own, of another undici, and that of the package. */
export const FETCHES: readonly (readonly [string, typeof fetch])[] = [
  ["Node's fetch", (input, init) => fetch(input, init)],
  ["undici's fetch", undiciFetch as unknown as typeof fetch],
]
