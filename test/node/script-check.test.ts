import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ScriptCheckOptions, scriptCheck } from 'evenkeel/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { watchedBalancer } from '../integration/watched-balancer.ts'
import { checkOf, ONCE, SOON, verdictOn, WELL } from './verdict.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-script-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Options by which a text is run by sh, for the sake of short tests; `$0` is a file of the test's own. */
const sh = (script: string, file = 'sh'): ScriptCheckOptions => ({
  command: 'sh',
  args: ['-c', script, file],
})

const ENDPOINT = 'db://[2001:db8::7]:5432'

const verdict = (options: ScriptCheckOptions, endpoint = ENDPOINT) =>
  verdictOn(endpoint, scriptCheck({ ...ONCE, timeout: 8_000, ...options }))

/** Is a process there that is more than a zombie, which whoever has adopted it did not bury yet? */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone Z')
  return !/\) Z|gone Z/.test(stat)
}

/** The process ids that a script has written to its file. */
async function pidsIn(file: string): Promise<number[]> {
  await eventually(() => readFile(file, 'utf8').catch(() => '')).toMatch(/\d\n$/)
  return (await readFile(file, 'utf8')).trim().split(/\s+/).map(Number)
}

const runningOf = async (pids: number[]) => (await Promise.all(pids.map(isRunning))).filter(Boolean).length

/** Ignores what asks it to end, and so does what it has started. */
const STUBBORN = 'trap "" TERM; sleep 60 & echo $$ $! > "$0"; while :; do sleep 60; done'

