import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../bench/bundle.mjs'
import { PAGE, promiseRow } from './docs-page.ts'
import { FAULTS } from './faults/all.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { Labs } from './labs.ts'
import { QUICK, run } from './run.ts'
import { manyCalls } from './soak/many-calls.ts'
import { soak } from './soak/soak.ts'

// The short form of `npm run test:chaos`: fewer servers, a second or two of each fault, and times that leave room for
// a machine that does much else. Three faults happen at a time, each to servers and callers of its own.
const labs = new Labs(3)
const CALLS = 40_000
/** Fixed, so that what is tried here is the same for everybody; `npm run test:chaos -- --fuzz 100` tries others. */
const STORIES = { runs: 4, seed: 26, shrink: false }

let library = ''
let remove = () => {}

beforeAll(async () => {
  const built = await bundle()
  library = built.modules['evenkeel'] ?? ''
  remove = built.remove
}, 60_000)

afterAll(async () => {
  await labs[Symbol.asyncDispose]()
  remove()
})

describe.concurrent('callers see no more than what is promised', { timeout: 120_000 }, () => {
  it.each(FAULTS)('$name', async (fault) => {
    const { broken } = await labs.use((fleet) => run(fault, { fleet, library, scale: QUICK }))
    expect(broken).toEqual([])
  })

  it('whatever happens to servers and callers, in any order', async () => {
    await labs.use((fleet) => fuzz(fleet, library, STORIES))
  })

  it('over a while, in which nothing stays open', async () => {
    const scale = { seconds: 10, every: 5 }
    const { broken, samples } = await labs.use((fleet) => soak({ fleet, library }, scale, () => {}))
    expect(samples).toHaveLength(2)
    // Of seconds a slope says nothing.
    expect(broken.filter((one) => !one.startsWith('the heap grew'))).toEqual([])
  })
})

it('nothing grows in many calls', { timeout: 60_000 }, async () => {
  const { broken, samples } = await manyCalls('stubbed', library, CALLS)
  expect(samples.at(-1)?.calls).toBe(CALLS)
  expect(broken.filter((one) => !one.startsWith('the heap grew'))).toEqual([])
})

describe('docs/reliability.md', () => {
  it('has a row for each fault, with what is promised here, and no other', async () => {
    const rows = (await readFile(PAGE, 'utf8')).split('\n').filter((line) => line.startsWith('| **'))
    const promises = rows.map((row) => row.split(' | ').slice(0, 3).join(' | '))
    expect(promises.map((row) => `${row} |`)).toEqual(FAULTS.map(promiseRow))
  })
})
