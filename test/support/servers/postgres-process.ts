import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { certificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import { OwnProcess } from './own-process.ts'

const run = promisify(execFile)
/** Where Debian has it, by version. */
const HOME = '/usr/lib/postgresql'

/** PostgreSQL refuses to be run by root. */
interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/**
 * A server of Debian's package `postgresql`, which trusts everybody. Its port and data stay when it is killed; its other
 * processes, one for each connection, end when they notice.
 */
class PostgresProcess extends OwnProcess {
  readonly port: number
  readonly #folder: string
  readonly #program: string
  readonly #owner: Owner
  readonly #ssl: boolean

  constructor(port: number, folder: string, program: string, owner: Owner, ssl: boolean) {
    super()
    this.port = port
    this.#folder = folder
    this.#program = program
    this.#owner = owner
    this.#ssl = ssl
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      ssl: this.#ssl ? 'on' : 'off',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.child = spawn(this.#program, ['-D', this.#folder, '-p', `${this.port}`, ...options], {
      ...this.#owner,
      stdio: 'ignore',
    })
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 10))
    return this
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  async #answers(): Promise<boolean> {
    if (this.child?.exitCode != null) throw new Error(`postgres ended with ${this.child.exitCode}`)
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'app', database: 'postgres' })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      return false
    }
  }
}

/** PostgreSQL on a free port, with the tests' own certificate if it is to speak TLS. */
export async function postgresProcess({ ssl = false } = {}): Promise<PostgresProcess> {
  const [version] = (await readdir(HOME)).sort((one, other) => Number(other) - Number(one))
  const programs = join(HOME, version ?? '', 'bin')
  const owner = await ownerOf()
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-postgres-'))
  await give(folder, owner)
  const options = ['-D', folder, '-A', 'trust', '-U', 'app', '--locale=C', '--no-sync', '--no-instructions']
  await run(join(programs, 'initdb'), options, owner)
  for (const [name, content] of Object.entries({ key: certificate.key, crt: certificate.cert })) {
    const file = join(folder, `server.${name}`)
    await writeFile(file, content, { mode: 0o600 })
    await give(file, owner)
  }
  return new PostgresProcess(await freePort(), folder, join(programs, 'postgres'), owner, ssl).start()
}

async function ownerOf(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])))
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
}

async function give(path: string, { uid, gid }: Owner): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}
