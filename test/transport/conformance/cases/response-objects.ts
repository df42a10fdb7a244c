import { inspect } from 'node:util'
import { group } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { describeResponse } from '../describe-response.ts'
import { attempts, does } from './readers.ts'

export const responseObjects = group('reading', [
  does('headers are immutable', async ({ headers }) => Promise.all(attempts(headers))),
  does('headers, read in every way', async ({ headers }) => [
    headers.get('Content-Type'),
    headers.get('nothing'),
    headers.has('CONTENT-LENGTH'),
    headers.has('nothing'),
    [...headers.keys()],
    [...headers.values()],
    [...headers.entries()],
    Object.fromEntries(headers),
    await outcomeOf(() => headers.get('bad name')),
    await outcomeOf(() => headers.has('')),
    Object.prototype.toString.call(headers),
    inspect(headers),
    String(headers),
    JSON.stringify(headers),
    headers.constructor === Headers,
    [...new Headers(headers)],
  ]),
  does('headers, each', async ({ headers }) => {
    const seen: unknown[] = []
    headers.forEach(function (this: unknown, value, key, of) {
      seen.push([key, value, of === headers, this])
    }, 'this')
    return seen
  }),

  does('a new Response of it', async (response) => {
    const copy = new Response(response.body, response)
    return [await describeResponse(copy), response.bodyUsed, response.body?.locked]
  }),
  does('a new Response with its headers', async (response) => {
    const copy = new Response('other', { headers: response.headers, status: response.status })
    return [...copy.headers, copy.status, await response.text()]
  }),
  does('Response.json of it', async (response) =>
    describeResponse(Response.json(await response.text(), response)),
  ),
  does('a Request with its body', async (response) => {
    const request = new Request('http://a.test/', {
      method: 'POST',
      body: response.body,
      duplex: 'half',
    } as RequestInit)
    return [await request.text(), response.bodyUsed]
  }),
  does('a Response for a body of another', async (response) => {
    const copy = new Response(response as unknown as BodyInit)
    return [await copy.text(), response.bodyUsed]
  }),
  does('its inspection', async (response) => {
    const before = inspect(response)
    await response.text()
    return [before, inspect(response)]
  }),
  does('what it is', async (response) => [
    Object.keys(response),
    String(response),
    JSON.stringify(response),
    response.constructor === Response,
    Object.getPrototypeOf(response) === Response.prototype,
    'url' in response,
    Object.hasOwn(response, 'url'),
    typeof Object.getOwnPropertyDescriptor(Response.prototype, 'status')?.get?.call(response),
    await outcomeOf(() => structuredClone(response)),
    { ...response },
  ]),
  does('what cannot be written', async (response) =>
    Promise.all(
      (['status', 'url', 'headers', 'body', 'ok', 'redirected', 'type'] as const).map((name) =>
        outcomeOf(() => {
          ;(response as unknown as Record<string, unknown>)[name] = 'own'
          return response[name] === ('own' as unknown)
        }),
      ),
    ),
  ),
  does('methods on another object', async (response) => [
    await outcomeOf(() => Response.prototype.text.call(response)),
    await outcomeOf(() => Response.prototype.text.call({} as Response)),
    await outcomeOf(() => response.text.call({} as Response)),
  ]),
])
