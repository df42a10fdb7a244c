import { type Case, group, when } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { bytes, short } from '../describe-response.ts'
import type { Script } from '../raw-server.ts'
import { answer, chunked, replies, repliesAndEnds } from '../scripts.ts'
import { byob, does, drain, large, type Read } from './readers.ts'

const JSON_TEXT = '{"a":[1,"ä"]}'
const MULTIPART =
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="ä.txt"\r\nContent-Type: text/plain\r\n\r\nfile\r\n--x--\r\n'

const typed = (type: string | undefined, body: string): Script =>
  replies(answer('200 OK', type === undefined ? [] : [['Content-Type', type]], body))

/** Bodies to read. */
const BODIES: Readonly<Record<string, Script>> = {
  JSON: typed('application/json', JSON_TEXT),
  'JSON with a BOM': typed('application/json', `\ufeff${JSON_TEXT}`),
  'a text': typed('text/plain;charset=UTF-8', 'ä☕'),
  'a text without a type': typed(undefined, 'ä☕'),
  'an empty text': typed('text/plain', ''),
  'a form of parts': typed('multipart/form-data; boundary=x', MULTIPART),
  'a form': typed('application/x-www-form-urlencoded', 'a=1&b=%C3%A4+c&a=2'),
  'a form without a boundary': typed('multipart/form-data', MULTIPART),
  'a form that is cut': typed('multipart/form-data; boundary=x', MULTIPART.slice(0, -20)),
  'an odd type': typed('Text/HTML ; Charset="x" ;;', 'x'),
  'two types': replies(
    answer(
      '200 OK',
      [
        ['Content-Type', 'a/b'],
        ['Content-Type', 'c/d'],
      ],
      'x',
    ),
  ),
  chunks: replies('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', chunked('one', 'two', 'three')),
  'no body': replies('HTTP/1.1 204 No Content\r\nContent-Type: a/b\r\n\r\n'),
  'a body that breaks off': repliesAndEnds('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'),
}

const READERS: Readonly<Record<string, Read>> = {
  text: async (response) => short(await response.text()),
  json: (response) => response.json(),
  arrayBuffer: async (response) => {
    const buffer = await response.arrayBuffer()
    return [Object.prototype.toString.call(buffer), bytes(buffer)]
  },
  bytes: async (response) => {
    const read = await response.bytes()
    return [read.constructor.name, read.byteOffset, read.buffer.byteLength, bytes(read)]
  },
  blob: async (response) => {
    const blob = await response.blob()
    return [blob instanceof Blob, blob.type, blob.size, await blob.text()]
  },
  formData: async (response) => {
    const form = await response.formData()
    const entries = [...form].map(async ([name, value]) =>
      value instanceof File ? [name, value.name, value.type, await value.text()] : [name, value],
    )
    return [form instanceof FormData, ...(await Promise.all(entries))]
  },
  'its stream': (response) => drain(response.body),
  'its stream into a buffer': (response) => byob(response, 4_096),
}

/** A response, before and after it was read, and once more. */
const reads = (name: string, read: Read, server?: Script): Case =>
  when(
    name,
    async ({ fetch }) => {
      const response = await fetch('/x')
      const first = await outcomeOf(() => read(response))
      const { bodyUsed, body } = response
      const locked = body?.locked ?? null
      return { first, bodyUsed, locked, again: await outcomeOf(() => read(response)) }
    },
    server === undefined ? {} : { server },
  )

export const reading = group('reading', [
  ...Object.entries(BODIES).flatMap(([body, server]) =>
    Object.entries(READERS).map(([reader, read]) => reads(`${body} as ${reader}`, read, server)),
  ),
  ...Object.entries(READERS).map(([reader, read]) =>
    reads(
      `${reader} of a large body`,
      async (response) => `${JSON.stringify(await outcomeOf(() => read(response)))}`.length,
      large,
    ),
  ),
  does('all readers at once', (response) =>
    Promise.all(Object.values(READERS).map((read) => outcomeOf(() => read(response)))),
  ),
  does('reading while the stream is locked', async (response) => {
    const reader = response.body?.getReader()
    const used = response.bodyUsed
    const locked = await outcomeOf(() => response.text())
    reader?.releaseLock()
    return [used, locked, response.bodyUsed, await outcomeOf(() => response.text())]
  }),
  does('reading after a part of the stream', async (response) => {
    const reader = response.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    reader?.releaseLock()
    return [bytes(value ?? new Uint8Array()), response.bodyUsed, await outcomeOf(() => response.text())]
  }),
  does('reading after the stream was cancelled', async (response) => {
    const cancelled = await outcomeOf(() => response.body?.cancel('reason'))
    return [
      cancelled ?? 'nothing',
      response.bodyUsed,
      response.body?.locked,
      await outcomeOf(() => response.text()),
    ]
  }),
  does('cancelling after reading', async (response) => {
    await response.text()
    return [(await outcomeOf(() => response.body?.cancel())) ?? 'nothing', response.bodyUsed]
  }),
  does('cancelling a locked stream', async (response) => {
    response.body?.getReader()
    return outcomeOf(() => response.body?.cancel())
  }),
  does('bodyUsed while reading', async (response) => {
    const before = response.bodyUsed
    const reading = response.text()
    const during = response.bodyUsed
    await reading
    return [before, during, response.bodyUsed]
  }),
  does('the stream is the same each time', async (response) => {
    const { body, headers } = response
    const same = () => [response.body === body, response.headers === headers]
    const text = await response.text()
    return [body instanceof ReadableStream, text, same(), body?.locked]
  }),
  does('the stream after reading', async (response) => {
    await response.text()
    return outcomeOf(() => drain(response.body))
  }),
  does('a stream that was taken before reading', async (response) => {
    const { body } = response
    const text = await response.text()
    return [text, body?.locked, body === response.body, await outcomeOf(() => drain(body))]
  }),
  does('async iteration that stops', async (response) => {
    for await (const chunk of response.body ?? []) {
      bytes(chunk)
      break
    }
    return [response.bodyUsed, response.body?.locked, await outcomeOf(() => response.text())]
  }),
  does('values of a stream, not cancelled', async (response) => {
    const values = response.body?.values({ preventCancel: true })
    const first = await values?.next()
    await values?.return?.()
    return [first?.done, response.body?.locked, await outcomeOf(() => drain(response.body))]
  }),
  does('a buffer larger than the body', (response) => byob(response, 100)),
  does('a buffer of no bytes', (response) => outcomeOf(() => byob(response, 0))),
  does('a tee', async (response) => {
    const [one, two] = response.body?.tee() ?? []
    return [await drain(one ?? null), await drain(two ?? null), response.bodyUsed]
  }),
  does('a pipe', async (response) => {
    const decoded = response.body?.pipeThrough(new TextDecoderStream())
    let text = ''
    for await (const part of decoded ?? []) text += part
    return [text, response.bodyUsed]
  }),
  does('a large stream', (response) => drain(response.body), large),
  does('a transfer to a structured clone', async (response) => {
    const { body } = response
    if (body === null) return null
    const moved = structuredClone(body, { transfer: [body] })
    return [await drain(moved), response.bodyUsed, body.locked]
  }),
])
