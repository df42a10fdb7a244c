import { group, when } from '../case.ts'

const METHODS = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE', 'QUERY', 'X-Custom'],
  ...['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'Patch', 'purge'],
  ...['CONNECT', 'TRACE', 'TRACK', 'connect', 'trace', 'BAD METHOD', 'BÄD', 'GET\r\n', ''],
]

const WITH_BODY = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'patch', 'DELETE', 'OPTIONS', 'QUERY', 'purge']

/** What TypeScript would not let pass. */
const odd = (method: unknown): RequestInit => ({ method: method as string })

export const methods = group('method', [
  ...METHODS.map((method) => when(JSON.stringify(method), ({ fetch }) => fetch('/x', { method }))),
  ...WITH_BODY.map((method) =>
    when(`${method} with a body`, ({ fetch }) => fetch('/x', { method, body: 'text' })),
  ),
  ...['PUT', 'DELETE', 'GET'].map((method) =>
    when(`${method} with null for a body`, ({ fetch }) => fetch('/x', { method, body: null })),
  ),
  when('no init', ({ fetch }) => fetch('/x')),
  when('null for an init', ({ fetch }) => fetch('/x', null as unknown as RequestInit)),
  when('a number', ({ fetch }) => fetch('/x', odd(7))),
  when('undefined', ({ fetch }) => fetch('/x', odd(undefined))),
  when('null', ({ fetch }) => fetch('/x', odd(null))),
  when('an object', ({ fetch }) => fetch('/x', odd({ toString: () => 'put' }))),
  when('a symbol', ({ fetch }) => fetch('/x', odd(Symbol('get')))),
])
