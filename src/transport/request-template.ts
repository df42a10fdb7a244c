import type { LiveEndpoint } from '../core/endpoint.js'
import { bodyOf, bodyOfRequest, type RequestBody } from './request-body.js'
import type { RequestView } from './request-view.js'

/** Stands for the endpoint while a path is resolved; reserved by RFC 6761, so it is nobody's. */
const NOWHERE = 'http://evenkeel.invalid/'
/** What of a path the URL parser would not leave as it is, as far as staying below a base path goes. */
const NOT_PLAIN = /^\/\/|\/\.|%2[eE]|[\\#\s]/

/** What of a `Request` is sent on, beside its URL, body and signal; it has them on its prototype. */
const REQUEST_FIELDS = [
  'cache',
  'credentials',
  'headers',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
] as const

type Init = RequestInit & { balancer?: unknown }

const NOTHING: RequestInit = {}

/** What the caller gave `fetch`, ready to be sent to any endpoint, more than once. */
export class RequestTemplate implements RequestView {
  readonly method: string
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined
  readonly body: RequestBody
  /** Path and query, below the endpoint's base path. */
  readonly #target: string
  readonly #init: RequestInit
  #headers: Headers | undefined

  /** @throws TypeError for what `fetch` would refuse as well */
  constructor(input: string | URL | Request, init: Init | null | undefined) {
    const request = isRequest(input) ? input : undefined
    this.#target = targetOf(request === undefined ? (input as string | URL) : request.url)
    const given = init ?? undefined
    this.#init =
      request === undefined && given === undefined
        ? NOTHING
        : { ...(request && fieldsOf(request)), ...(given !== undefined && copyInit(given)) }
    const { method } = this.#init
    this.method = method === undefined || method === null ? 'GET' : String(method).toUpperCase()
    this.signal = checkSignal(init?.signal === undefined ? request?.signal : init.signal)
    // `null` and nothing both leave a request its own body.
    const body = init?.body ?? undefined
    const source = body === undefined ? request : isRequest(init) ? init : undefined
    this.body = source === undefined ? bodyOf(body) : bodyOfRequest(source)
  }

  /** The path without its query, which may hold secrets: for messages. */
  get path(): string {
    const query = this.#target.indexOf('?')
    return query < 0 ? this.#target : this.#target.slice(0, query)
  }

  get search(): string {
    const query = this.#target.indexOf('?')
    return query < 0 ? '' : this.#target.slice(query)
  }

  get headers(): Headers {
    this.#headers ??= new Headers(this.#init.headers)
    return this.#headers
  }

  hasHeader(name: string): boolean {
    return this.#init.headers !== undefined && this.headers.has(name)
  }

  urlFor(endpoint: LiveEndpoint): string {
    return endpoint.origin + endpoint.basePath + this.#target
  }

  initFor(signal: AbortSignal): RequestInit {
    return { ...this.#init, ...this.body.next(), signal }
  }

  /** With a header, in small letters, that tells it from the call that it is a copy or a retry of. */
  markedFor(signal: AbortSignal, header: string, value: string): RequestInit {
    const headers = Array.from(this.headers).filter(([name]) => name !== header)
    return { ...this.initFor(signal), headers: [...headers, [header, value]] }
  }

  /**
   * Was this call never one that can be sent? Tells the caller's mistake (a body with GET, a header
   * with a line break) from a failed connection, which `fetch` reports with the same TypeError.
   */
  isRefused(): boolean {
    // Bun's Request does not mind, but its fetch does.
    if (this.body.present && (this.method === 'GET' || this.method === 'HEAD')) return true
    try {
      new Request(NOWHERE, { ...this.#init, ...(this.body.present ? { body: '' } : {}) })
      return false
    } catch {
      return true
    }
  }
}

function targetOf(input: string | URL): string {
  if (typeof input === 'string' && input.startsWith('/') && !NOT_PLAIN.test(input)) return input
  const url = parse(`${input}`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`A balancer's fetch takes http and https URLs or paths, not ${url.protocol}`)
  }
  if (url.username !== '' || url.password !== '')
    throw new TypeError('A URL that includes credentials cannot be fetched')
  return url.pathname + url.search
}

/** Resolving against a root keeps `..` from climbing out of the endpoint's base path. */
function parse(url: string): URL {
  // A URL with the root's own scheme, but without slashes, would be taken for a path.
  return /^\s*https?:/i.test(url) ? new URL(url) : new URL(url, NOWHERE)
}

/** A `Request`, of whatever implementation. */
function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'method' in value && 'clone' in value
}

function fieldsOf(source: Request | RequestInit): RequestInit {
  const init: Record<string, unknown> = {}
  for (const field of REQUEST_FIELDS) {
    // Workers lack some of these and refuse even `undefined`; `navigate` is refused everywhere.
    const value = source[field]
    if (value !== undefined && value !== 'navigate') init[field] = value
  }
  if (init['headers'] !== undefined) init['headers'] = copyHeaders(init['headers'] as HeadersInit)
  return init
}

/** What is left out and what is `undefined` is the same to `fetch`: neither overrides anything. */
function copyInit(init: Init): RequestInit {
  if (typeof init !== 'object') throw new TypeError('The second argument of fetch is an object')
  // One with getters, or with defaults in its prototype. A `Request` may stand here, too.
  const copy: Record<string, unknown> = isPlain(init) ? {} : { ...fieldsOf(init) }
  for (const [key, value] of Object.entries(init)) {
    if (value !== undefined && key !== 'balancer' && key !== 'signal' && key !== 'body') copy[key] = value
  }
  if (copy['headers'] !== undefined) copy['headers'] = copyHeaders(copy['headers'] as HeadersInit)
  return copy
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** As with bodies: a retry sends the headers as they were when the call was made. */
function copyHeaders(headers: HeadersInit): HeadersInit {
  // Something else that cannot be had: `fetch` says what is wrong with it.
  if (typeof headers !== 'object' || headers === null) return headers
  if (!(Symbol.iterator in headers)) return { ...headers }
  // Pairs rather than a `Headers` made of a `Headers`, of which msw 3 loses some.
  return Array.from(headers, (pair) => (Array.isArray(pair) ? [...pair] : pair) as [string, string])
}

/** Anything else would be noticed when it is too late. */
function checkSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined
  if (!(signal instanceof AbortSignal)) throw new TypeError('The signal is not an AbortSignal')
  return signal
}
