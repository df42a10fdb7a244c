import { certificate } from '../../../support/servers/certificate.ts'
import { group, when } from '../case.ts'
import { describeResponse } from '../describe-response.ts'
import { write } from '../raw-server.ts'
import { answer, inTurn, ok, replies, repliesAndEnds, repliesAndResets } from '../scripts.ts'

const OK = 'HTTP/1.1 200 OK\r\n'

const get = ({ fetch }: { fetch: typeof globalThis.fetch }) => fetch('/x')
const post = ({ fetch }: { fetch: typeof globalThis.fetch }) => fetch('/x', { method: 'POST', body: 'text' })

/** What Node's fetch blocks, and what it does not. */
const PORTS = [1, 6000, 6667, 10080]

export const errors = group('error', [
  when('refused', get, { to: () => 'http://127.0.0.1:4' }),
  when('refused at each address of a name', get, { to: () => 'http://localhost:4' }),
  when('a name that there is not', get, { to: () => 'http://nobody.invalid' }),
  ...PORTS.map((port) => when(`port ${port}`, get, { to: () => `http://127.0.0.1:${port}` })),
  when('reset as it connects', get, { onConnection: (socket) => socket.resetAndDestroy() }),
  when('hung up as it connects', get, { onConnection: (socket) => socket.end() }),
  when('reset with the request', get, { server: ({ socket }) => socket.resetAndDestroy() }),
  when('hung up with the request', get, { server: ({ socket }) => socket.end() }),
  when('hung up with the request of POST', post, { server: ({ socket }) => socket.end() }),
  when('reset with the request of POST', post, {
    server: async ({ socket, received }) => {
      await received
      socket.resetAndDestroy()
    },
  }),
  when('hung up within the headers', get, { server: repliesAndEnds(`${OK}X-A: 1\r\nX-B`) }),
  when('hung up within the status line', get, { server: repliesAndEnds('HTTP/1.1 2') }),
  when('reset within the headers', get, { server: repliesAndResets(`${OK}X-A: 1\r\nX-B`) }),
  when('reset within the body', get, { server: repliesAndResets(`${OK}Content-Length: 9\r\n\r\npart`) }),
  when('reset within a chunk', get, {
    server: repliesAndResets(`${OK}Transfer-Encoding: chunked\r\n\r\n9\r\npart`),
  }),
  when('reset of a body without an end', get, { server: repliesAndResets(`${OK}\r\npart`) }),
  when('garbage', get, { server: repliesAndEnds('garbage\r\n\r\n') }),
  when('bytes before the request', get, { onConnection: (socket) => void write(socket, 'hello\r\n') }),
  when('TLS to a port without', get, {
    to: ({ port }) => `https://127.0.0.1:${port}`,
    server: repliesAndEnds('no TLS'),
    onConnection: (socket) => socket.end('no TLS'),
  }),
  when('a port of TLS without it', get, { tls: certificate, to: ({ url }) => url }),
  when('a certificate that nobody knows', get, { tls: certificate }),
  when('a certificate of another name', get, {
    tls: certificate,
    to: ({ port }) => `https://127.0.0.2:${port}`,
  }),

  when(
    'another request after an error',
    async ({ fetch }) => {
      const first = await fetch('/x').catch((error: Error) => error.message)
      return [first, await describeResponse(await fetch('/y'))]
    },
    { server: inTurn(({ socket }) => socket.resetAndDestroy(), ok) },
  ),
  when(
    'another request after the server hung up',
    async ({ fetch, server }) => {
      const first = await describeResponse(await fetch('/x'))
      await server.until(() => server.accepted[0]?.closed === true)
      return [first, await describeResponse(await fetch('/y'))]
    },
    { server: inTurn(repliesAndEnds(answer('200 OK', [], 'first')), ok) },
  ),
  when(
    'ten requests at once',
    async ({ fetch }) => {
      const texts = await Promise.all(Array.from({ length: 10 }, async () => (await fetch('/x')).text()))
      return texts
    },
    { server: ok },
  ),
  when(
    'requests one after the other',
    async ({ fetch }) => {
      const texts: string[] = []
      for (let i = 0; i < 5; i++) texts.push(await (await fetch(`/${i}`)).text())
      return texts
    },
    { server: replies(answer('200 OK', [], 'x')) },
  ),
])
