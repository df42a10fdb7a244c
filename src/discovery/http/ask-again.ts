import { discardResponse } from '../../runtime/discard-response.js'
import type { Lists } from '../lists.js'
import { parseJson } from '../parse-json.js'
import { Patience } from '../patience.js'
import type { PollTask } from '../poll.js'
import { TextReader } from './read-text.js'
import { ask, type Question } from './request.js'

/** How one look at a list goes. */
export interface AskSettings {
  readonly question: Question
  /** For an answer, or with events for its beginning, in ms. */
  readonly timeout: number
  /** In bytes. */
  readonly maxBytes: number
  /** For how long a list is good if the server does not say so, in ms. */
  readonly interval: number
  /** With events: for how long a stream may be silent, in ms. */
  readonly idleTimeout: number
}

/** Asks for the list, with its ETag. Resolves with how long it is good for. */
export function askAgain(settings: AskSettings, lists: Lists, clock: PollTask['clock']): PollTask['look'] {
  const { question, timeout, maxBytes, interval } = settings
  let etag: string | null = null
  return async (signal) => {
    const patience = new Patience(clock, signal)
    const end = clock.now() + timeout
    // For all of it: a server that sends a byte now and then would never be done.
    const wait = <T>(promise: Promise<T>) =>
      patience.wait(promise, end - clock.now(), `no whole answer came within ${timeout} ms`)
    let reader: TextReader | undefined
    try {
      const extra: Record<string, string> = { accept: 'application/json' }
      if (etag !== null) extra['if-none-match'] = etag
      const response = await wait(ask(question, extra, patience.signal))
      if (response.status === 304 && etag !== null) {
        discardResponse(response)
        lists.again()
      } else {
        assertOk(response)
        reader = new TextReader(response, maxBytes)
        lists.take(parseJson(await wait(reader.all())))
        etag = response.headers.get('etag')
      }
      return goodFor(response.headers) ?? interval
    } finally {
      reader?.cancel()
      patience.end()
    }
  }
}

/** @throws Error */
export function assertOk(response: Response): void {
  if (response.ok) return
  discardResponse(response)
  throw new Error(`it answered with status ${response.status}`)
}

/** `max-age` less `Age`, RFC 9111, 4.2. `no-cache` and 0 are about caches, and say nothing of how often to ask. */
function goodFor(headers: Headers): number | undefined {
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  if (maxAge === undefined || Number(maxAge) === 0) return undefined
  return Math.max(0, Number(maxAge) - (Number(headers.get('age')) || 0)) * 1_000
}
