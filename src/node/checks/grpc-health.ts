/**
 * The one call of the health checking protocol, `grpc.health.v1.Health/Check`, and its two messages: a text in
 * field 1 goes there, a number in field 1 comes back. They need no compiler of protocol buffers.
 *
 * Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export const CHECK_METHOD = '/grpc.health.v1.Health/Check'

export const SERVING = 1
export const SERVICE_UNKNOWN = 3

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** The name of a status, for messages. */
export function statusName(status: number): string {
  return STATUSES[status] ?? `status ${status}`
}

/** Kinds of fields on the wire. */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service)
  if (name.length === 0) return name
  return Buffer.concat([Buffer.from([(1 << 3) | BYTES, ...varint(name.length)]), name])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

/** A message without the field says UNKNOWN, by the rules of protocol buffers; fields of later versions are passed over. */
export function decodeStatus(message: Uint8Array): number {
  let status = 0
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new Error('it is not a message of the health service')
  }
  while (at < message.length) {
    const tag = readVarint()
    const wire = tag % 8
    if (wire === VARINT) {
      const value = readVarint()
      if (tag === 1 << 3) status = value
    } else if (wire === BYTES) {
      const length = readVarint()
      at += length
    } else if (wire === FIXED64) at += 8
    else if (wire === FIXED32) at += 4
    else throw new Error('it is not a message of the health service')
  }
  return status
}
