import type { EndpointInput } from '../core/endpoint.js'
import { describe } from '../core/errors.js'
import { checkChoice } from '../core/validate.js'
import { Mistakes } from './mistakes.js'
import { checkTargets, type TargetOptions, targetsOf } from './target-groups.js'

/** How a list that a server or a file has is read. */
export interface ListOptions extends TargetOptions {
  /**
   * What it is made of: `'endpoints'` as `createBalancer` takes them (`["http://10.0.0.1", { "url": …, "weight": 3 }]`,
   * or the same as `endpoints` of an object), or `'prometheus'` target groups, the format of Prometheus' `http_sd` and
   * `file_sd`. Default: what it looks like.
   */
  readonly format?: 'endpoints' | 'prometheus'
}

export const LIST_KEYS = ['format', 'scheme', 'labels']

/** What a list says, and what of it cannot be used. */
export interface ReadList {
  readonly endpoints: readonly EndpointInput[]
  readonly mistakes: Mistakes
}

export type ListReader = (value: unknown) => ReadList

/** So many endpoints are taken: enough for any fleet, and not enough to keep the event loop busy for long. */
const MOST_ENDPOINTS = 100_000
/** These read files and text of this machine, in runtimes whose `fetch` knows them; a list never has a reason to. */
const READS = ['file:', 'data:', 'blob:', 'filesystem:', 'javascript:', 'about:']

/**
 * Reads lists as the options say; `local`: the list may name sockets of Unix, which nobody but this machine should
 * decide on.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function listReader(options: ListOptions, path: string, local: boolean): ListReader {
  const format = checkChoice<'auto' | 'endpoints' | 'prometheus'>(options.format, `${path}.format`, 'auto', [
    'endpoints',
    'prometheus',
  ])
  const targets = checkTargets(options, path)
  return (value) => {
    const list = listOf(value)
    const grouped = format === 'auto' ? list.some(isGroup) : format === 'prometheus'
    const mistakes = new Mistakes()
    const endpoints = grouped ? targetsOf(list, targets, mistakes) : list
    if (endpoints.length > MOST_ENDPOINTS)
      throw new Error(`the list has ${endpoints.length} endpoints; at most ${MOST_ENDPOINTS} are taken`)
    const taken = endpoints.filter((endpoint, index) => {
      const refused = refusal(endpoint, local)
      if (refused !== undefined) mistakes.add(new Error(`endpoints[${index}] is ${refused}, and left out`))
      return refused === undefined
    })
    // What is no endpoint is found, and told, by whoever checks the list.
    return { endpoints: taken as EndpointInput[], mistakes }
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  const inner = (value as { readonly endpoints?: unknown } | null | undefined)?.endpoints
  if (Array.isArray(inner)) return inner
  throw new TypeError(`it is ${describe(value)}, and no list of endpoints`)
}

function isGroup(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'targets' in entry
}

/** What is wrong with where an endpoint is, if it is. */
function refusal(endpoint: unknown, local: boolean): string | undefined {
  const { url, address } =
    typeof endpoint === 'string' ? { url: endpoint, address: undefined } : Object(endpoint)
  const scheme = schemeOf(url)
  if (scheme !== undefined && READS.includes(scheme)) return `a URL of ${scheme}`
  const isSocket = scheme === 'unix:' || (typeof address === 'string' && address.startsWith('unix:'))
  return isSocket && !local ? 'a socket of this machine' : undefined
}

/** As a URL is read, which is without the blanks and the ends of lines that may be in it. */
function schemeOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || /^https?:/.test(url) || !URL.canParse(url)) return undefined
  return new URL(url).protocol
}
