import { type BalancerEvents, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, fleet, outcomeOf, status } from '../support/fleet.js'

const busy = (seconds: number, code = 503) => status(code, { 'retry-after': String(seconds) })

describe('Retry-After', () => {
  it.each([503, 429])(
    'of a %i keeps its endpoint out until then, and the call goes elsewhere',
    async (code) => {
      const { balancer, clock, does, hits, state, sent } = fleet(
        { a: busy(20, code), b: answer },
        { policy: roundRobin(), random: () => 0 },
      )
      const told: BalancerEvents['cooldown'][] = []
      balancer.on('cooldown', (event) => told.push(event))
      for (let i = 0; i < 10; i++) expect((await balancer.fetch('/')).status).toBe(200)
      expect(hits()).toEqual({ a: 1, b: 10 })
      expect(state('a')).toBe('cooldown')
      expect(told).toEqual([
        { endpoint: expect.objectContaining({ id: 'a' }), until: clock.now() + 20_000, status: code },
      ])
      does['a'] = answer
      await clock.advance(20_000)
      expect(state('a')).toBe('eligible')
      sent.length = 0
      for (let i = 0; i < 10; i++) await balancer.fetch('/')
      expect(hits()).toEqual({ a: 5, b: 5 })
    },
  )

  it('is waited for when there is nobody else, and the deadline allows', async () => {
    const { balancer, clock, does, sent } = fleet({ a: busy(4) })
    const call = balancer.fetch('/')
    await clock.advance(3_999)
    expect(sent).toHaveLength(1)
    does['a'] = answer
    await clock.advance(1_000)
    expect((await call).status).toBe(200)
    expect(sent).toHaveLength(2)
  })

  it('is not waited for past the deadline: the caller has the answer at once', async () => {
    const { balancer, sent } = fleet({ a: busy(40) })
    const response = await balancer.fetch('/')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('40')
    expect(sent).toHaveLength(1)
  })

  it('lets new calls wait as well, not all of them to the same instant', async () => {
    const { balancer, clock, does, sent } = fleet({ a: busy(4) }, { retry: false })
    await balancer.fetch('/')
    does['a'] = answer
    const calls = Array.from({ length: 20 }, () => balancer.fetch('/'))
    await clock.advance(3_999)
    expect(sent).toHaveLength(1)
    await clock.advance(200)
    expect(sent.length).toBeGreaterThan(1)
    expect(sent.length).toBeLessThan(21)
    await clock.advance(300)
    for (const call of calls) expect((await call).status).toBe(200)
  })

  it('does not make a service unreachable: who cannot wait is sent all the same', async () => {
    const { balancer, does, sent, state } = fleet({ a: busy(100), b: busy(200) }, { retry: false })
    while (state('a') !== 'cooldown' || state('b') !== 'cooldown') await balancer.fetch('/')
    does['a'] = answer
    sent.length = 0
    expect((await balancer.fetch('/')).status).toBe(200)
    expect(sent).toEqual(['a'])
  })

  it('ends the wait with the abort of the caller', async () => {
    const { balancer, clock } = fleet({ a: busy(4) }, { retry: false })
    await balancer.fetch('/')
    const controller = new AbortController()
    const call = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    await clock.advance(10)
    controller.abort('enough')
    expect((await call).error).toBe('enough')
    expect(clock.pending).toBe(0)
  })

  it('of a success means nothing', async () => {
    const { balancer, state } = fleet({ a: status(200, { 'retry-after': '20' }), b: answer })
    await balancer.fetch('/')
    await balancer.fetch('/')
    expect(state('a')).toBe('eligible')
  })
})
