import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { KEYED, KeyedFleet } from '../support/keyed.js'

const FLEET: readonly [string, number][] = [
  ['http://10.0.0.1:8080', 1],
  ['http://10.0.0.2:8080', 1],
  ['http://10.0.0.3:8080', 2],
  ['http://10.0.0.4:8080', 1],
  ['http://10.0.0.5:8080', 0.5],
]

/** ASCII, several bytes a character, pairs of surrogates and halves of them, and next to nothing. */
const KEYS = [
  'alice',
  '7f0c2f0e-54f9-4d0a-9a53-6b1f1d4d9a11',
  'Zoë',
  '東京',
  '🦊 and 🐻',
  '\ud83e',
  'a\udd8ab',
  ' ',
  'x'.repeat(1_000),
]

/**
 * The last number of each key's choices. They say where every session of every user lives: when this fails, the
 * algorithm has changed, and all of them would move with the next release.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'ring-hash': ['34125', '32145', '12435', '43215', '12345', '12543', '14235', '32541', '53124'],
  maglev: ['24351', '41253', '41352', '13245', '52314', '32145', '32145', '24315', '23154'],
  rendezvous: ['51324', '34215', '13425', '31542', '32514', '25134', '12345', '53412', '54132'],
}

const PROGRAM = new URL('../support/programs/key-owners.ts', import.meta.url)

const last = (ids: readonly string[]) => ids.map((id) => id.slice(14, 15)).join('')

describe.each(KEYED)('%s', (name, create) => {
  it('has every key where it has always been', () => {
    const fleet = new KeyedFleet(create(), Object.fromEntries(FLEET))
    expect(KEYS.map((key) => last(fleet.choices(key)))).toEqual(KNOWN[name])
  })
})

describe('the same keys go to the same endpoints, choice by choice', () => {
  const orders = { known: FLEET, reversed: FLEET.toReversed(), mixed: [2, 0, 4, 1, 3].map((i) => FLEET[i]!) }

  it.each(Object.entries(orders))(
    'in a worker thread, which has learnt of them in %s order',
    async (_order, fleet) => {
      const worker = new Worker(PROGRAM, { workerData: { fleet, keys: KEYS }, execArgv: [] })
      const [answer] = await once(worker, 'message')
      expectKnown(answer)
      await worker.terminate()
    },
  )

  it('in another process', async () => {
    const question = JSON.stringify({ fleet: orders.mixed, keys: KEYS })
    const child = fork(PROGRAM, [question], { execArgv: [] })
    const [answer] = await once(child, 'message')
    expectKnown(answer)
    child.kill()
  })
})

function expectKnown(answer: Readonly<Record<string, string[][]>>): void {
  for (const [name, known] of Object.entries(KNOWN)) expect(answer[name]!.map(last)).toEqual(known)
}
