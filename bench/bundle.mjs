// Some benchmarks need parts that the package does not export. They are built from the sources with the settings of the
// real build, into one set of shared chunks, so that what is measured is the code that users get.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'tsup'
import { atEnd } from '../scripts/at-end.mjs'
import builds from '../tsup.config.ts'

const [library] = builds
const source = (path) => fileURLToPath(new URL(`../src/${path}.ts`, import.meta.url))

const entry = {
  evenkeel: source('index'),
  endpoints: source('core/endpoint-set'),
  parse: source('core/parse-endpoint'),
  node: source('node/index'),
}

/**
 * Builds into a temporary directory, from which undici is found: `modules` are for `import`, and `remove()` is for
 * afterwards.
 */
export async function bundle() {
  const outDir = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(outDir, 'node_modules'))
  const remove = atEnd(() => rmSync(outDir, { recursive: true, force: true }))
  await build({
    ...library,
    config: false,
    entry,
    format: ['esm'],
    outDir,
    // Without package.json beside it, only this extension says that it is ESM.
    outExtension: () => ({ js: '.mjs' }),
    clean: false,
    dts: false,
    sourcemap: false,
    esbuildPlugins: [],
    silent: true,
  })
  return {
    modules: Object.fromEntries(
      Object.keys(entry).map((name) => [name, pathToFileURL(join(outDir, `${name}.mjs`)).href]),
    ),
    remove,
  }
}
