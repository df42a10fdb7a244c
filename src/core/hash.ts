const encoder = new TextEncoder()

/**
 * 32 bits of a text that are the same in every process and runtime.
 *
 * Source: MurmurHash3_x86_32 by Austin Appleby, over the UTF-8 bytes.
 */
export function hash32(text: string, seed = 0): number {
  let hash = seed
  const length = text.length
  let block = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    // Beyond ASCII a character is several bytes; such keys are rare, and may take the longer way.
    if (code > 127) return hashBytes(encoder.encode(text), seed)
    block |= code << (8 * (i & 3))
    if ((i & 3) !== 3) continue
    hash = mix(hash, block)
    block = 0
  }
  return finish(hash, block, length)
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
  let h = hash ^ scramble(tail) ^ length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
