import { execFile } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createBalancer } from 'evenkeel'
import { type FileSourceOptions, file, fileStore } from 'evenkeel/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

/** A balancer over a file, in real time. */
function over(name: string, options: Partial<FileSourceOptions> = {}) {
  const balancer = createBalancer({ discovery: file({ path: at(name), ...options }) })
  const errors: string[] = []
  balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
  return {
    balancer,
    errors,
    ids: () => balancer.endpoints().map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await balancer.close()
    },
  }
}

describe('file', () => {
  it('hears at once of what happens to the file, however rarely it looks', async () => {
    await writeFile(at('list.json'), '["http://a.test"]')
    await using it = over('list.json', { interval: 3_600_000 })
    await it.balancer.ready()
    expect(it.ids()).toEqual(['http://a.test'])
    // In place.
    await writeFile(at('list.json'), '["http://b.test"]')
    await eventually(it.ids).toEqual(['http://b.test'])
    // By another file in its place.
    await writeFile(at('new'), '["http://c.test"]')
    await rename(at('new'), at('list.json'))
    await eventually(it.ids).toEqual(['http://c.test'])
    // Away, and there again.
    await rm(at('list.json'))
    await eventually(() => it.balancer.snapshot().discovery).toMatchObject({
      stale: true,
      error: `Error: file ${at('list.json')}: ENOENT`,
    })
    expect(it.ids()).toEqual(['http://c.test'])
    await writeFile(at('list.json'), '["http://d.test"]')
    await eventually(it.ids).toEqual(['http://d.test'])
    expect(it.balancer.snapshot().discovery).toMatchObject({ stale: false, failures: 0 })
  })

  it('follows the links of a config map of Kubernetes', async () => {
    const publish = async (version: string, text: string) => {
      await mkdir(at(version))
      await writeFile(join(folder, version, 'list.yaml'), text)
      await symlink(version, at('..data_tmp'))
      await rename(at('..data_tmp'), at('..data'))
    }
    await publish('..1', '- http://a.test\n')
    await symlink('..data/list.yaml', at('list.yaml'))
    await using it = over('list.yaml', { interval: 3_600_000 })
    await it.balancer.ready()
    expect(it.ids()).toEqual(['http://a.test'])
    await publish('..2', '- url: http://b.test\n  weight: 3\n')
    await eventually(it.ids).toEqual(['http://b.test'])
    expect(it.errors).toEqual([])
  })

  it('sees by looking what nobody tells of: a file that a link leads to', async () => {
    await mkdir(at('elsewhere'))
    await writeFile(at('elsewhere/list.json'), '["http://a.test"]')
    await symlink(at('elsewhere/list.json'), at('list.json'))
    await using it = over('list.json', { interval: 30 })
    await it.balancer.ready()
    await writeFile(at('elsewhere/list.json'), '["http://b.test"]')
    await eventually(it.ids).toEqual(['http://b.test'])
  })

  it('sees a change that leaves size and time as they were', async () => {
    await writeFile(at('list.json'), '["http://a.test"]')
    await using it = over('list.json', { interval: 30 })
    await it.balancer.ready()
    const { atime, mtime } = await stat(at('list.json'))
    await writeFile(at('list.json'), '["http://b.test"]')
    await utimes(at('list.json'), atime, mtime)
    await eventually(it.ids).toEqual(['http://b.test'])
  })

  it('waits for a directory that is not there yet, and for one that is made anew', async () => {
    await using it = over('there/list.json', { interval: 50 })
    const ready = it.balancer.ready()
    await eventually(() => it.errors.length).toBeGreaterThan(1)
    expect(it.errors[0]).toBe(`file ${at('there/list.json')}: ENOENT`)
    await mkdir(at('there'))
    await writeFile(at('there/list.json'), '["http://a.test"]')
    await ready
    await rm(at('there'), { recursive: true })
    await eventually(() => it.balancer.snapshot().discovery.stale).toBe(true)
    await mkdir(at('there'))
    await writeFile(at('there/list.json'), '["http://b.test"]')
    await eventually(it.ids).toEqual(['http://b.test'])
    await writeFile(at('there/list.json'), '["http://c.test"]')
    await eventually(it.ids).toEqual(['http://c.test'])
  })

  it('reads what is written in pieces when it is whole, and tells nothing else', async () => {
    const whole = JSON.stringify(Array.from({ length: 50 }, (_, i) => `http://10.0.0.${i}`))
    await writeFile(at('list.json'), '["http://a.test"]')
    await using it = over('list.json', { interval: 3_600_000 })
    await it.balancer.ready()
    await writeFile(at('list.json'), whole.slice(0, 300))
    await writeFile(at('list.json'), whole)
    await eventually(() => it.ids().length).toBe(50)
    expect(it.balancer.snapshot().discovery.stale).toBe(false)
  })

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /it is no JSON, but 0 characters/],
    ['half of it', '["http://a.te', /it is no JSON, but 13 characters that begin with "\["/],
    ['text that is none', Uint8Array.of(0x5b, 0xff, 0xfe, 0x5d), /ERR_ENCODING_INVALID_ENCODED_DATA/],
    ['another thing', '{"a":1}', /it is an object with a, and no list of endpoints/],
  ])('keeps its list when the file has %s', async (_, content, message) => {
    await writeFile(at('list.json'), '["http://a.test"]')
    await using it = over('list.json')
    await it.balancer.ready()
    await writeFile(at('list.json'), content)
    await eventually(() => it.errors.at(-1)).toMatch(message)
    expect(it.ids()).toEqual(['http://a.test'])
    await writeFile(at('list.json'), '\ufeff["http://b.test"]')
    await eventually(it.ids).toEqual(['http://b.test'])
  })

  it('does not read what is too long, nor wait for what is no file', async () => {
    await writeFile(at('list.json'), '[]')
    await truncate(at('list.json'), 2 ** 30)
    await using large = over('list.json')
    const ready = large.balancer.ready().catch(() => {})
    await eventually(() => large.errors[0]).toBe(`file ${at('list.json')}: it is longer than 16777216 bytes`)
    await promisify(execFile)('mkfifo', [at('pipe')])
    await using pipe = over('pipe')
    const alsoReady = pipe.balancer.ready().catch(() => {})
    await eventually(() => pipe.errors[0]).toBe(`file ${at('pipe')}: it is no file`)
    await using here = over('.')
    const neverReady = here.balancer.ready().catch(() => {})
    await eventually(() => here.errors[0]).toMatch(/it is no file|EISDIR/)
    for (const it of [large, pipe, here]) await it.balancer.close()
    await Promise.all([ready, alsoReady, neverReady])
  })

  it('may be named by a URL, or from where the process is', async () => {
    await writeFile(at('list.json'), '["http://a.test"]')
    const source = file({ path: pathToFileURL(at('list.json')) })
    expect(source.name).toBe(`file ${at('list.json')}`)
    expect(file({ path: 'list.json' }).name).toBe(`file ${join(process.cwd(), 'list.json')}`)
  })
})

