import { type Exchange, type Script, write } from './raw-server.ts'
import { turns } from './turns.ts'

export type Bytes = string | Uint8Array

type Header = readonly [name: string, value: string]

/** The bytes of an answer, with its length unless that is told another way. */
export function answer(status: string, headers: readonly Header[] = [], body: Bytes = ''): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
  const framed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const all = framed ? headers : [...headers, ['Content-Length', `${bytes.length}`]]
  const head = [`HTTP/1.1 ${status}`, ...all.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), bytes])
}

/** Chunks, and the end of them. */
export function chunked(...chunks: readonly Bytes[]): Buffer {
  return Buffer.concat([...chunks.map(chunk), Buffer.from('0\r\n\r\n')])
}

export function chunk(bytes: Bytes): Buffer {
  const body = Buffer.from(bytes as Uint8Array)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

/** Answers when the whole request is there. */
export const replies =
  (...parts: readonly Bytes[]): Script =>
  async ({ socket, received }) => {
    await received
    await write(socket, ...parts)
  }

/** The same, and says that there is no more. */
export const repliesAndEnds =
  (...parts: readonly Bytes[]): Script =>
  async ({ socket, received }) => {
    await received
    await write(socket, ...parts)
    socket.end()
  }

/** The same, and resets the connection once the client has had time to read. */
export const repliesAndResets =
  (...parts: readonly Bytes[]): Script =>
  async ({ socket, received }) => {
    await received
    await write(socket, ...parts)
    await turns(4)
    socket.resetAndDestroy()
  }

/** In parts that arrive one by one. */
export const repliesSlowly =
  (...parts: readonly Bytes[]): Script =>
  async ({ socket, received }) => {
    await received
    for (const part of parts) {
      await write(socket, part)
      await turns(1)
    }
  }

/** The first request gets the first, and so on; the last one gets all that follow. */
export const inTurn =
  (...scripts: readonly Script[]): Script =>
  (exchange: Exchange) =>
    scripts[Math.min(exchange.number, scripts.length - 1)]!(exchange)

/** By path, as it stands in the request line; what is not there is said to be there. */
export const byPath =
  (scripts: Readonly<Record<string, Script>>): Script =>
  (exchange) =>
    (scripts[exchange.request.line.split(' ')[1] ?? ''] ?? ok)(exchange)

export const silence: Script = () => {}

const OK = answer('200 OK', [['Content-Type', 'text/plain']], 'hello')
/** All but the body. */
const OK_HEAD = OK.subarray(0, OK.indexOf('\r\n\r\n') + 4)

/** `200`, a plain text, and to HEAD all of it but the text. */
export const ok: Script = async ({ request, socket, received }) => {
  await received
  await write(socket, /^head /i.test(request.line) ? OK_HEAD : OK)
}
