import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { file } from 'evenkeel/node'
import { virtualClock } from 'evenkeel/testing'
import { vi } from 'vitest'
import { stringify } from 'yaml'
import type { Harness, Member } from './harness.ts'
import { endpointsText, GARBAGE, groupsText, idOf } from './registry.ts'
import { discoveryConformance } from './suite.ts'

/** Who opens which file, with real files: how often something is read cannot be seen from outside. */
const opened = vi.hoisted(() => ({ by: new Map<string, () => Promise<void> | undefined>() }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const open: typeof real.open = async (path, ...more) => {
    await opened.by.get(String(path))?.()
    return real.open(path, ...more)
  }
  return { ...real, open }
})
/** Who watches which directory. */
const watched = vi.hoisted(() => ({ count: new Map<string, number>() }))
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>()
  const watch = (path: string, ...more: never[]) => {
    const count = (change: number) => watched.count.set(path, (watched.count.get(path) ?? 0) + change)
    const watcher = (real.watch as (...all: unknown[]) => ReturnType<typeof real.watch>)(path, ...more)
    count(1)
    watcher.on('close', () => count(-1))
    return watcher
  }
  return { ...real, watch }
})

/** How a file is put in the place of another one. */
type Replace = (folder: string, path: string, text: string) => Promise<void>

const inPlace: Replace = (_, path, text) => writeFile(path, text)

/** As editors, and careful programs, do it. */
const byRename: Replace = async (_, path, text) => {
  await writeFile(`${path}~`, text)
  await rename(`${path}~`, path)
}

/** As Kubernetes does it with config maps: the file is a link into a directory, which is a link that is replaced. */
const byLink: Replace = async (folder, path, text) => {
  const data = await mkdtemp(join(folder, '..data-'))
  const name = path.slice(folder.length + 1)
  await writeFile(join(data, name), text)
  await symlink(data, join(folder, '..tmp'))
  await rename(join(folder, '..tmp'), join(folder, '..data'))
  await symlink(join('..data', name), path).catch(() => {})
}

/** A real file, and time that is virtual: file systems do what they do in their own time between two steps. */
async function fileHarness(
  name: string,
  write: (members: readonly Member[]) => string,
  replace: Replace,
): Promise<Harness> {
  const clock = virtualClock()
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-file-'))
  const path = join(folder, name)
  const contacts: number[] = []
  let hangs = false
  let release = () => {}
  opened.by.set(path, () => {
    contacts.push(clock.now())
    if (!hangs) return undefined
    return new Promise<void>((resolve) => {
      const before = release
      release = () => {
        before()
        resolve()
      }
    })
  })
  const say = async (text: string) => {
    hangs = false
    release()
    await replace(folder, path, text)
  }
  const publish = (members: readonly Member[]) => say(write(members))
  await publish([{ n: 1 }, { n: 2 }, { n: 3 }])
  return {
    options: () => ({ discovery: file({ path, interval: 16_000 }), clock }),
    idOf,
    publish,
    empty: () => publish([]),
    publishWithMistake: (members) => {
      const text = write(members)
      return say(text.startsWith('[') ? text.replace('[', '["nonsense://",') : `- nonsense://\n${text}`)
    },
    fail: () => unlink(path),
    hang() {
      hangs = true
    },
    garbage: Object.fromEntries(
      Object.entries({ ...GARBAGE, nothing: '', 'no text': '\u0000\u0001' }).map(([kind, text]) => [
        kind,
        () => say(text),
      ]),
    ),
    contacts: () => contacts,
    held: () => clock.pending + (watched.count.get(folder) ?? 0),
    async step() {
      // What is read has to be read before time goes on, or it would seem to be read later than it was.
      for (let i = 0; i < 10; i++) {
        await sleep(1)
        if (!process.getActiveResourcesInfo().includes('FSReqPromise')) break
      }
      await clock.advance(25)
    },
    async [Symbol.asyncDispose]() {
      release()
      opened.by.delete(path)
      await rm(folder, { recursive: true })
    },
  }
}

discoveryConformance('file', () => fileHarness('endpoints.json', endpointsText, byRename), {
  minInterval: 100,
})

discoveryConformance('file_sd', () => fileHarness('targets.json', groupsText, inPlace), { minInterval: 100 })

discoveryConformance(
  'file, YAML',
  () => fileHarness('endpoints.yaml', (members) => stringify(JSON.parse(endpointsText(members))), byLink),
  { minInterval: 100 },
)
