import { type BalancerEvents, type BalancerOptions, leastLatency, leastRequest, roundRobin } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { afterMs, type Fleet, fleet, hang, outcomeOf } from '../support/fleet.js'

/** Ten endpoints that answer after 10 ms. */
function setUp(options: Partial<BalancerOptions> = {}, ms = 10) {
  const clock = virtualClock()
  const does = Object.fromEntries('abcdefghij'.split('').map((id) => [id, afterMs(clock, ms)]))
  const timeout = { attempt: 1_000 }
  const f = fleet(does, { clock, policy: roundRobin(), timeout, ...options })
  const ejected: BalancerEvents['ejected'][] = []
  f.balancer.on('ejected', (event) => ejected.push(event))
  return { f, ejected }
}

/** Calls at a steady rate, until all have ended; returns the errors. */
async function calls(
  { balancer, clock }: Fleet,
  times: number,
  every: number,
  init?: () => RequestInit,
  rest = 3_000,
) {
  const ends: Promise<{ error?: unknown }>[] = []
  for (let i = 0; i < times; i++) {
    ends.push(outcomeOf(balancer.fetch('/', init?.())))
    await clock.advance(every)
  }
  await clock.advance(rest)
  return (await Promise.all(ends)).flatMap(({ error }) => (error === undefined ? [] : [error]))
}

/** How long after a time an endpoint was ejected for the first time, for 5 s. */
const after = (start: number, event: BalancerEvents['ejected'] | undefined) => event!.until - 5_000 - start

describe('a black hole', () => {
  it('is noticed from calls that are overdue, long before their timeouts', async () => {
    const { f, ejected } = setUp()
    await calls(f, 300, 3)
    f.does['d'] = hang
    f.sent.length = 0
    const start = f.clock.now()
    expect(await calls(f, 600, 3)).toEqual([])
    expect(ejected).toHaveLength(1)
    expect(ejected[0]).toMatchObject({ rule: 'overdue', ejections: 1, limit: 150 })
    expect(ejected[0]?.endpoint.id).toBe('d')
    expect(after(start, ejected[0])).toBeLessThan(250)
    expect(f.hits()['d']).toBeLessThanOrEqual(8)
    expect(f.balancer.snapshot().endpoints[3]?.reason).toMatch(
      /^ejected by outlier detection: silent for \d+ ms after \d+ calls/,
    )
  })

  it('is asked twice by a policy that avoids who is busy', async () => {
    const { f, ejected } = setUp({ policy: leastRequest() })
    await calls(f, 300, 3)
    f.does['d'] = hang
    f.sent.length = 0
    expect(await calls(f, 1_500, 3)).toEqual([])
    expect(ejected[0]).toMatchObject({ rule: 'overdue', calls: 2 })
    expect(f.hits()['d']).toBe(2)
  })

  it('is asked hardly ever by the default policy, ejected or not', async () => {
    const { f } = setUp({ policy: leastLatency() })
    await calls(f, 300, 3)
    f.does['d'] = hang
    f.sent.length = 0
    expect(await calls(f, 1_500, 3)).toEqual([])
    expect(f.hits()['d']).toBeLessThanOrEqual(3)
  })

  it('is noticed by callers that give up themselves', async () => {
    const { f, ejected } = setUp({ timeout: false })
    await calls(f, 300, 3)
    f.does['d'] = hang
    f.sent.length = 0
    await calls(f, 300, 20, () => {
      const controller = new AbortController()
      f.clock.setTimer(() => controller.abort(), 160)
      return { signal: controller.signal }
    })
    expect(ejected[0]).toMatchObject({ rule: 'overdue' })
    // One in 200 ms, each of which is given up before the next one comes; the trial is another.
    expect(f.hits()['d']).toBeLessThanOrEqual(4)
  })

  it('that calls still wait for goes on being waited for, and what comes late says nothing', async () => {
    const { f, ejected } = setUp({ timeout: { attempt: 60_000, total: 60_000 } })
    await calls(f, 300, 3)
    f.does['d'] = afterMs(f.clock, 2_500)
    expect(await calls(f, 200, 3)).toEqual([])
    expect(ejected.map(({ rule }) => rule)).toEqual(['overdue'])
    expect(f.state('d')).toBe('ejected')
    expect(f.balancer.snapshot().endpoints[3]?.inFlight).toBe(0)
  })

  it('is left to its timeouts when the rule is off', async () => {
    const { f, ejected } = setUp({ outlierDetection: { overdueFactor: 0 } })
    await calls(f, 300, 3)
    f.does['d'] = hang
    await calls(f, 600, 3)
    expect(ejected[0]).toMatchObject({ rule: 'consecutive-local-origin-failures' })
  })
})

describe('nobody is ejected for silence', () => {
  it('when the event loop was blocked for five seconds', async () => {
    const { f, ejected } = setUp({ timeout: { attempt: 10_000 } }, 100)
    await calls(f, 300, 3)
    const ends = Array.from({ length: 100 }, () => outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(20)
    f.clock.freeze(5_000)
    for (let i = 0; i < 100; i++) ends.push(outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(500)
    await Promise.all(ends)
    expect(await calls(f, 300, 3)).toEqual([])
    expect(ejected).toEqual([])
  })

  it('when all of them stop at once, as when the network is gone', async () => {
    const { f, ejected } = setUp()
    await calls(f, 300, 3)
    for (const id of Object.keys(f.does)) f.does[id] = hang
    const ends = Array.from({ length: 200 }, () => outcomeOf(f.balancer.fetch('/')))
    for (let i = 0; i < 90; i++) {
      await f.clock.advance(10)
      ends.push(outcomeOf(f.balancer.fetch('/')))
    }
    expect(ejected).toEqual([])
    await f.clock.advance(60_000)
    await Promise.all(ends)
  })

  it('when some calls are long polls', async () => {
    const { f, ejected } = setUp({ timeout: false })
    // One of fifty takes ten seconds.
    const random = seededRandom(5)
    for (const id of Object.keys(f.does)) {
      f.does[id] = (request) => afterMs(f.clock, random() < 0.02 ? 10_000 : 10)(request)
    }
    await calls(f, 1_000, 20, undefined, 10_000)
    expect(ejected).toEqual([])
  })

  it('when bodies are read for long, and counted in flight until they end', async () => {
    const { f, ejected } = setUp({ completion: 'body' })
    const readSome = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const response = outcomeOf(f.balancer.fetch('/'))
        await f.clock.advance(30)
        await (await response).value?.text()
      }
    }
    await readSome(150)
    const begun = Array.from({ length: 40 }, () => f.balancer.fetch('/'))
    await f.clock.advance(10)
    const streams = await Promise.all(begun)
    await readSome(60)
    expect(f.balancer.snapshot().endpoints[0]?.inFlight).toBe(4)
    expect(ejected).toEqual([])
    for (const response of streams) await response.text()
  })
})
