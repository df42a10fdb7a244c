// `npm run docs:pictures`: draws the pictures of docs/simulator.md and writes its tables, with the simulator in dist/.
// It takes some minutes. Needed again when a policy or the simulator changes what comes out: a test tells.
import { readFileSync, writeFileSync } from 'node:fs'
import type * as Sim from '../src/sim/index.ts'
import { type Block, byLoad, distances, firstExample, place } from './simulator-page.ts'

const sim = (await import(new URL('../dist/sim/index.js', import.meta.url).href)) as typeof Sim
const page = new URL('../docs/simulator.md', import.meta.url)

const blocks: Record<string, () => Promise<Block>> = {
  'first-example': () => firstExample(sim),
  'by-load': () => byLoad(sim),
  'one-client': () => distances(sim, 1),
  'many-clients': () => distances(sim, 100),
}
const wanted = process.argv.slice(2)

for (const [name, make] of Object.entries(blocks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`${name} ...`)
  const block = await make()
  for (const [file, svg] of Object.entries(block.pictures))
    writeFileSync(new URL(`../docs/images/${file}.svg`, import.meta.url), `${svg}\n`)
  writeFileSync(page, place(readFileSync(page, 'utf8'), name, block))
}