describe('a file of YAML', () => {
  /** What comes of a file, or what is told. */
  async function read(text: string, options: Partial<FileSourceOptions> = {}, name = 'list.yml') {
    await writeFile(at(name), text)
    const it = over(name, options)
    const ready = it.balancer.ready().catch(() => {})
    await eventually(() => it.ids().length + it.errors.length).toBeGreaterThan(0)
    const endpoints = it.balancer.endpoints()
    await it.balancer.close()
    await ready
    return { endpoints, errors: it.errors }
  }

  it('has endpoints, or target groups of Prometheus', async () => {
    const { endpoints } = await read(
      'endpoints:\n  - http://a.test\n  - { url: http://b.test, zone: z, metadata: { n: 1 } }\n',
    )
    expect(endpoints).toMatchObject([
      { id: 'http://a.test' },
      { id: 'http://b.test', zone: 'z', metadata: { n: 1 } },
    ])
    const groups = await read('- targets: [c.test:80, d.test]\n  labels: { __meta_weight: 3, zone: 7 }\n', {
      labels: { zone: 'zone' },
    })
    expect(groups.endpoints).toMatchObject([
      { id: 'http://c.test', weight: 3, zone: '7' },
      { id: 'http://d.test', weight: 3 },
    ])
  })

  it('is told by its name, or by an option', async () => {
    expect((await read('- http://a.test\n', { syntax: 'yaml' }, 'list.conf')).endpoints).toHaveLength(1)
    expect((await read('- http://a.test\n', {}, 'list.conf')).errors[0]).toMatch(/it is no JSON/)
  })

  it('may not fill the memory by aliases', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`)
    const { errors } = await read(`a0: &a0 [${Array(9).fill('x')}]\n${levels.join('\n')}\nendpoints: *a9\n`)
    expect(errors[0]).toMatch(/Excessive alias count/)
  })

  it('may use aliases as people do', async () => {
    const groups = Array.from(
      { length: 300 },
      (_, i) => `- { targets: ["10.0.1.${i % 250}:${i + 1}"], labels: *l }`,
    )
    const { endpoints } = await read(
      `- { targets: [a.test], labels: &l { rack: r1 } }\n${groups.join('\n')}\n`,
    )
    expect(endpoints).toHaveLength(301)
    expect(endpoints.at(-1)?.metadata).toEqual({ rack: 'r1' })
  })

  it.each([
    ['what is none', '- "http://a.test\n', /it is no YAML: [A-Z_]+ in line \d/],
    ['two documents', '- http://a.test\n---\n- http://b.test\n', /it is no YAML: MULTIPLE_DOCS in line 2/],
    ['nothing', '', /it is null, and no list of endpoints/],
  ])('is refused with %s, without what stands in it', async (_, text, message) => {
    const { errors } = await read(text)
    expect(errors[0]).toMatch(message)
    expect(errors[0]).not.toMatch(/a\.test/)
  })

  it('changes no prototypes', async () => {
    const { endpoints } = await read('- url: http://a.test\n  metadata: { __proto__: { polluted: 1 } }\n')
    expect(endpoints).toHaveLength(1)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(endpoints[0]?.metadata['polluted']).toBeUndefined()
  })
})

describe('fileStore', () => {
  it('keeps a text, which only this user can read, and leaves nothing beside it', async () => {
    const store = fileStore(at('copy.json'))
    expect(await store.get()).toBeUndefined()
    await Promise.all(['one', 'two', 'three'].map((text) => store.set(text)))
    expect(['one', 'two', 'three']).toContain(await store.get())
    await store.set('last')
    expect(await readFile(at('copy.json'), 'utf8')).toBe('last')
    expect((await stat(at('copy.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['copy.json'])
  })

  it('fails where there is no directory, and leaves nothing', async () => {
    await expect(fileStore(at('nowhere/copy.json')).set('x')).rejects.toMatchObject({ code: 'ENOENT' })
    await mkdir(at('taken'))
    await expect(fileStore(at('taken')).set('x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|directory/)
    await expect(Promise.resolve(fileStore(at('taken')).get())).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

describe('the options', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no path', () => file({ path: '' }), /`file\.path`: got ""/],
    ['a URL', () => file({ path: new URL('http://a.test/list') }), /`file\.path`/],
    ['no end of a path', () => file({ path: 'a\0b' }), /`file\.path`/],
    [
      'syntax',
      () => file({ path: 'a', syntax: 'toml' as never }),
      /`file\.syntax`: got "toml"; allowed is 'json' or 'yaml'/,
    ],
    ['an interval', () => file({ path: 'a', interval: 0 }), /`file\.interval`: got 0/],
    ['bytes', () => file({ path: 'a', maxBytes: -1 }), /`file\.maxBytes`: got -1/],
    ['another', () => file({ path: 'a', watch: true } as never), /`file\.watch`: there is no such option/],
    ['no path of a store', () => fileStore(''), /`fileStore\.path`: got ""/],
  ])('are checked: %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
