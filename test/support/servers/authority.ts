import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate and its key, as Node takes them. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const YEAR = 365 * 24 * 3_600_000

/** A certificate authority that only one test knows: made with OpenSSL, in a folder of its own. */
export class Authority implements AsyncDisposable {
  /** Its own certificate. */
  readonly cert: string
  readonly #folder: string
  #last: Promise<unknown> = Promise.resolve()
  #count = 0

  constructor(folder: string, cert: string) {
    this.#folder = folder
    this.cert = cert
  }

  /** A certificate for these names: `DNS:users.internal`, `IP:127.0.0.1`; for a year from now unless it says otherwise. */
  issue(names: readonly string[], until = Date.now() + YEAR): Promise<Identity> {
    // OpenSSL keeps a list of what it has signed, in a file.
    const next = this.#last.then(() => this.#issue(names, until))
    this.#last = next.catch(() => {})
    return next
  }

  async #issue(names: readonly string[], until: number): Promise<Identity> {
    const file = (kind: string) => join(this.#folder, `${this.#count}.${kind}`)
    this.#count++
    const san = [
      '-addext',
      `subjectAltName=${names.join(',')}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ]
    await run('openssl', [
      ...['req', '-new', ...KEY, '-subj', `/CN=${this.#count}`, ...san],
      ...['-keyout', file('key'), '-out', file('csr')],
    ])
    await run('openssl', [
      ...['ca', '-batch', '-notext', '-config', join(this.#folder, 'ca.cnf')],
      ...['-startdate', stamp(until - 2 * YEAR), '-enddate', stamp(until)],
      ...['-in', file('csr'), '-out', file('pem')],
    ])
    const [key, cert] = await Promise.all([readFile(file('key'), 'utf8'), readFile(file('pem'), 'utf8')])
    return { key, cert }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last
    await rm(this.#folder, { recursive: true, force: true })
  }
}

export async function authority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-ca-'))
  const file = (name: string) => join(folder, name)
  await writeFile(file('index.txt'), '')
  await writeFile(
    file('ca.cnf'),
    `[ca]
default_ca = own
[own]
certificate = ${file('ca.pem')}
private_key = ${file('ca.key')}
database = ${file('index.txt')}
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
`,
  )
  const self = ['req', '-x509', '-days', '30', '-subj', '/CN=test authority', ...KEY]
  await run('openssl', [...self, '-keyout', file('ca.key'), '-out', file('ca.pem')])
  return new Authority(folder, await readFile(file('ca.pem'), 'utf8'))
}

/** As OpenSSL writes a time, in UTC. */
function stamp(time: number): string {
  return `${new Date(time).toISOString().replace(/\D/g, '').slice(0, 14)}Z`
}
