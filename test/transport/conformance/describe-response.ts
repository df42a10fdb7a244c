import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { outcomeOf } from './describe-error.ts'

/** Longer texts are told apart by their length and hash. */
const LONGEST = 2_000

/** All of a response but its body. */
export function describeHead(response: Response): object {
  const { status, statusText, ok, type, url, redirected, headers, body, bodyUsed } = response
  return {
    status,
    statusText,
    ok,
    type,
    url,
    redirected,
    headers: [...headers],
    setCookie: headers.getSetCookie(),
    body: body === null ? 'none' : Object.prototype.toString.call(body),
    bodyUsed,
    isResponse: response instanceof Response && headers instanceof Headers,
    tag: Object.prototype.toString.call(response),
    inspected: inspect(response).startsWith('Response {'),
  }
}

/** All of a response, its body read as text. */
export async function describeResponse(response: Response): Promise<object> {
  const head = describeHead(response)
  return { response: { ...head, text: await outcomeOf(async () => short(await response.text())) } }
}

/** A text that can be read by people, or compared at least. */
export function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.length} characters, ${hash(text)}`
}

/** Bytes, as text. */
export function bytes(body: ArrayBuffer | Uint8Array): string {
  return short(Buffer.from(body as Uint8Array).toString('latin1'))
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
