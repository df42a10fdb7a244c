/** Causes are followed this deep. */
const DEEPEST = 4

/** What a caller can tell an error by. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { thrown: String(error), type: typeof error }
  const { name, message, cause, code, errors } = error as Error & {
    code?: unknown
    errors?: readonly unknown[]
  }
  return {
    name,
    class: error.constructor.name,
    message,
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: depth < DEEPEST ? describeError(cause, depth + 1) : 'too deep' }),
    ...(errors !== undefined && { errors: errors.map((one) => describeError(one, depth + 1)) }),
  }
}

/** The value of a promise, or why there is none. */
export async function outcomeOf(attempt: () => unknown): Promise<unknown> {
  try {
    return await attempt()
  } catch (error) {
    return { error: describeError(error) }
  }
}
