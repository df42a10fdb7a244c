import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Tail } from '../../src/node/checks/tail.js'

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

it('holds on to nothing else', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const tail = new Tail()
  const chunks = Array.from({ length: 8 }, () => {
    const chunk = new Uint8Array(65_536)
    tail.add(chunk)
    return new WeakRef(chunk.buffer)
  })
  // What a weak reference was made to in a turn is kept until its end.
  await turn()
  collect()
  expect(chunks.map((chunk) => chunk.deref())).toEqual(chunks.map(() => undefined))
  expect(String(tail)).toBe('...')
})
