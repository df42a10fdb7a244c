import { BYTES, streaming } from '../../../fetch/bodies.ts'
import { type Case, group, when } from '../case.ts'
import { turns } from '../turns.ts'
import { formOf, streamFrom, streamOf } from './sending-bodies.ts'

const request = (name: string, init: () => RequestInit, more: RequestInit = {}): Case =>
  when(`a Request with ${name}`, async ({ fetch, url }) => {
    const given = new Request(`${url}/x`, { method: 'POST', ...init() })
    const response = await fetch(given, more)
    return [given.bodyUsed, response.status, await response.text()]
  })

/** What fails after its first chunk, whether or not that was sent. */
async function* failingSoon() {
  yield Buffer.from('first')
  await turns(4)
  throw new RangeError('my own')
}

export const requests = group('request body', [
  request('a string', () => ({ body: 'text' })),
  request('bytes', () => ({ body: BYTES })),
  request('a form', () => ({ body: formOf(['a', 'b'], ['f', new File(['x'], 'f.txt')]) })),
  request('a stream', () => streaming(streamOf(BYTES))),
  request('a stream that fails', () => streaming(streamFrom(failingSoon()))),
  request('no body', () => ({})),
  request('a body, and another in init', () => ({ body: 'old' }), { body: 'new' }),
  request('a body, and null in init', () => ({ body: 'old' }), { body: null }),
  request('a body, and GET in init', () => ({ body: 'old' }), { method: 'GET' }),
  request('a body, and headers in init', () => ({ body: 'text', headers: { a: '1' } }), {
    headers: { b: '2' },
  }),
  when('a Request twice', async ({ fetch, url }) => {
    const given = new Request(`${url}/x`, { method: 'POST', body: 'once' })
    await fetch(given)
    return fetch(given)
  }),
  when('a clone of a Request', async ({ fetch, url }) => {
    const given = new Request(`${url}/x`, { method: 'POST', body: 'twice' })
    const copy = given.clone()
    return [await (await fetch(given)).text(), await (await fetch(copy)).text()]
  }),
  when('a Request of another Request', ({ fetch, url }) =>
    fetch(new Request(new Request(`${url}/x`, { method: 'PUT', body: 'text', headers: { a: '1' } }))),
  ),
])
