/** No server is left alone for longer than this on its own word: 5 minutes. */
const MAX_RETRY_AFTER = 300_000

/**
 * The milliseconds that a `Retry-After` header asks for, as seconds or as an HTTP date (RFC 9110,
 * 10.2.3); `undefined` for anything else, and for a time that has passed.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : httpDate(text) - now
  return limitPause(wait)
}

/** A pause that a server asked for, in ms, as far as it is heeded; `undefined` for none. */
export function limitPause(wait: number): number | undefined {
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER) : undefined
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and not all else that `Date.parse` makes something of. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2,8},? .*GMT$/.test(text) ? Date.parse(text) : Number.NaN
}
