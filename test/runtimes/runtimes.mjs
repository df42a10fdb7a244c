import { fileURLToPath } from 'node:url'
import { run } from './process.mjs'

const bin = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))

const everywhere = {
  'quiet esm': 'quiet.mjs',
  'quiet cjs': 'quiet.cjs',
  'both at once': 'copies.cjs',
  esm: 'main.mjs',
  cjs: 'main.cjs',
}

/** Where there are sockets that undici can use. */
const withConnections = { ...everywhere, undici: 'undici.mjs' }

/** What is run in a project that has undici. */
export const NEED_UNDICI = ['undici.mjs', 'dispatcher.mjs']

const node = (alias) => ({
  name: 'node',
  command: bin(`${alias}/bin/node`),
  // Needs a way to look over the shoulder of the module loader.
  programs: { alone: 'alone.mjs', ...withConnections, 'global dispatcher': 'dispatcher.mjs' },
  saysRefused: true,
})

/** What runs programs from files. `saysRefused`: does its fetch tell for certain that a connection was refused? */
export const processes = [
  node('node22'),
  node('node24'),
  node('node26'),
  {
    name: 'bun',
    command: bin('.bin/bun'),
    programs: everywhere,
    saysRefused: true,
  },
  {
    name: 'deno',
    command: bin('.bin/deno'),
    options: ['run', '--cached-only', '--allow-all'],
    programs: withConnections,
    saysRefused: false,
  },
]

export const workerd = bin('.bin/workerd')

/** `v24.1.0`, `deno 2.9.5 (stable, ...)`, `workerd 2026-10-23`: the first thing that begins with a digit. */
export async function versionOf(command) {
  const said = await run([command, '--version'])
  const version = /\d[\d.-]*/.exec(said)?.[0]
  if (version === undefined) throw new Error(`${command} --version said: ${said}`)
  return version
}
