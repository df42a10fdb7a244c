import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scenarios, simulate } from 'evenkeel/sim'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// The command as users start it: on dist/, so it has to be built.
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const PATIENCE = { timeout: 60_000 }

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-simulate-'))
})
afterAll(() => rm(folder, { recursive: true }))

function evenkeel(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { NODE_V8_COVERAGE: _coverage, FORCE_COLOR: _color, ...env } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })
}

describe('evenkeel simulate', PATIENCE, () => {
  it('compares all policies on a built-in scenario', async () => {
    const { code, stdout, stderr } = await evenkeel('simulate', 'slow-servers', '--requests', '2000')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.slice(2).map((row) => row.split('|')[1]?.trim())).toEqual(
      expect.arrayContaining(['oracle', 'random', 'roundRobin', 'leastRequest', 'leastLatency']),
    )
  })

  it('prints the same bytes in two processes, and what the library says', async () => {
    const args = ['simulate', 'failures', '-n', '3000', '--policy', 'leastLatency', '--seed', '5', '--json']
    const [one, two] = await Promise.all([evenkeel(...args), evenkeel(...args)])
    expect(one).toEqual({ code: 0, stdout: two.stdout, stderr: '' })
    const { results } = JSON.parse(one.stdout)
    const scenario = { ...scenarios['failures'], requests: 3_000 }
    expect(results[0]).toEqual({ ...(await simulate(scenario, { seed: 5 })), variant: 'leastLatency' })
  })

  it('reads scenarios and variants from files, scales them, and writes a report', async () => {
    const [fleet, variants, report] = ['fleet.yaml', 'variants.yaml', 'report.html'].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    await writeFile(fleet, 'servers: { count: 2, service: { exponential: 5 } }\nrequests: 1000\n')
    await writeFile(
      variants,
      '- { name: plain, balancer: {} }\n- { name: bare, balancer: { retry: false } }\n',
    )
    const { code, stdout, stderr } = await evenkeel(
      ...['simulate', fleet, '--variants', variants, '--html', report, '--json'],
      ...['--servers', '4', '--clients', '3', '--load', '0.5'],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { oracle, results } = JSON.parse(stdout)
    expect(oracle).toMatchObject({ servers: 4, clients: 3, load: 0.5 })
    expect(results.map(({ variant }: { variant: string }) => variant)).toEqual(['plain', 'bare'])
    expect(await readFile(report, 'utf8')).toMatch(/^<!doctype html>.*bare.*<\/html>\n$/s)
  })

  it('sweeps loads', async () => {
    const { code, stdout } = await evenkeel(
      ...['simulate', 'equal-servers', '-n', '500', '-p', 'random', '--loads', '0.3,0.8'],
    )
    expect(code).toBe(0)
    expect(stdout).toContain('30 %')
    expect(stdout).toContain('80 %')
  })

  it('lists what there is', async () => {
    const { code, stdout } = await evenkeel('simulate', '--list')
    expect(code).toBe(0)
    for (const [name, { title }] of Object.entries(scenarios)) {
      expect(stdout).toContain(name)
      expect(stdout).toContain(title)
    }
  })

  it('explains itself, with examples', async () => {
    const [own, all] = await Promise.all([evenkeel('simulate', '--help'), evenkeel('--help')])
    expect([own.code, all.code]).toEqual([0, 0])
    expect(own.stdout).toContain('evenkeel simulate grey-heals --html report.html')
    expect(all.stdout).toContain('simulate')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there.
    expect(own.stdout + all.stdout).not.toMatch(/\u001b/)
  })

  it.each([
    [['simulate'], "missing argument 'scenario'"],
    [['simulate', 'nope'], "no scenario 'nope'"],
    [['simulate', 'equal-servers', '--policy', 'best'], '`balancer.policy`'],
    [['simulate', 'equal-servers', '--requests', 'many'], 'not a number'],
    [['simulate', 'equal-servers', '--requests', '0'], '`requests`'],
    [['simulate', 'equal-servers', '--load', '1', '--loads', '1,2'], 'cannot be used with'],
    [['simulate', 'equal-servers', '--colour'], 'unknown option'],
    [['stimulate'], 'unknown command'],
  ])('exits with 2 for %j', async (args, reason) => {
    const { code, stdout, stderr } = await evenkeel(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('exits with 1 when a file cannot be read or written', async () => {
    const [read, write] = await Promise.all([
      evenkeel('simulate', './not-there.yaml'),
      evenkeel('simulate', 'equal-servers', '-n', '10', '--html', join(folder, 'no', 'report.html')),
    ])
    expect([read.code, write.code]).toEqual([1, 1])
    expect(read.stderr).toMatch(/^evenkeel: ENOENT.*not-there\.yaml/)
    expect(write.stderr).toMatch(/^evenkeel: ENOENT.*report\.html/)
  })
})
