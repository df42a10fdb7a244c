/** As much of RFC 1035 as a test server needs. */
export const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, SRV: 33 } as const
export type Type = keyof typeof TYPES

export interface Question {
  readonly id: number
  readonly name: string
  readonly type: Type
  /** As it was asked, for the answer. */
  readonly bytes: Buffer
}

export interface ResourceRecord {
  readonly type: Type
  /** In seconds. */
  readonly ttl: number
  readonly data: Buffer
}

export function readQuestion(message: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const code = message.readUInt16BE(at + 1)
  const type = (Object.keys(TYPES) as Type[]).find((type) => TYPES[type] === code)
  if (type === undefined) throw new Error(`nobody knows type ${code} here`)
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type,
    bytes: message.subarray(12, at + 5),
  }
}

/** Authoritative, to the question that was asked; `answers` are about its name. */
export function writeAnswer(
  { id, bytes }: Question,
  { rcode = 0, truncated = false, answers = [] as readonly ResourceRecord[] } = {},
): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(0x8580 | (truncated ? 0x0200 : 0) | rcode, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers.length, 6)
  return Buffer.concat([header, bytes, ...answers.map(writeRecord)])
}

function writeRecord({ type, ttl, data }: ResourceRecord): Buffer {
  const head = Buffer.alloc(12)
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(TYPES[type], 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

export function ipv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

/** With at most one `::`. */
export function ipv6(address: string): Buffer {
  const [left = '', right] = address.split('::')
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16))
  const tail = words(right ?? '')
  const gap = right === undefined ? 0 : 8 - words(left).length - tail.length
  const bytes = Buffer.alloc(16)
  for (const [i, word] of [...words(left), ...Array<number>(gap).fill(0), ...tail].entries())
    bytes.writeUInt16BE(word, 2 * i)
  return bytes
}

export function srv(priority: number, weight: number, port: number, target: string): Buffer {
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(priority, 0)
  numbers.writeUInt16BE(weight, 2)
  numbers.writeUInt16BE(port, 4)
  return Buffer.concat([numbers, domainName(target)])
}

function domainName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.of(0),
  ])
}
