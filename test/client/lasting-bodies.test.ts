import { leastLatency, leastRequest, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { afterMs, answer, type Behaviour, breakOff, elapse, fleet, outcomeOf } from '../support/fleet.js'

/** Answers at once, with a body that goes on until the test ends it. */
function streams() {
  const open: ReadableStreamDefaultController<Uint8Array>[] = []
  const behaviour: Behaviour = () =>
    new Response(new ReadableStream({ start: (controller) => void open.push(controller) }))
  return { open, behaviour }
}

describe("with completion: 'body' a body that lasts", () => {
  it('is in flight to its end, and no slow answer', async () => {
    const { open, behaviour } = streams()
    const f = fleet({ a: behaviour, b: answer }, { policy: leastRequest(), completion: 'body' })
    for (const id of 'ab') f.does[id] = behaviour
    const responses = []
    for (let i = 0; i < 6; i++) responses.push(await f.balancer.fetch('/events'))
    expect(f.balancer.endpoints().map(({ inFlight }) => inFlight)).toEqual([3, 3])
    await f.clock.advance(60_000)
    for (const endpoint of f.balancer.snapshot().endpoints)
      expect(endpoint).toMatchObject({ successes: 0, failures: 0, state: 'eligible' })
    for (const controller of open) controller.close()
    for (const response of responses) await response.text()
    expect(f.balancer.endpoints().map(({ inFlight }) => inFlight)).toEqual([0, 0])
    expect(f.balancer.snapshot().endpoints.map(({ successes }) => successes)).toEqual([3, 3])
  })

  it('does not make leastLatency wait for its end', async () => {
    const { behaviour } = streams()
    const f = fleet({ a: behaviour, b: behaviour }, { policy: leastLatency(), completion: 'body' })
    await f.balancer.fetch('/events')
    const [streaming] = f.sent
    const other = streaming === 'a' ? 'b' : 'a'
    // The one that streams answers in 1 ms, the other one in 50: streaming says nothing against it.
    f.does[streaming as string] = afterMs(f.clock, 1)
    f.does[other] = afterMs(f.clock, 50)
    f.sent.length = 0
    for (let i = 0; i < 300; i++) {
      await (await elapse(f.clock, f.balancer.fetch('/'))).text()
      await f.clock.advance(100)
    }
    expect(f.hits()[streaming as string]).toBeGreaterThan(250)
  })

  it('is the trial of an ejected endpoint no longer than it takes to see that it stands', async () => {
    const { behaviour } = streams()
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: roundRobin(),
        completion: 'body',
        circuitBreaker: false,
        outlierDetection: { baseEjectionTime: 5_000 },
      },
    )
    for (let i = 0; i < 8; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(10_000)
    f.does['a'] = behaviour
    await f.balancer.fetch('/events')
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('eligible')
    await f.balancer.close()
  })

  it.each([500, 2_000])(
    'gets its endpoint ejected when it breaks off again and again, after %d ms',
    async (after) => {
      const f = fleet({ a: answer, b: answer, c: answer }, { policy: roundRobin(), completion: 'body' })
      const breaks = streams()
      const ejections: unknown[] = []
      f.balancer.on('ejected', (event) => ejections.push(event))
      f.does['a'] = breaks.behaviour
      for (let i = 0; i < 90; i++) {
        const response = await elapse(f.clock, f.balancer.fetch('/'))
        const text = response.text().catch(() => '')
        await f.clock.advance(after)
        for (const controller of breaks.open.splice(0)) controller.error(new TypeError('terminated'))
        await text
      }
      expect(ejections.length).toBeGreaterThan(3)
    },
  )

  it.each([100, 30_000])('is held against its endpoint when it breaks off after %d ms', async (after) => {
    const { open, behaviour } = streams()
    const f = fleet({ a: behaviour }, { completion: 'body' })
    const response = await f.balancer.fetch('/events')
    await f.clock.advance(after)
    open[0]?.error(new TypeError('terminated'))
    await expect(response.text()).rejects.toThrow('terminated')
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 1, inFlight: 0 })
  })
})
