import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBalancer } from 'evenkeel'
import { file } from 'evenkeel/node'
import { expect, it, vi } from 'vitest'
import { eventually } from '../integration/eventually.ts'

/** As on a machine whose programs watch more than its limit allows. */
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  watch() {
    throw Object.assign(new Error('System limit for number of file watchers reached'), { code: 'ENOSPC' })
  },
}))

it('a file whose directory cannot be watched is followed all the same, and that is told once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-'))
  const path = join(folder, 'list.json')
  await writeFile(path, '["http://a.test"]')
  const balancer = createBalancer({ discovery: file({ path, interval: 40 }) })
  const errors: string[] = []
  balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
  try {
    await balancer.ready()
    await eventually(() => balancer.snapshot().discovery).toMatchObject({
      stale: false,
      error: `Error: file ${path}: ENOSPC`,
    })
    await writeFile(path, '["http://b.test"]')
    await eventually(() => balancer.endpoints().map(({ id }) => id)).toEqual(['http://b.test'])
    expect(errors).toEqual([`file ${path}: ENOSPC`])
  } finally {
    await balancer.close()
    await rm(folder, { recursive: true })
  }
})
