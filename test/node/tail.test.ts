import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Tail } from '../../src/node/tail.js'

it('keeps the end of what there was, on one line', () => {
  const tail = new Tail()
  expect(String(tail)).toBe('')
  for (const part of ['one\r\n', '\ttwo ', '\u001b[1mthr', 'ee\u001b[0m\u0000\n']) tail.add(Buffer.from(part))
  expect(String(tail)).toBe('one two three')
})

it('keeps 512 bytes of it, and cuts no character in two', () => {
  const tail = new Tail()
  tail.add(Buffer.from('x'.repeat(512)))
  expect(String(tail)).toBe('x'.repeat(512))
  tail.add(Buffer.from('ü'.repeat(300)))
  tail.add(Buffer.from('!'))
  expect(String(tail)).toBe(`...${'ü'.repeat(255)}!`)
})

it('holds on to nothing else', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const tails = Array.from({ length: 64 }, () => new Tail())
  const used = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = used()
  for (const tail of tails) for (let i = 0; i < 8; i++) tail.add(new Uint8Array(65_536))
  expect(used() - before).toBeLessThan(2 ** 20)
  expect(tails.every((tail) => String(tail) === '...')).toBe(true)
})
