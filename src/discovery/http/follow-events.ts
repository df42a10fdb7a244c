import { discardResponse } from '../../runtime/discard-response.js'
import type { Lists } from '../lists.js'
import { parseJson } from '../parse-json.js'
import { Patience, TooLate } from '../patience.js'
import type { PollTask } from '../poll.js'
import { type AskSettings, assertOk } from './ask-again.js'
import { EventStream } from './event-stream.js'
import { TextReader } from './read-text.js'
import { ask } from './request.js'

/**
 * Follows server-sent events: one look is one connection, for as long as it holds. Resolves with when to connect
 * again, if it ended well.
 */
export function followEvents(
  { question, timeout, maxBytes, idleTimeout }: AskSettings,
  lists: Lists,
  clock: PollTask['clock'],
  failed: PollTask['failed'],
): PollTask['look'] {
  let lastEventId = ''
  /** How soon the server wants to hear from us again, in ms. */
  let retry: number | undefined
  return async (signal, wentWell) => {
    const patience = new Patience(clock, signal)
    const stream = new EventStream(lastEventId, maxBytes)
    const deadline = clock.now() + timeout
    let reader: TextReader | undefined
    let isCurrent = false
    const current = () => {
      isCurrent = true
      wentWell?.()
    }
    try {
      const extra: Record<string, string> = { accept: 'text/event-stream' }
      if (lastEventId !== '') extra['last-event-id'] = lastEventId
      const asked = ask(question, extra, patience.signal)
      const response = await patience.wait(asked, timeout, `no answer came within ${timeout} ms`)
      assertEvents(response)
      reader = new TextReader(response)
      for (;;) {
        // The first list has to come as soon as an answer would.
        const ms = isCurrent ? idleTimeout : deadline - clock.now()
        const text = await patience.wait(reader.next(), ms, 'the stream has gone silent')
        if (text === undefined) break
        const messages = stream.push(text)
        retry = stream.retry ?? retry
        for (const message of messages) {
          lists.take(parseJson(message))
          current()
        }
        // Whoever goes on from where it was may have missed nothing, and is told nothing but that the server is there.
        if (!isCurrent && lastEventId !== '' && !stream.unfinished) {
          lists.again()
          current()
        }
        lastEventId = stream.lastEventId
      }
      if (!isCurrent) throw new Error('the stream ended before a list came')
      // Servers, and proxies between, end streams for reasons of their own.
      return retry ?? 0
    } catch (error) {
      // Silence is taken for a connection that has died, and is no failure as long as the next one lives.
      if (isCurrent && error instanceof TooLate) return retry ?? 0
      if (!isCurrent || retry === undefined || signal.aborted) throw error
      failed(error)
      return retry
    } finally {
      reader?.cancel()
      patience.end()
    }
  }
}

/** @throws Error */
function assertEvents(response: Response): void {
  assertOk(response)
  const type = response.headers.get('content-type') ?? 'nothing that it names'
  if (/^text\/event-stream\b/i.test(type)) return
  discardResponse(response)
  throw new Error(`it answered with ${type.slice(0, 80)} instead of text/event-stream`)
}
