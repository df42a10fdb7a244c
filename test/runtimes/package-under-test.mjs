import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { atEnd } from '../../scripts/at-end.mjs'
import { npm } from '../../scripts/npm.mjs'
import { run } from './process.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The package as users get it: packed, and installed into an empty project, together with the programs that use it. */
export async function installPackage() {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('nothing is built: run `npm run build` first')
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-runtimes-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [project, withUndici, home] = ['project', 'with-undici', 'home'].map((name) => join(folder, name))
  for (const one of [project, home]) mkdirSync(one)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }))

  // Offline and with an empty cache: the package has to do without any other. No dry run even if npm was asked for
  // one (`npm publish --dry-run`).
  const options = ['--offline', `--cache=${join(folder, 'cache')}`, '--ignore-scripts', '--dry-run=false']
  const json = await run([...npm(), 'pack', '--json', `--pack-destination=${folder}`, ...options], {
    cwd: root,
  })
  const [{ filename }] = Object.values(JSON.parse(json))
  const install = ['install', join(folder, filename), '--no-audit', '--no-fund', ...options]
  await run([...npm(), ...install], { cwd: project })

  cpSync(new URL('programs', import.meta.url), project, { recursive: true })
  // The same with undici beside it, which needs nothing either.
  cpSync(project, withUndici, { recursive: true })
  cpSync(join(root, 'node_modules/undici'), join(withUndici, 'node_modules/undici'), { recursive: true })
  return { project, withUndici, home, filename }
}
