const encoder = new TextEncoder()

/**
 * 32 bits of a text that are the same in every process and runtime.
 *
 * Source: MurmurHash3_x86_32 by Austin Appleby, over the UTF-8 bytes.
 */
export function hash32(text: string, seed = 0): number {
  return hashBits(text, seed) >>> 0
}

/** The same bits as a number with a sign: engines keep those without allocating. */
export function hashBits(text: string, seed = 0): number {
  const length = text.length
  const blocks = length & ~3
  let hash = seed
  let seen = 0
  for (let i = 0; i < blocks; i += 4) {
    const a = text.charCodeAt(i)
    const b = text.charCodeAt(i + 1)
    const c = text.charCodeAt(i + 2)
    const d = text.charCodeAt(i + 3)
    seen |= a | b | c | d
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let tail = 0
  for (let i = blocks; i < length; i++) {
    const code = text.charCodeAt(i)
    seen |= code
    tail |= code << (8 * (i & 3))
  }
  // Beyond ASCII a character is several bytes; such keys are rare, and may take the longer way.
  return seen > 127 ? hashBytes(encoder.encode(text), seed) : finish(hash, tail, length)
}

/** A hash as a number in [0, 1). */
export function unitOf(hash: number): number {
  return hash / 2 ** 32
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed
  let block = 0
  for (let i = 0; i < bytes.length; i++) {
    block |= bytes[i]! << (8 * (i & 3))
    if ((i & 3) !== 3) continue
    hash = mix(hash, block)
    block = 0
  }
  return finish(hash, block, bytes.length)
}

function mix(hash: number, block: number): number {
  const mixed = hash ^ scramble(block)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

function finish(hash: number, tail: number, length: number): number {
  // A whole number of blocks leaves a tail of 0, which scrambles to 0.
  return mix32(hash ^ scramble(tail) ^ length)
}

/** 32 bits, with a sign, that depend on each bit of a number alike; no two numbers have the same. MurmurHash3's finaliser. */
export function mix32(bits: number): number {
  let h = bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
