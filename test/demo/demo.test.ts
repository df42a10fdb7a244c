import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { Result } from '../../demo/perform.ts'

// The demo as users start it: on dist/, so it has to be built.
const program = fileURLToPath(new URL('../../demo/run.mjs', import.meta.url))
/** The demo takes its seconds, and a loaded machine more. */
const PATIENCE = 60_000

const running = new Set<ChildProcess>()

afterEach(() => {
  // Only after a failure: the whole group, since what was left running may be what failed.
  for (const { pid } of running) process.kill(-(pid as number), 'SIGKILL')
  running.clear()
})

/** Starts the demo in a process group of its own: what it leaves running stays in there. */
function start(...args: string[]) {
  const { NODE_V8_COVERAGE: _coverage, FORCE_COLOR: _color, ...env } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    printed.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    printed.stderr += chunk
  })
  // The servers hold the demo's stderr too: 'close' comes when the last of them is gone.
  const closed = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    return (code ?? signal) as number | string
  })
  return { child, printed, closed, group: child.pid as number }
}

async function run(...args: string[]) {
  const { printed, closed, group } = start(...args)
  return { code: await closed, ...printed, group }
}

function refuses(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.on('connect', () => resolve(!socket.destroy()))
    socket.on('error', () => resolve(true))
  })
}

describe('demo', () => {
  it('loses no call through the balancer where plain round robin does, and leaves nothing running', {
    timeout: PATIENCE,
  }, async () => {
    const { code, stdout, stderr, group } = await run('--seconds', '4', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

    const result = JSON.parse(stdout) as Result
    expect(result.seconds).toBe(4)
    expect(result.balanced).toMatchObject({ failed: 0, successRate: 1, failures: {} })
    expect(result.balanced.calls).toBeGreaterThan(0)
    expect(result.plain.calls).toBe(result.balanced.calls)
    expect(result.plain.successRate).toBeLessThan(1)
    expect(Object.keys(result.plain.failures)).toEqual(expect.arrayContaining(['503', 'ECONNREFUSED']))
    for (const way of [result.balanced, result.plain]) {
      expect(way.succeeded + way.failed).toBe(way.calls)
      expect(way.attempts).toBe(way.calls + way.retries)
      const { p50, p90, p99, max } = way
      expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].toSorted((a, b) => Number(a) - Number(b)))
    }
    expect(result.servers.map(({ name }) => name)).toEqual([
      'alpha',
      'beta',
      'gamma',
      'delta',
      'epsilon',
      'zeta',
    ])
    expect(result.slowed?.balancedShare).toBeLessThan(result.slowed?.plainShare ?? 0)
    expect(result.restarted).toHaveProperty('backAfter')

    expect(await Promise.all(result.servers.map(({ url }) => refuses(url)))).not.toContain(false)
    expect(() => process.kill(-group, 0)).toThrow('ESRCH')
  })

  it('prints plain lines where the output is not a terminal, two at once if need be', {
    timeout: PATIENCE,
  }, async () => {
    for (const { code, stdout, stderr } of await Promise.all([
      run('--seconds', '2'),
      run('--seconds', '2'),
    ])) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).not.toContain('\x1b')
      expect(stdout).toContain('epsilon is killed')
      expect(stdout).toMatch(/success rate +100\.00 % +\d\d\.\d\d %/)
    }
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', 'SIGKILL'],
  ] as const)(
    'takes its servers along when it is ended by %s',
    { timeout: PATIENCE },
    async (signal, code) => {
      const { child, printed, closed, group } = start('--seconds', '600')
      // The head of the table: the servers are up.
      while (!printed.stdout.includes('alpha')) await once(child.stdout, 'data')
      // Ctrl-C reaches the servers too.
      if (signal === 'SIGINT') process.kill(-group, signal)
      else child.kill(signal)
      expect(await closed).toBe(code)
    },
  )

  it.each([
    ['--speed', "Unknown option '--speed'"],
    ['--seconds=abc', "--seconds takes a number from 2 to 600, not 'abc'"],
    ['--seconds=', "--seconds takes a number from 2 to 600, not ''"],
    ['--seconds=1', "--seconds takes a number from 2 to 600, not '1'"],
    ['--seconds', "Option '--seconds <value>' argument missing"],
    ['--json=yes', "Option '--json' does not take an argument"],
    ['5', "Unexpected argument '5'"],
  ])('refuses %s', async (arg, message) => {
    const { code, stdout, stderr } = await run(arg)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toContain('--help')
  })

  it('explains itself', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const option of ['--seconds', '--json', '--help']) expect(stdout).toContain(option)
  })
})
