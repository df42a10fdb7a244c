import { readFile } from 'node:fs/promises'
import * as sim from 'evenkeel/sim'
import { expect, it } from 'vitest'
import { firstExample, place } from '../../scripts/simulator-page.js'

// When this fails because a policy has changed, `npm run docs:pictures` brings the page up to date.
it('the page about the simulator shows what the simulator gives', { timeout: 60_000 }, async () => {
  const page = await readFile('docs/simulator.md', 'utf8')
  const block = await firstExample(sim)
  expect(place(page, 'first-example', block)).toBe(page)
  for (const [name, svg] of Object.entries(block.pictures))
    expect(await readFile(`docs/images/${name}.svg`, 'utf8')).toBe(`${svg}\n`)
})
