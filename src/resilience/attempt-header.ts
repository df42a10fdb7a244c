/** The header by which second and later attempts of a call tell which they are. */
export const ATTEMPT_HEADER = 'evenkeel-attempt'

/** Headers of a request as servers have them: those of `fetch`, or of Node's `http`. */
export type IncomingHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Which attempt of its caller's call a request is, in a server: 1, or what its header says. Given to the calls that the server
 * makes for it, it keeps layers from trying again for each other, where three attempts in each of three
 * layers would make 27 requests of one:
 *
 * ```ts
 * await users.fetch('/v1/me', { balancer: { attempt: attemptOf(request.headers) } })
 * ```
 *
 * Envoy's `x-envoy-attempt-count` can be read as well: `attemptOf(headers, 'x-envoy-attempt-count')`.
 * Anything that is no number from 1 to 1 000 000 counts as 1.
 */
export function attemptOf(headers: IncomingHeaders, name: string = ATTEMPT_HEADER): number {
  const value =
    typeof headers.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)[name]
  const text = `${Array.isArray(value) ? value[0] : (value ?? '')}`.trim()
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1
}
