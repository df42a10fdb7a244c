/**
 * Reports a mistake in somebody else's code (a listener, a policy) as an uncaught error of its own, as
 * EventTarget does in Node: the call that it was told of must not fail for it.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
