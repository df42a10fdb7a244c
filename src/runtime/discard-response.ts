/** Lets go of a response that nobody gets, so that its connection is free again. */
export function discardResponse(response: Response): void {
  // A transport may give anything; the bodies of node-fetch are Node's streams.
  const body = response?.body as Partial<{ cancel(): unknown; destroy(): unknown }> | null | undefined
  try {
    const end = typeof body?.cancel === 'function' ? body.cancel() : body?.destroy?.()
    // A body that fails while it is cancelled has ended all the same.
    Promise.resolve(end).catch(() => {})
  } catch {
    // The same goes for one that cannot even be asked to.
  }
}
