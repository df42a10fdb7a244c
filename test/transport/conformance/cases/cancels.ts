import { group } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { ok } from '../scripts.ts'
import { turns } from '../turns.ts'
import { aborts, half, halfOfGzip, OwnReason } from './aborting.ts'

export const cancels = group('abort', [
  aborts('cancel of the body', half, async ({ fetch }) => {
    const response = await fetch('/x')
    return [
      (await outcomeOf(() => response.body?.cancel())) ?? 'nothing',
      response.bodyUsed,
      await outcomeOf(() => response.text()),
    ]
  }),
  aborts('cancel of the body, with a reason', half, async ({ fetch }) => {
    const response = await fetch('/x')
    return [
      (await outcomeOf(() => response.body?.cancel(new OwnReason('mine')))) ?? 'nothing',
      response.bodyUsed,
    ]
  }),
  aborts('cancel by the reader', half, async ({ fetch }) => {
    const response = await fetch('/x')
    const reader = response.body?.getReader()
    await reader?.read()
    const read = outcomeOf(async () => reader?.read())
    return [(await outcomeOf(() => reader?.cancel('mine'))) ?? 'nothing', await read]
  }),
  aborts('cancel by leaving a loop', half, async ({ fetch }) => {
    const response = await fetch('/x')
    for await (const _ of response.body ?? []) break
    return response.bodyUsed
  }),
  aborts('cancel of a body of gzip', halfOfGzip, async ({ fetch }) => {
    const response = await fetch('/x')
    return [(await outcomeOf(() => response.body?.cancel())) ?? 'nothing', response.bodyUsed]
  }),
  aborts('cancel of one of two clones', half, async ({ fetch }) => {
    const response = await fetch('/x')
    const copy = response.clone()
    void response.body?.cancel()
    const reader = copy.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    void reader?.cancel()
    return Buffer.from(value ?? []).toString()
  }),
  aborts('cancel of a body that is there', ok, async ({ fetch }) => {
    const response = await fetch('/x')
    await turns(4)
    return [(await outcomeOf(() => response.body?.cancel())) ?? 'nothing', response.bodyUsed]
  }),
])
