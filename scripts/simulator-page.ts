import type * as Sim from '../src/sim/index.ts'

/** What docs/simulator.md shows of the simulator: its tables and pictures. The same seed gives the same bytes. */

/** The page is about choosing among these; there are more that are for other purposes. */
const policies = ['random', 'roundRobin', 'leastRequest', 'peakEwma', 'leastTime', 'leastLatency', 'prequal']
/** The scenarios of the big tables. */
const scenarios = ['equal-servers', 'slow-servers', 'grey-server', 'grey-heals', 'antagonists'] as const

/** One block of the page, and the pictures that go with it, by file name. */
export interface Block {
  readonly table: string
  readonly pictures: Readonly<Record<string, string>>
}

/** The first example. Small enough to be held by a test. */
export async function firstExample(sim: typeof Sim): Promise<Block> {
  const comparison = await sim.compare({ ...sim.scenarios['slow-servers'], requests: 50_000 }, policies)
  const pictures = await sim.toPictures(comparison)
  return {
    table: sim.toTable(comparison),
    pictures: { 'slow-servers-p99-over-time': pictures['p99-over-time'] as string },
  }
}

/** One client that sees all of the traffic, or many of which each sees a hundredth: half a minute of traffic or more. */
export async function distances(sim: typeof Sim, clients: 1 | 100): Promise<Block> {
  const columns: Sim.Comparison[] = []
  for (const name of scenarios) {
    const scenario = sim.scenarios[name]
    const scaled = clients === 1 ? scenario : sim.scale(scenario, { servers: 100, clients })
    columns.push(await sim.compare({ ...scaled, requests: 100_000 * (clients === 1 ? 1 : 5) }, policies))
  }
  const rows = policies.map((policy, i) => [
    `\`${policy}\``,
    ...columns.map((comparison) => cellOf(comparison, i)),
  ])
  const head = ['policy', ...scenarios]
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
  const healed = await sim.toPictures(columns[3] as Sim.Comparison)
  return {
    table: lines.map((row) => `| ${row.join(' | ')} |`).join('\n'),
    // Shown once: with many clients it looks alike.
    pictures: clients === 1 ? { 'grey-heals-1-share': healed['share-of-grey'] as string } : {},
  }
}

/** p99 against load. */
export async function byLoad(sim: typeof Sim): Promise<Block> {
  const loads = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  const swept = await sim.sweep({ ...sim.scenarios['equal-servers'], requests: 50_000 }, policies, { loads })
  const pictures = await sim.toPictures(swept)
  return { table: sim.toTable(swept), pictures: { 'p99-by-load': pictures['p99-by-load'] as string } }
}

/** Puts a block's table into its place in the page. */
export function place(page: string, name: string, { table }: Block): string {
  const block = new RegExp(`(<!-- table ${name} -->\n)(?:(?!<!--).)*(<!-- end -->)`, 's')
  if (!block.test(page)) throw new Error(`docs/simulator.md has no place for the table ${name}`)
  return page.replace(block, (_, start, end) => `${start}${table}\n${end}`)
}

/** p99 as a multiple of the oracle's and, where a server heals, what share of its due it has in the end. */
function cellOf({ oracle, results }: Sim.Comparison, index: number): string {
  const { measured, groups } = results[index] as Sim.SimulationResult
  const ratio = ((measured.latency.p99 ?? 0) / (oracle.measured.latency.p99 ?? 1)).toFixed(2)
  if (oracle.scenario !== 'grey-heals') return ratio
  const { endShare, evenShare } = groups.at(-1) as Sim.GroupResult
  return `${ratio}, ${Math.round((endShare / evenShare) * 100)} %`
}
