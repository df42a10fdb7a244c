import { describe, expect, it } from 'vitest'
import { hash32, unitOf } from '../../src/core/hash.js'

describe('hash32', () => {
  // MurmurHash3_x86_32 of these texts as published with its implementations.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('gives %j with seed %i its published value', (text, seed, expected) => {
    expect(hash32(text, seed)).toBe(expected)
  })

  it('spreads similar keys evenly', () => {
    const counts = new Array(16).fill(0)
    for (let i = 0; i < 16_000; i++) counts[Math.floor(unitOf(hash32(`user-${i}`)) * 16)]++
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})
