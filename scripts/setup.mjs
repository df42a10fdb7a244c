// Makes `npm test`, `npm run demo` and `npm run bench` work in a fresh clone: installs the dependencies if they are
// missing or are not those of package-lock.json. It has to be a `pre` script, because only the next script's
// shell finds the Node that gets installed here; and it has to run on the system's Node with nothing installed.
// With a folder it does the same for the package in there: test/runtimes has dependencies of its own.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npm } from './npm.mjs'

const folder = process.argv[2] ?? ''
const root = fileURLToPath(new URL(`../${folder}`, import.meta.url))

if (!upToDate()) install()

/** npm writes the hidden lock file last, so it is there only after a complete install, and says what was installed. */
function upToDate() {
  const wanted = packages('package-lock.json')
  const installed = packages('node_modules/.package-lock.json')
  if (!wanted || !installed) return false
  const same = (name) =>
    installed[name]?.version === wanted[name]?.version &&
    installed[name]?.integrity === wanted[name]?.integrity
  // Optional packages are mostly native builds for other platforms, which npm leaves out.
  return (
    Object.keys(wanted).every(
      (name) => name === '' || same(name) || (wanted[name].optional && !installed[name]),
    ) && Object.keys(installed).every(same)
  )
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function install() {
  // stderr, so that `npm run demo -- --json` keeps stdout to itself.
  const what = folder === '' ? 'dependencies' : `dependencies of ${folder}`
  console.error(`evenkeel: installing ${what}, this takes half a minute or so...`)
  const start = Date.now()
  const [command, ...before] = npm()
  // Under `npm publish --dry-run` nothing would be installed otherwise.
  const options = ['--include=dev', '--dry-run=false', '--no-audit', '--no-fund', '--no-progress']
  const { status, error } = spawnSync(command, [...before, 'ci', ...options, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: command === 'npm' && process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`evenkeel: npm ci failed${error ? `: ${error.message}` : ''}`)
    process.exit(status || 1)
  }
  console.error(`evenkeel: ${what} installed in ${Math.round((Date.now() - start) / 1000)} s`)
}
