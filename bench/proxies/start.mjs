// The proxies that people put between a client and its servers, on loopback, each in a folder of its own.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { atEnd } from '../../scripts/at-end.mjs'
import { freePorts } from '../lib/ports.mjs'
import { haproxyConfig } from './haproxy.mjs'
import { nginxConfig } from './nginx.mjs'

const PROGRAMS = {
  nginx: { config: nginxConfig, args: (file, folder) => ['-c', file, '-p', folder] },
  haproxy: { config: haproxyConfig, args: (file) => ['-db', '-f', file] },
}
/** Where Debian has them, which is not on everybody's PATH. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
/** A proxy that does not listen after 100 x 50 ms never will. */
const ASKS = 100

/** Its version, or undefined where it is not installed. */
export function proxyVersion(program) {
  const { stdout, stderr, error } = spawnSync(program, ['-v'], { encoding: 'utf8', env: { PATH } })
  if (error !== undefined) return undefined
  return `${stdout}${stderr}`.match(/\d+\.\d+\.\d+/)?.[0] ?? 'of unknown version'
}

/** Starts one in front of `servers` (ports). */
export async function startProxy(program, setup) {
  const folder = mkdtempSync(join(tmpdir(), `evenkeel-bench-${program}-`))
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const [port] = await freePorts(1)
  const file = join(folder, 'config')
  writeFileSync(file, PROGRAMS[program].config({ ...setup, port, folder }))
  const child = spawn(program, PROGRAMS[program].args(file, folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH },
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const failed = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${program} ended with exit code ${code}: ${said}`)))
  })
  // Its end is only a failure as long as somebody waits for it to listen.
  failed.catch(() => {})
  const kill = atEnd(() => child.kill('SIGKILL'))
  await Promise.race([failed, listening(port)])
  const stop = () => {
    kill()
    remove()
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

async function listening(port) {
  for (let i = 0; i < ASKS; i++) {
    if (await accepts(port)) return
    await pause(50)
  }
  throw new Error(`nobody listens on port ${port}`)
}

function accepts(port) {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
