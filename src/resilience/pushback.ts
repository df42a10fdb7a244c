/** How a gRPC server says when its client may try again, in ms, or that it must not (gRFC A6). */
export const PUSHBACK_HEADER = 'grpc-retry-pushback-ms'

/**
 * The milliseconds that a pushback asks for; `'never'` for one that is negative or no number, which by A6
 * means "do not try again"; `undefined` where there is none.
 */
export function parsePushback(value: string | null): number | 'never' | undefined {
  if (value === null) return undefined
  const text = value.trim()
  return /^\d+$/.test(text) ? Number(text) : 'never'
}
