import { spawn } from 'node:child_process'
import { promises as dns } from 'node:dns'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** Real time, in ms, for the server to come up. */
const PATIENCE = 8_000

export interface DnsmasqServer extends AsyncDisposable {
  /** For the option `servers`. */
  readonly address: string
}

/** Debian's dnsmasq, with options of its command line. It serves `up.test` besides. */
export async function dnsmasqServer(...options: readonly string[]): Promise<DnsmasqServer> {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const fixed = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--bind-interfaces',
    '--pid-file=',
  ]
  // Otherwise root becomes nobody.
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const here = [`--port=${port}`, '--listen-address=127.0.0.1', '--host-record=up.test,127.0.0.1']
  const child = spawn('/usr/sbin/dnsmasq', [...fixed, ...user, ...here, ...options], { stdio: 'ignore' })
  await once(child, 'spawn')
  const server: DnsmasqServer = {
    address,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGKILL')) return
      await exited
    },
  }
  const resolver = new dns.Resolver({ timeout: 200, tries: 1 })
  resolver.setServers([address])
  const end = performance.now() + PATIENCE
  while ((await resolver.resolve4('up.test').catch(() => [])).length === 0) {
    if (performance.now() > end) {
      await server[Symbol.asyncDispose]()
      throw new Error('dnsmasq does not answer')
    }
    await sleep(10)
  }
  return server
}
