import { discardResponse } from '../../runtime/discard-response.js'

/** The part of `fetch` that is needed. */
export type HttpSourceFetch = (url: string, init: RequestInit) => Promise<Response>

/** Headers of each request, or who makes them: tokens expire. */
export type HttpSourceHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)

/** Whom to ask, and how. */
export interface Question {
  readonly url: URL
  readonly headers: HttpSourceHeaders
  readonly fetch: HttpSourceFetch | undefined
}

/** As many are followed. */
const MOST_REDIRECTS = 5
const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * Asks, and follows redirects itself: `fetch` would carry all headers but `Authorization` to another server too, and a token may be in
 * any of them.
 */
export async function ask(
  { url, headers, fetch = globalThis.fetch }: Question,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  const own = Object.fromEntries(new Headers(typeof headers === 'function' ? await headers() : headers))
  signal.throwIfAborted()
  let target = url
  let trusted = true
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const init = { headers: trusted ? { ...extra, ...own } : extra, redirect: 'manual', signal } as const
    const response = await fetch(target.href, init)
    if (signal.aborted) {
      // It comes too late, from one that does not listen to signals.
      discardResponse(response)
      throw signal.reason
    }
    if (response.type === 'opaqueredirect')
      throw new Error(
        'it was redirected, which this runtime does not let us follow with care: give the URL where it leads',
      )
    if (!REDIRECTS.includes(response.status)) return response
    discardResponse(response)
    target = placeOf(response.headers.get('location'), target)
    // What has once been elsewhere is sent where others want it.
    trusted &&= target.origin === url.origin
  }
  throw new Error(`it was redirected more than ${MOST_REDIRECTS} times`)
}

/** Where a redirect leads. What stands in it may be a secret, and is not repeated. */
function placeOf(location: string | null, from: URL): URL {
  if (location === null || !URL.canParse(location, from)) throw new Error('it was redirected to nowhere')
  const { href, protocol, host, username, password } = new URL(location, from)
  if (protocol !== 'https:' && (protocol !== 'http:' || from.protocol === 'https:'))
    throw new Error(`it was redirected to ${protocol}//${host}, away from ${from.protocol}//`)
  if (username !== '' || password !== '') throw new Error(`it was redirected to ${host} with credentials`)
  return new URL(href)
}
