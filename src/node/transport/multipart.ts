import { randomBytes } from 'node:crypto'
import type { OutgoingBody } from './outgoing-body.js'

/** A form with its files, as HTML's "multipart/form-data encoding algorithm" has it. */
export function multipart(form: FormData): OutgoingBody {
  const boundary = `----formdata-evenkeel-${randomBytes(5).toString('hex')}`
  const parts: (Uint8Array | Blob)[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`
    if (typeof value === 'string') parts.push(Buffer.from(`${head}\r\n\r\n${lines(value)}\r\n`))
    else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      const file = `filename="${escaped(value.name)}"\r\nContent-Type: ${type}`
      parts.push(Buffer.from(`${head}; ${file}\r\n\r\n`), value, Buffer.from('\r\n'))
    }
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return {
    content: { [Symbol.asyncIterator]: () => bytesOf(parts) },
    type: `multipart/form-data; boundary=${boundary}`,
    length: parts.reduce((sum, part) => sum + (part instanceof Blob ? part.size : part.byteLength), 0),
    again: true,
  }
}

async function* bytesOf(parts: readonly (Uint8Array | Blob)[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (part instanceof Blob) yield* part.stream()
    else yield part
  }
}

function escaped(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

/** Line ends of a form are those of the network. */
function lines(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n')
}
