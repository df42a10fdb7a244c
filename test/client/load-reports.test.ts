import { type LoadReport, type Outcome, type Policy, prequal } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it, vi } from 'vitest'
import { fleet, status } from '../support/fleet.js'

/** Picks the first, and keeps what it is told. */
function listener(usesLoadReports: boolean | undefined): Policy & { readonly loads: Outcome['load'][] } {
  const loads: Outcome['load'][] = []
  return {
    name: 'listener',
    ...(usesLoadReports !== undefined && { usesLoadReports }),
    pick: (view) => view.at(0),
    observe: (_endpoint, { load }) => void loads.push(load),
    loads,
  }
}

const REPORT = { 'evenkeel-load': 'in-flight=3, latency=20' }

describe('load reports', () => {
  it('are read from the responses of fetch when the policy uses them, whatever the status', async () => {
    const policy = listener(true)
    const { balancer, does } = fleet({ a: status(200, REPORT) }, { policy, retry: false })
    await balancer.fetch('/')
    does['a'] = status(500, REPORT)
    await balancer.fetch('/', { balancer: { idempotent: false } })
    does['a'] = status(200)
    await balancer.fetch('/')
    expect(policy.loads).toEqual([{ inFlight: 3, latency: 20 }, { inFlight: 3, latency: 20 }, undefined])
  })

  it('are not looked for otherwise', async () => {
    const policy = listener(undefined)
    const response = new Response('')
    const read = vi.spyOn(response.headers, 'get')
    const { balancer } = fleet({ a: () => response }, { policy })
    await balancer.fetch('/')
    await balancer.execute(() => 5, { loadOf: () => expect.unreachable() })
    expect(read).not.toHaveBeenCalled()
    expect(policy.loads).toEqual([undefined, undefined])
  })

  it('are read from a response that an action gives, and told by loadOf for any other result', async () => {
    const policy = listener(true)
    const { balancer } = fleet({ a: status(200) }, { policy })
    await balancer.execute(() => new Response('', { headers: REPORT }))
    const reply = await balancer.execute(() => ({ text: 'hello', busy: 4 }), {
      loadOf: ({ busy }) => ({ inFlight: busy }),
    })
    expect(reply.text).toBe('hello')
    expect(policy.loads).toEqual([{ inFlight: 3, latency: 20 }, { inFlight: 4 }])
  })

  it('are believed as far as they make sense', async () => {
    const policy = listener(true)
    const { balancer } = fleet({ a: status(200) }, { policy })
    const reports: unknown[] = [
      { inFlight: -1, latency: Number.NaN, rps: 5, cpuUtilization: '0.5', eps: 1e12 },
      { utilization: { gpu: 0.5, disk: null }, namedMetrics: 'x' },
      {},
      null,
      'busy',
    ]
    for (const report of reports) await balancer.execute(() => 5, { loadOf: () => report as LoadReport })
    expect(policy.loads).toEqual([{ rps: 5 }, { utilization: { gpu: 0.5 } }, undefined, undefined, undefined])
  })

  it('do not spoil a call that went well when loadOf throws', async () => {
    const policy = listener(true)
    const { balancer } = fleet({ a: status(200) }, { policy })
    const uncaught = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    const result = await balancer.execute(() => 5, {
      loadOf: () => {
        throw new Error('a mistake')
      },
    })
    const [report] = uncaught.mock.calls.at(-1) ?? []
    uncaught.mockRestore()
    expect(result).toBe(5)
    expect(() => report?.()).toThrow('a mistake')
    expect(policy.loads).toEqual([undefined])
  })

  it('come with succeed(), and are checked', () => {
    const policy = listener(true)
    const { balancer } = fleet({ a: status(200) }, { policy })
    balancer.pick().succeed({ inFlight: 2, latency: -5 })
    balancer.pick().succeed()
    expect(policy.loads).toEqual([{ inFlight: 2 }, undefined])
  })

  it('are only told by a function', async () => {
    const { balancer } = fleet({ a: status(200) })
    await expect(balancer.execute(() => 5, { loadOf: 5 as never })).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
    })
  })

  it('move traffic away from a busy server', async () => {
    const { balancer, hits, clock } = fleet(
      {
        a: status(200, { 'evenkeel-load': 'in-flight=40, latency=200' }),
        b: status(200, { 'endpoint-load-metrics': 'JSON {"named_metrics":{"in_flight":1,"latency_ms":20}}' }),
      },
      { policy: prequal() },
    )
    for (let i = 0; i < 300; i++) {
      await balancer.fetch('/')
      await clock.advance(1)
    }
    expect(hits()['a']).toBeLessThan(10)
  })
})

describe('a policy with something running', () => {
  it('is told of the end, and what it throws then is reported', async () => {
    const closed: string[] = []
    const part = (name: string): Policy => ({
      name,
      pick: (view) => view.at(0),
      close: () => {
        closed.push(name)
        throw new Error('closing failed')
      },
      fork: () => part(`${name}'`),
    })
    const { balancer } = fleet({ a: status(200) }, { policy: part('p'), clock: virtualClock() })
    await balancer.fetch('/')
    const uncaught = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    await balancer.close()
    const reports = uncaught.mock.calls.map(([report]) => report)
    uncaught.mockRestore()
    expect(closed).toEqual(["p'"])
    expect(reports).toHaveLength(1)
    expect(() => reports[0]?.()).toThrow('closing failed')
  })

  it('is left running when it is not a fork, and so may be another balancer’s too', async () => {
    const close = vi.fn()
    const policy: Policy = { name: 'shared', pick: (view) => view.at(0), close }
    const { balancer } = fleet({ a: status(200) }, { policy })
    await balancer.fetch('/')
    await balancer.close()
    expect(close).not.toHaveBeenCalled()
  })
})
