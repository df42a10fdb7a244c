import { spawn } from 'node:child_process'
import { promises as dns } from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { OwnProcess } from './own-process.ts'

/** Real time, in ms, for the server to come up, or to serve a new zone. */
const PATIENCE = 8_000

/** Debian's package knot: a real name server, authoritative for `lb.test`, with a TTL for each record. */
export class KnotServer extends OwnProcess {
  readonly #folder: string
  readonly #port: number
  #serial = 0

  constructor(folder: string, port: number) {
    super()
    this.#folder = folder
    this.#port = port
  }

  /** For the option `servers`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    const child = spawn('/usr/sbin/knotd', ['-c', join(this.#folder, 'knot.conf')], { stdio: 'ignore' })
    this.child = child
    await once(child, 'spawn')
    await this.#serves()
    return this
  }

  /** Puts other records in the place of all, lines of a zone file such as `users 1 IN A 10.0.0.7`; resolves when they are served. */
  async publish(...records: readonly string[]): Promise<void> {
    this.#serial++
    const zone = [
      '$ORIGIN lb.test.',
      '$TTL 1',
      `@ SOA ns root ${this.#serial} 3600 600 86400 1`,
      '@ NS ns',
      'ns A 127.0.0.1',
      ...records,
    ]
    await writeFile(join(this.#folder, 'zone.txt'), `${zone.join('\n')}\n`)
    if (this.child === undefined) return
    this.child.kill('SIGHUP')
    await this.#serves()
  }

  override async kill(): Promise<void> {
    await super.kill()
    this.child = undefined
  }

  async #serves(): Promise<void> {
    const resolver = new dns.Resolver({ timeout: 200, tries: 1 })
    resolver.setServers([this.address])
    const end = performance.now() + PATIENCE
    while (performance.now() < end) {
      const { serial } = await resolver.resolveSoa('lb.test').catch(() => ({ serial: undefined }))
      if (serial === this.#serial) return
      await sleep(10)
    }
    throw new Error(`knot does not serve zone ${this.#serial}`)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

export async function knotServer(...records: readonly string[]): Promise<KnotServer> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-knot-'))
  const port = await freePort()
  const configuration = `server:
    listen: 127.0.0.1@${port}
    rundir: ${folder}
database:
    storage: ${folder}
zone:
  - domain: lb.test
    file: ${join(folder, 'zone.txt')}
`
  await writeFile(join(folder, 'knot.conf'), configuration)
  const server = new KnotServer(folder, port)
  await server.publish(...records)
  return server.start()
}
