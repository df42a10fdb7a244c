import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

interface Results {
  readonly leftOut: readonly string[]
  readonly results: Readonly<
    Record<string, Readonly<Record<string, readonly Readonly<Record<string, number>>[]>>>
  >
}

/** The machine may be busy with other test files meanwhile, so no time is looked at. */
async function bench(program: string, ...args: string[]): Promise<Results> {
  const file = fileURLToPath(new URL(`../../bench/${program}.mjs`, import.meta.url))
  const all = [file, '--quick', '--json', '--seconds', '1', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, all)
  return JSON.parse(stdout) as Results
}

/** Where nginx is missing the report has to say so. */
function expectNginx(names: readonly string[], name: string, leftOut: readonly string[]): void {
  if (names.includes(name)) expect(leftOut).toEqual([])
  else
    expect(leftOut).toEqual([expect.stringContaining(`nginx is not installed here, so there is no ${name}`)])
}

describe('the benchmarks over sockets', () => {
  it('measure the tail against the oracle with the same calls for everybody', async () => {
    const { results, leftOut } = await bench('tail', '--only', 'slow2,evenkeel,balancedPool,nginxLeastConn')
    const { slow2 } = results
    expect(Object.keys(results)).toEqual(['slow2'])
    expect(Object.keys(slow2!)).toEqual(expect.arrayContaining(['oracle', 'evenkeel', 'balancedPool']))
    expectNginx(Object.keys(slow2!), 'nginxLeastConn', leftOut)
    const rounds = Object.values(slow2!).flat()
    expect(new Set(rounds.map(({ calls }) => calls)).size).toBe(1)
    for (const { calls, failed, unfinished, p50, p99, p999 } of rounds) {
      expect(calls).toBeGreaterThan(1_000)
      // A call fails here only by not being answered in time.
      expect(failed).toBe(unfinished)
      expect(p50).toBeGreaterThan(0)
      expect(p99).toBeGreaterThan(p50!)
      expect(p999).toBeGreaterThanOrEqual(p99!)
    }
  }, 60_000)

  it('measure a failure from the calls that fail to the servers that come back', async () => {
    const { results, leftOut } = await bench('failure', '--only', 'roundRobin,evenkeel,nginx')
    const { fault } = results
    expectNginx(Object.keys(fault!), 'nginx', leftOut)
    const [byHand] = fault!['roundRobin']!
    // Four of ten are broken, and by hand nobody learns that.
    expect(byHand!['success']).toBeGreaterThan(40)
    expect(byHand!['success']).toBeLessThan(80)
    expect(byHand!['unavailable']).toBeGreaterThan(0)
    expect(byHand!['silent']).toBeGreaterThan(0)
    expect(byHand!['back']).not.toBeNull()
    const [ours] = fault!['evenkeel']!
    expect(ours!['success']).toBeGreaterThan(byHand!['success']!)
  }, 60_000)
})
