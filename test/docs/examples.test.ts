import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { documentedServers } from './documented-servers.ts'
import { namesHaveAddresses, undiciToEveryAddress } from './every-address.ts'

vi.mock('undici', async (original) => undiciToEveryAddress(await original<typeof import('undici')>()))

/** Every TypeScript example of the documents is compiled, and run against a server that answers anything. */
const root = fileURLToPath(new URL('../..', import.meta.url))
// A hidden folder, which the compiler's and the linter's patterns leave out.
const folder = join(root, 'test/docs/.examples')
const documents = [
  'README.md',
  ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]

interface Example {
  readonly title: string
  readonly file: string
  readonly code: string
}

async function examplesOf(document: string): Promise<Example[]> {
  const text = await readFile(join(root, document), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)]
  return blocks.map((block, index) => {
    const line = text.slice(0, block.index).split('\n').length
    const name = document.replaceAll(/[^a-z]+/gi, '-').toLowerCase()
    return {
      title: `${document}:${line}`,
      file: join(folder, `${name}-${index + 1}.ts`),
      code: block[1] ?? '',
    }
  })
}

const examples = (await Promise.all(documents.map(examplesOf))).flat()
const server = setupServer(http.all('*', () => HttpResponse.json({ hello: 'world' })))
const platformFetch = globalThis.fetch
let servers: Awaited<ReturnType<typeof documentedServers>>

beforeAll(async () => {
  server.listen({ onUnhandledFrame: 'error' })
  await mkdir(folder, { recursive: true })
  servers = await documentedServers()
  vi.stubEnv('CA_CERTIFICATE', servers.ca)
  const codes = examples.map(({ file, code }) => writeFile(file, `${servers.locate(code)}\nexport {}\n`))
  await Promise.all(codes)
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      include: ['./*.ts', '../../../src/resilience/opossum.d.ts'],
    }),
  )
})

afterEach(() => {
  // An example may replace it, as a user would.
  if (globalThis.fetch !== patchedFetch) globalThis.fetch = patchedFetch
})

let patchedFetch = platformFetch
beforeAll(() => {
  patchedFetch = globalThis.fetch
})

afterAll(async () => {
  server.close()
  await servers?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('the examples', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it('compile', { timeout: 60_000 }, async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const compile = promisify(execFile)(process.execPath, [
      tsc,
      '--noEmit',
      '-p',
      join(folder, 'tsconfig.json'),
    ])
    expect(await compile.catch(({ stdout }: { stdout: string }) => ({ stdout }))).toMatchObject({
      stdout: '',
    })
  })

  it.each(examples)('$title runs', async ({ file }) => {
    namesHaveAddresses()
    const silent = () => {}
    for (const method of ['log', 'warn', 'error'] as const)
      vi.spyOn(console, method).mockImplementation(silent)
    await expect(import(/* @vite-ignore */ pathToFileURL(file).href)).resolves.toBeDefined()
  })
})

describe('the links', () => {
  it.each(documents)('of %s lead somewhere', async (document) => {
    const text = await readFile(join(root, document), 'utf8')
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
    const missing = targets.filter(
      (target) => !/^https?:/.test(target) && !existsSync(resolve(root, dirname(document), target)),
    )
    expect(missing).toEqual([])
  })
})
