import { type Endpoint, type ProbeOptions, type ProbeResult, prequal } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, fleet } from '../support/fleet.js'

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** A balancer whose calls are instantaneous, and probes that the test answers. */
function probed(probe: NonNullable<ProbeOptions['probe']>, options: ProbeOptions = {}, size = 8) {
  const made: { endpoint: string; signal: AbortSignal }[] = []
  const one = fleet(Object.fromEntries(LETTERS.slice(0, size).map((letter) => [letter, answer])), {
    policy: prequal({
      ...options,
      probe: (endpoint: Endpoint, signal: AbortSignal) => {
        made.push({ endpoint: endpoint.id, signal })
        return probe(endpoint, signal)
      },
    }),
  })
  const calls = async (count: number, pause = 10) => {
    for (let i = 0; i < count; i++) {
      await one.balancer.fetch('/')
      await one.clock.advance(pause)
    }
  }
  return { ...one, made, calls }
}

const never = () => new Promise<ProbeResult>(() => {})
const idle = async () => ({ inFlight: 1, latency: 10 })

describe('probes', () => {
  it('are made beside the calls, three for each, of random endpoints', async () => {
    const { made, calls } = probed(idle)
    await calls(200)
    // Fewer than 3 each: one endpoint is not probed twice at the same time.
    expect(made.length).toBeGreaterThan(400)
    expect(made.length).toBeLessThanOrEqual(600)
    expect(new Set(made.map(({ endpoint }) => endpoint))).toEqual(new Set(LETTERS))
  })

  it('can be fewer than one for each call', async () => {
    const { made, calls } = probed(idle, { probesPerCall: 0.25 })
    await calls(100)
    expect(made).toHaveLength(25)
  })

  it('tell the policy what calls have not found out', async () => {
    const loads: Record<string, ProbeResult> = {
      a: { inFlight: 1, latency: 10 },
      b: { inFlight: 30, latency: 10 },
      c: { inFlight: 1, latency: 300 },
    }
    const { calls, sent } = probed(async ({ id }) => loads[id]!, {}, 3)
    await calls(20)
    sent.length = 0
    await calls(200)
    // Each answer of a call says what it took, until the next probe says more of its server.
    expect(sent.filter((id) => id === 'a').length).toBeGreaterThan(150)
  })

  it('delay no call when they hang, are bounded in number, and are given up in time', async () => {
    const { made, calls, balancer, clock } = probed(never, { maxProbes: 4, probeTimeout: 500 })
    await calls(20)
    expect(made).toHaveLength(4)
    expect(made.every(({ signal }) => !signal.aborted)).toBe(true)
    await clock.advance(500)
    await balancer.fetch('/')
    await clock.advance(0)
    expect(made.slice(0, 4).every(({ signal }) => signal.aborted)).toBe(true)
    expect(made.length).toBeGreaterThan(4)
    expect(made.length).toBeLessThanOrEqual(8)
  })

  it('set no timer', async () => {
    const { calls, clock } = probed(never)
    await calls(5)
    expect(clock.pending).toBe(0)
  })

  it('may fail in any way, which is held against nobody', async () => {
    const ways: (() => PromiseLike<ProbeResult>)[] = [
      () => {
        throw new Error('at once')
      },
      () => Promise.reject(new Error('later')),
      () => Promise.resolve(undefined as unknown as ProbeResult),
      () => Promise.resolve({ inFlight: Number.NaN, latency: 5 }),
      () => Promise.resolve({ inFlight: -1, latency: 5 }),
      () => Promise.resolve({ inFlight: 1, latency: 'soon' } as unknown as ProbeResult),
      () => undefined as unknown as PromiseLike<ProbeResult>,
    ]
    let turn = 0
    const { calls, balancer, hits } = probed(() => ways[turn++ % ways.length]!())
    await calls(200)
    expect(turn).toBeGreaterThan(300)
    for (const { failures, state } of balancer.snapshot().endpoints) {
      expect({ failures, state }).toEqual({ failures: 0, state: 'eligible' })
    }
    expect(Object.values(hits()).every((count) => count > 0)).toBe(true)
  })

  it('end when the balancer is closed, and no more are begun', async () => {
    const { made, calls, balancer } = probed(never)
    await calls(3)
    const before = made.length
    expect(before).toBeGreaterThan(0)
    await balancer.close()
    expect(made.every(({ signal }) => signal.aborted)).toBe(true)
    expect(made).toHaveLength(before)
  })

  it('say nothing of an endpoint that is gone in the meantime', async () => {
    const answers: ((result: ProbeResult) => void)[] = []
    const { balancer, calls, sent } = probed(
      () => new Promise<ProbeResult>((resolve) => answers.push(resolve)),
      {},
      2,
    )
    await calls(10)
    // Its place is taken over by another one, of which the late answer must not tell.
    balancer.setEndpoints([
      { id: 'a', url: 'http://a.test' },
      { id: 'c', url: 'http://c.test' },
    ])
    for (const resolve of answers) resolve({ inFlight: 1e6, latency: 1e6 })
    sent.length = 0
    await expect(balancer.execute(({ endpoint }) => endpoint.id)).resolves.toMatch(/^[ac]$/)
    const went: string[] = []
    for (let i = 0; i < 40; i++) went.push(await balancer.execute(({ endpoint }) => endpoint.id))
    expect(went.filter((id) => id === 'c').length).toBeGreaterThan(10)
  })
})
