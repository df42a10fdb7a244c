import { type Case, when } from '../case.ts'
import { describeResponse } from '../describe-response.ts'
import { answer, type Bytes, inTurn, replies, repliesAndEnds } from '../scripts.ts'

/** The plainest of calls. */
export const GET: Case['call'] = ({ fetch }) => fetch('/x')

/** The connection is kept. */
export const answers = (name: string, ...parts: readonly Bytes[]): Case =>
  when(name, GET, { server: replies(...parts) })

/** The connection ends with the answer. */
export const ends = (name: string, ...parts: readonly Bytes[]): Case =>
  when(name, GET, { server: repliesAndEnds(...parts) })

/** To HEAD. */
export const head = (name: string, ...parts: readonly Bytes[]): Case =>
  when(`HEAD, ${name}`, ({ fetch }) => fetch('/x', { method: 'HEAD' }), { server: replies(...parts) })

/** Whether what comes next is answered as well, and over which connection. */
export const twice = (name: string, ...parts: readonly Bytes[]): Case =>
  when(
    `${name}, and another request`,
    async ({ fetch }) => {
      const first = await describeResponse(await fetch('/x'))
      return [first, await describeResponse(await fetch('/x'))]
    },
    { server: inTurn(replies(...parts), replies(answer('200 OK', [], 'second'))) },
  )
