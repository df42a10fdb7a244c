import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('leaves nothing behind when it is interrupted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-test-'))
  try {
    const file = fileURLToPath(new URL('../../bench/tail.mjs', import.meta.url))
    const args = [file, '--quick', '--seconds', '100', '--only', 'equal,oracle']
    const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder } })
    // It says so when the first run begins, with the library built and its processes on their way.
    const [said] = (await once(child.stderr, 'data')) as [Buffer]
    expect(`${said}`).toContain('equal, round 1 of 1: oracle')
    expect(await readdir(folder)).toHaveLength(1)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
    expect(await readdir(folder)).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
