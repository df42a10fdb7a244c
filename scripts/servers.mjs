// The real servers that the tests start, on free ports. `node scripts/servers.mjs` prints the Debian packages of those that are
// not on this machine; imported, it says what to do about them and ends.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** By Debian's package; where root's programs are need not be in anybody's path. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
const POSTGRES = '/usr/lib/postgresql'
const SERVERS = {
  'nginx-light': () => isInstalled('nginx'),
  knot: () => isInstalled('knotd'),
  'dnsmasq-base': () => isInstalled('dnsmasq'),
  'redis-server': () => isInstalled('redis-server'),
  postgresql: () => existsSync(POSTGRES) && readdirSync(POSTGRES).some((version) => isServer(version)),
  openssl: () => isInstalled('openssl'),
}

const isInstalled = (program) => FOLDERS.some((folder) => existsSync(join(folder, program)))
const isServer = (version) => existsSync(join(POSTGRES, version, 'bin/postgres'))

const missing = Object.keys(SERVERS).filter((name) => !SERVERS[name]())
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(missing.join(' '))
else if (missing.length > 0) {
  console.error(
    `evenkeel: the tests start real servers, of which some are missing here:\n  apt-get install --no-install-recommends ${missing.join(' ')}`,
  )
  process.exit(1)
}
