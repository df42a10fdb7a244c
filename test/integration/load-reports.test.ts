import { createServer, type RequestListener } from 'node:http'
import { createBalancer, LOAD_HEADER, prequal, requestTracker } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { LocalServer } from '../support/servers/local-server.ts'
import { drive } from './drive.ts'

/** A server that answers after `latency` ms, and says in a header how busy it is. */
class ReportingServer extends LocalServer {
  latency: number

  constructor(id: string, latency: number, header: (load: string) => Record<string, string>) {
    const load = requestTracker()
    const listener: RequestListener = (_request, response) => {
      this.hits++
      response.on('close', load.begin())
      setTimeout(() => {
        response.writeHead(200, { 'x-server': id, ...header(load.header()) }).end('hello')
      }, this.latency)
    }
    super(createServer(listener))
    this.latency = latency
  }
}

describe('prequal over sockets', () => {
  it('finds the fast servers by what they report, and the slow one again when it has healed', async () => {
    await using stack = new AsyncDisposableStack()
    const plain = (load: string): Record<string, string> => ({ [LOAD_HEADER]: load })
    const open = async (id: string, latency: number, header = plain) =>
      stack.use(await new ReportingServer(id, latency, header).listen())
    const slow = await open('slow', 60)
    const fast = await open('fast', 2)
    // In ORCA's own words.
    const orca = await open('orca', 2, (load) => ({
      'endpoint-load-metrics': `TEXT ${load.replace('in-flight', 'named_metrics.in_flight').replace('latency', 'named_metrics.latency_ms')}`,
    }))
    const balancer = stack.use(
      createBalancer({ endpoints: [slow.url, fast.url, orca.url], policy: prequal() }),
    )
    const get = () => balancer.fetch('/')
    const first = await drive(600, 4, get)
    expect(first.failures).toEqual([])
    expect(first.servers['slow'] ?? 0).toBeLessThan(60)
    expect(first.servers['fast']).toBeGreaterThan(100)
    expect(first.servers['orca']).toBeGreaterThan(100)
    slow.latency = 1
    // As many calls as it takes, within the timeout of the test.
    for (slow.hits = 0; slow.hits < 100; ) await drive(100, 4, get)
  })

  it('does as well when a server reports garbage', async () => {
    await using stack = new AsyncDisposableStack()
    const garbage = ['in-flight=-5, latency=x', 'JSON {', '='.repeat(6_000), 'latency=1e99, in-flight=NaN']
    let turn = 0
    const lying = stack.use(
      await new ReportingServer('lying', 1, () => ({
        [LOAD_HEADER]: garbage[turn++ % garbage.length] ?? '',
        'endpoint-load-metrics': `TEXT ${garbage[turn % garbage.length]}`,
      })).listen(),
    )
    const honest = stack.use(
      await new ReportingServer('honest', 1, (load) => ({ [LOAD_HEADER]: load })).listen(),
    )
    const balancer = stack.use(createBalancer({ endpoints: [lying.url, honest.url], policy: prequal() }))
    // Equally fast and hardly busy: who gets how much is chance, but nobody is left out for good. As many calls
    // as it takes, within the timeout of the test.
    while (lying.hits < 20 || honest.hits < 20) {
      const { failures } = await drive(100, 6, () => balancer.fetch('/'))
      expect(failures).toEqual([])
    }
    expect(turn).toBeGreaterThanOrEqual(20)
  })
})
