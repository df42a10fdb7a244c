import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { type BalancerEvents, createBalancer } from 'evenkeel'
import { describe, expect, it } from 'vitest'

/** Keeps the event loop of this process busy for `ms`. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** A server that answers after 50 ms, on a thread of its own, which is not blocked with ours. */
const SERVER = `
  const { createServer } = require('node:http')
  const { parentPort } = require('node:worker_threads')
  const server = createServer((_, response) => setTimeout(() => response.end('ok'), 50))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

describe('an event loop that is really blocked', () => {
  it('for 1.5 s costs a call with a timeout of 300 ms neither its answer nor its endpoint the blame', async () => {
    const worker = new Worker(SERVER, { eval: true })
    const port = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    const balancer = createBalancer({
      endpoints: [`http://127.0.0.1:${port}`],
      timeout: { attempt: 300, total: 1_000 },
      retry: false,
    })
    const ends: BalancerEvents['attempt'][] = []
    balancer.on('attempt', (event) => ends.push(event))
    try {
      expect(await (await balancer.fetch('/')).text()).toBe('ok')
      const call = balancer.fetch('/')
      // The request is on its way before we block.
      await new Promise((resolve) => setTimeout(resolve, 20))
      block(1_500)
      expect(await (await call).text()).toBe('ok')
      expect(ends.map(({ kind }) => kind)).toEqual(['success', 'success'])
      const [, blocked] = ends
      expect(blocked?.latency).not.toBeGreaterThan(200)
    } finally {
      await balancer.close()
      await worker.terminate()
    }
  })

  it('is measured only while somebody waits, and keeps no process alive', async () => {
    const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const balancer = createBalancer({ endpoints: [`http://127.0.0.1:${port}`] })
    await (await balancer.fetch('/')).text()
    await balancer.close()
    server.close()
    server.closeAllConnections()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
    // Only timers that keep the process alive are listed.
    const before = timers().length
    const other = createBalancer({ endpoints: [`http://127.0.0.1:${port}`], retry: false, timeout: false })
    const call = other.fetch('/').catch(() => 'failed')
    expect(timers().length).toBe(before)
    expect(await call).toBe('failed')
    await other.close()
  })
})
