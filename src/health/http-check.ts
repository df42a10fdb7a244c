import type { Endpoint } from '../core/endpoint.js'
import { invalidConfig } from '../core/errors.js'
import { checkMethods, checkObject, checkPort } from '../core/validate.js'
import { checkExpected, isIn } from './expected-text.js'
import { type HealthCheckSchedule, type NamedHealthCheck, SCHEDULE_KEYS, scheduleOf } from './health-check.js'

/** Options of {@link httpCheck}. */
export interface HttpCheckOptions extends HealthCheckSchedule {
  /** What is asked for: a path from the root of the server, whatever base path the endpoint has. Default `'/'`. */
  readonly path?: string
  /** Default `'GET'`. */
  readonly method?: string
  /** Sent along. */
  readonly headers?: Readonly<Record<string, string>>
  /** Another port than that of the endpoint. */
  readonly port?: number
  /** The statuses of a server that is well. Default: 200 to 399, as nginx and Kubernetes. */
  readonly status?: number | readonly number[]
  /** What the body contains, within its first 64 KiB. Default: it is not read. */
  readonly body?: string | RegExp
}

const KEYS = ['path', 'method', 'headers', 'port', 'status', 'body', ...SCHEDULE_KEYS]

/** As much of a body is looked at, in bytes. */
const MOST = 65_536

/**
 * Asks an endpoint over HTTP, by the balancer's own transport. Redirects are not followed.
 *
 * ```ts
 * createBalancer({ endpoints, healthCheck: httpCheck({ path: '/healthz', interval: 2_000 }) })
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function httpCheck(options: HttpCheckOptions = {}): NamedHealthCheck {
  checkObject(options, 'httpCheck', KEYS)
  const path = checkPath(options.path)
  const method = [...(checkMethods([options.method ?? 'GET'], 'httpCheck.method') ?? [])].join()
  const headers = checkHeaders(options.headers)
  const port = checkPort(options.port, 'httpCheck.port')
  const isWell = checkStatus(options.status)
  const body = checkExpected(options.body, 'httpCheck.body')
  return {
    name: `${method} ${path}`,
    ...scheduleOf(options),
    async check(endpoint, { send }) {
      const url = urlOf(endpoint, path, port)
      const response = await send(url, { method, headers, redirect: 'manual' })
      // Browsers say of a redirect that is not followed only that it was one.
      const status = response.type === 'opaqueredirect' ? 302 : response.status
      if (!isWell(status)) throw new Error(`${method} ${url} was answered with status ${status}`)
      if (body !== undefined && !isIn(await beginningOf(response), body))
        throw new Error(`the body of ${url} does not contain ${body}`)
    },
  }
}

function urlOf({ url, scheme }: Endpoint, path: string, port: number | undefined): string {
  if (scheme !== 'http' && scheme !== 'https')
    throw new Error(`httpCheck cannot ask ${url}: it is not http(s)`)
  const target = new URL(path, url)
  if (port !== undefined) target.port = String(port)
  return target.href
}

/** A server that never comes to an end must not fill our memory. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let size = 0; size < MOST; ) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.byteLength
      text += decoder.decode(value, { stream: true })
    }
    return text
  } finally {
    reader.releaseLock()
  }
}

function checkPath(given: unknown = '/'): string {
  // `//elsewhere/path` is a path of another server, and URLs take a backslash for a slash, and drop tabs.
  if (typeof given === 'string' && /^\/(?!\/)[^\\\s]*$/.test(given)) return given
  throw invalidConfig('httpCheck.path', given, "a path that begins with one '/', '/healthz'")
}

function checkHeaders(given: unknown = {}): Record<string, string> {
  try {
    return Object.fromEntries(new Headers(given as HeadersInit))
  } catch {
    throw invalidConfig('httpCheck.headers', given, 'an object of header names and values')
  }
}

function checkStatus(given: unknown): (status: number) => boolean {
  if (given === undefined) return (status) => status >= 200 && status <= 399
  const statuses: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isStatus = (status: unknown) =>
    Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599
  if (statuses.length === 0 || !statuses.every(isStatus))
    throw invalidConfig('httpCheck.status', given, 'a status from 200 to 599, or an array of them')
  return (status) => statuses.includes(status)
}
