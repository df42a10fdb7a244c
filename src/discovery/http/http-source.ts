import { invalidConfig } from '../../core/errors.js'
import { checkBoolean, checkDuration, checkFunction, checkNumber, checkObject } from '../../core/validate.js'
import { LIST_KEYS, type ListOptions, listReader } from '../endpoint-list.js'
import { Lists } from '../lists.js'
import { namedSink } from '../named.js'
import { Poll } from '../poll.js'
import type { DiscoverySource } from '../source.js'
import { type AskSettings, askAgain } from './ask-again.js'
import { followEvents } from './follow-events.js'
import type { HttpSourceFetch, HttpSourceHeaders } from './request.js'

/** Options of {@link http}. */
export interface HttpSourceOptions extends ListOptions {
  /** Where the list is, `http(s)`; without credentials, which belong into a header. */
  readonly url: string | URL
  /**
   * Sent along: an object, or a function that is asked each time (tokens expire). A redirect to another origin is
   * followed without them.
   */
  readonly headers?: HttpSourceHeaders
  /**
   * Follows server-sent events (`text/event-stream`), each of whose messages is a whole list, instead of asking
   * from time to time. Default false.
   */
  readonly events?: boolean
  /** How often to ask, in ms, when the server does not say (`Cache-Control: max-age`). Default 30 000. */
  readonly interval?: number
  /** Never more often than this, whatever the server says, and the least pause after a failure. Default 5000, or `interval` if that is less. */
  readonly minInterval?: number
  /** At least this often, and the longest pause after failures. Default 60 000, or `interval` if that is more. */
  readonly maxInterval?: number
  /** For a whole answer or, with events, until the first one, in ms. Default 10 000. */
  readonly timeout?: number
  /** With events: a stream that is silent for so long, in ms, is taken for dead and opened anew. Default 60 000. */
  readonly idleTimeout?: number
  /** What is longer is not read, in bytes. Default 16 MiB. */
  readonly maxBytes?: number
  /** Default: `globalThis.fetch`, looked up at each request. */
  readonly fetch?: HttpSourceFetch
}

const KEYS = [
  ...['url', 'headers', 'events', 'interval', 'minInterval', 'maxInterval'],
  ...['timeout', 'idleTimeout', 'maxBytes', 'fetch', ...LIST_KEYS],
]

/**
 * Finds endpoints by asking an HTTP server for a list of them: Prometheus' `http_sd`, or JSON of endpoints as
 * `createBalancer` takes them.
 *
 * ```ts
 * createBalancer({ discovery: http({ url: 'https://registry.internal/v1/users' }) })
 * ```
 *
 * The list is asked for with its ETag, and again when `max-age` has passed, within bounds and early by up to a tenth,
 * so that processes that began together drift apart. After failures the pauses double, with half of each left to
 * chance. It follows redirects, but not from https to http. The list may name servers, and not files or sockets
 * of this machine.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function http(options: HttpSourceOptions): DiscoverySource {
  checkObject(options, 'http', KEYS)
  const url = checkUrl(options.url)
  const read = listReader(options, 'http', false)
  const events = checkBoolean(options.events, 'http.events') === true
  const interval = checkDuration(options.interval, 'http.interval', 30_000)
  const minInterval = checkDuration(options.minInterval, 'http.minInterval', Math.min(5_000, interval))
  const maxInterval = checkDuration(options.maxInterval, 'http.maxInterval', Math.max(60_000, interval))
  if (minInterval > interval)
    throw invalidConfig('http.minInterval', minInterval, `at most \`interval\`, ${interval}`)
  if (maxInterval < interval)
    throw invalidConfig('http.maxInterval', maxInterval, `at least \`interval\`, ${interval}`)
  const settings: AskSettings = {
    question: {
      url,
      headers: checkHeaders(options.headers),
      fetch: checkFunction(options.fetch, 'http.fetch', 'a function like fetch'),
    },
    timeout: checkDuration(options.timeout, 'http.timeout', 10_000),
    idleTimeout: checkDuration(options.idleTimeout, 'http.idleTimeout', 60_000),
    maxBytes: checkNumber(options.maxBytes, 'http.maxBytes', 2 ** 24, { min: 1, integer: true }),
    interval,
  }
  // Without the query, which may hold a secret.
  const name = `http ${url.origin}${url.pathname}`
  return {
    name,
    watch(given, { clock, random }) {
      const sink = namedSink(name, given)
      const failed = (error: unknown) => sink.fail(error)
      const lists = new Lists(read, sink)
      const look = events ? followEvents(settings, lists, clock, failed) : askAgain(settings, lists, clock)
      return new Poll({ minInterval, maxInterval, clock, random, look, failed })
    },
  }
}

function checkUrl(given: unknown): URL {
  const text = typeof given === 'string' || given instanceof URL ? String(given) : ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  // What stands before an @ may be a password: it is not repeated.
  const told = text.includes('@') ? 'a text with an @' : given
  if (url === undefined || !isHttp) throw invalidConfig('http.url', told, 'an absolute URL of http or https')
  if (url.username !== '' || url.password !== '')
    throw invalidConfig('http.url', 'a URL with credentials', 'one without: send them by `headers`')
  url.hash = ''
  return url
}

function checkHeaders(given: HttpSourceHeaders = {}): HttpSourceHeaders {
  if (typeof given === 'function') return given
  try {
    return Object.fromEntries(new Headers(given))
  } catch {
    throw invalidConfig(
      'http.headers',
      given,
      'an object of header names and values, or a function that gives one',
    )
  }
}