describe('scriptCheck', () => {
  it.each<[string, ScriptCheckOptions]>([
    ['exit code 0', { command: 'true' }],
    ['one with words to it', sh('echo well; echo very well >&2')],
    [
      'one after more words than a pipe holds',
      sh('head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2'),
    ],
    [
      'what arguments are, which no shell reads',
      { command: 'test', args: ['$HOME; "a b"', '=', '$HOME; "a b"'] },
    ],
    [
      'what a function gives of the endpoint',
      { command: 'test', args: ({ port }) => [String(port), '-eq', '5432'] },
    ],
    [
      'variables that are given',
      { ...sh('test "$A$HOME" = b -a -n "$PATH"'), env: { A: 'b', HOME: undefined } },
    ],
    ['the folder that is given', { ...sh('test "$PWD" = /'), cwd: '/' }],
  ])('takes %s for health', async (_, options) => {
    expect(await verdict(options)).toEqual(WELL)
  })

  it('tells the script of its endpoint', async () => {
    const file = join(folder, 'endpoint')
    const script =
      'echo "$EVENKEEL_ENDPOINT_ID $EVENKEEL_ENDPOINT_URL $EVENKEEL_ENDPOINT_HOST $EVENKEEL_ENDPOINT_PORT." > "$0"'
    const healthCheck = scriptCheck({ ...ONCE, ...sh(script, file), env: { EVENKEEL_ENDPOINT_ID: 'mine' } })
    expect(await verdictOn({ id: 'seven; $(false)', url: ENDPOINT }, healthCheck)).toEqual(WELL)
    expect(await readFile(file, 'utf8')).toBe(`seven; $(false) ${ENDPOINT} 2001:db8::7 5432.\n`)
    await verdictOn('db://somewhere', healthCheck)
    expect(await readFile(file, 'utf8')).toBe('db://somewhere db://somewhere somewhere .\n')
  })

  it.each<[string, ScriptCheckOptions, RegExp]>([
    ['another exit code', { command: 'false' }, /^Error: false exited with code 1$/],
    [
      'what it says to stderr',
      sh('echo out; echo "replica is \u001b[31m9 s\u001b[0m\n late" >&2; exit 3'),
      /^Error: sh exited with code 3: replica is 9 s late$/,
    ],
    ['or else to stdout', sh('echo DISK CRITICAL; exit 2'), /^Error: sh exited with code 2: DISK CRITICAL$/],
    [
      'the end of it, if it is long',
      sh('yes grün | head -c 100001; echo last; exit 1'),
      /^Error: sh exited with code 1: \.\.\.(n |ün |grün )*(grün )+.*last$/,
    ],
    ['a signal that ended it', sh('kill -SEGV $$'), /^Error: sh was ended by SIGSEGV/],
    ['that it is late', sh('sleep 60'), /^TimeoutError: no result within 300 ms$/],
    [
      'that there is none',
      { command: 'check-nothing --fast' },
      /^Error: scriptCheck cannot run check-nothing --fast: there is no such command; arguments go into `args`/,
    ],
    [
      'or no folder',
      { command: 'true', cwd: '/nowhere' },
      /^Error: scriptCheck cannot run true in \/nowhere: there is no such command, or no such folder;/,
    ],
    ['arguments that cannot be', { command: 'true', args: () => ['a\0b'] }, /null bytes/],
  ])('says %s', async (_, options, error) => {
    const { healthy, error: said } = await verdict({
      timeout: error.source.includes('Timeout') ? 300 : 8_000,
      ...options,
    })
    expect({ healthy, said }).toEqual({ healthy: false, said: expect.stringMatching(error) })
    expect(said.length).toBeLessThan(700)
  })

  it('says so of a file that may not be executed', async () => {
    const command = join(folder, 'plain')
    await writeFile(command, '#!/bin/sh\nexit 0\n')
    expect((await verdict({ command })).error).toBe(
      `Error: scriptCheck cannot run ${command}: it may not be executed: chmod +x?`,
    )
    await chmod(command, 0o755)
    expect(await verdict({ command })).toEqual(WELL)
  })

  it('reads on, and stays responsive, while a script writes without end', async () => {
    const { error } = await verdict({ command: 'cat', args: ['/dev/zero'], timeout: 500 })
    expect(error).toBe('TimeoutError: no result within 500 ms')
    const script = 'head -c 50000000 /dev/zero; echo the end; exit 1'
    expect((await verdict(sh(script))).error).toBe('Error: sh exited with code 1: ...the end')
  })

  describe.runIf(process.platform === 'linux')('ends', () => {
    it('with all that it has started, when it is late, whatever it ignores', async () => {
      const file = join(folder, 'late')
      const { error } = await verdict({ ...sh(STUBBORN, file), timeout: 500 })
      expect(error).toBe('TimeoutError: no result within 500 ms')
      const pids = await pidsIn(file)
      expect(pids.length).toBe(2)
      await eventually(() => runningOf(pids)).toBe(0)
      // Our own child is no zombie either.
      await eventually(() => readFile(`/proc/${pids[0]}/stat`).catch(({ code }) => code)).toBe('ENOENT')
    })

    it('with all that it has started, when the balancer is closed', async () => {
      const file = join(folder, 'closed')
      const healthCheck = scriptCheck({ ...ONCE, ...sh(STUBBORN, file), timeout: 60_000 })
      await using watched = watchedBalancer({ endpoints: [ENDPOINT], healthCheck })
      await watched.balancer.ready()
      const pids = await pidsIn(file)
      expect(await runningOf(pids)).toBe(2)
      const listeners = process.listenerCount('exit')
      await watched.balancer.close()
      await eventually(() => runningOf(pids)).toBe(0)
      await eventually(() => process.listenerCount('exit')).toBe(listeners - 1)
    })

    it('after it was asked to, so that it can put things in order', async () => {
      const file = join(folder, 'asked')
      const script = 'trap "echo 0 > \\"$0\\"; exit" TERM; while :; do sleep 0.01; done'
      await verdict({ ...sh(script, file), timeout: 500 })
      expect(await pidsIn(file)).toEqual([0])
    })

    it('with what it leaves behind, when all is well', async () => {
      const file = join(folder, 'left')
      expect(await verdict(sh('sleep 60 & echo $! > "$0"', file))).toEqual(WELL)
      await eventually(async () => runningOf(await pidsIn(file))).toBe(0)
    })

    it('without waiting for what has left its group and holds its output open', async () => {
      const file = join(folder, 'setsid')
      const { error } = await verdict(sh('echo no >&2; setsid sleep 60 & echo $! > "$0"; exit 1', file))
      expect(error).toBe('Error: sh exited with code 1: no')
      for (const pid of await pidsIn(file)) if (await isRunning(pid)) process.kill(pid, 'SIGKILL')
    })

    it('together with this process, which it does not keep alive', { timeout: 30_000 }, async () => {
      const file = join(folder, 'orphan')
      const program = fileURLToPath(new URL('../support/programs/checked-by-script.ts', import.meta.url))
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, file], {
        timeout: 20_000,
      })
      expect([stdout, stderr]).toEqual(['', ''])
      const pids = await pidsIn(file)
      expect(pids.length).toBe(2)
      await eventually(() => runningOf(pids)).toBe(0)
    })
  })

  it('runs again and again without leaving anything', async () => {
    const before = process.getActiveResourcesInfo().length
    let checks = 0
    {
      await using watched = watchedBalancer({
        endpoints: [ENDPOINT],
        healthCheck: scriptCheck({ ...SOON, ...sh('echo no; exit 1') }),
      })
      watched.balancer.on('checked', () => checks++)
      await watched.balancer.ready()
      await eventually(() => checks).toBeGreaterThan(20)
      expect(checkOf(watched.balancer)?.error).toBe('Error: sh exited with code 1: no')
    }
    await eventually(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })

  it('warns of no leak, however many run at a time', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const endpoints = Array.from({ length: 16 }, (_, i) => `db://10.0.0.${i}:5432`)
    await using watched = watchedBalancer({
      endpoints,
      healthCheck: scriptCheck({ ...ONCE, ...sh('sleep 0.2') }),
    })
    await watched.balancer.ready()
    await eventually(() => watched.balancer.snapshot().endpoints.every(({ check }) => check?.healthy)).toBe(
      true,
    )
    expect(warned).not.toHaveBeenCalled()
  })
})
