/** The most telling short thing about an error: the code of its deepest cause, else its message. */
export function reasonOf(error: unknown): string | undefined {
  // Not everything that is thrown is an Error.
  let found = typeof error === 'string' && error !== '' ? error : undefined
  let current = error
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const { code, message, cause, errors } = current as Record<
      'code' | 'message' | 'cause' | 'errors',
      unknown
    >
    if (typeof code === 'string') found = code
    else if (found === undefined && typeof message === 'string' && message !== '') found = message
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return found
}
