import { roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, elapse, fleet, status } from '../support/fleet.js'

const pushback = (ms: string, code = 503) => status(code, { 'grpc-retry-pushback-ms': ms })
const turns = { policy: roundRobin(), random: () => 0 }

describe('a pushback (gRFC A6)', () => {
  it.each(['-1', '-100', 'soon', '', '1.5'])('of %j means "do not try again"', async (ms) => {
    const f = fleet({ a: pushback(ms), b: answer }, turns)
    const response = await elapse(f.clock, f.balancer.fetch('/'))
    expect(response.status).toBe(503)
    expect(f.sent).toEqual(['a'])
    expect(f.state('a')).toBe('eligible')
  })

  it('of some ms keeps calls away from its endpoint for so long', async () => {
    const f = fleet({ a: pushback('1500'), b: answer }, turns)
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
    expect(f.sent).toEqual(['a', 'b'])
    expect(f.state('a')).toBe('cooldown')
    await f.clock.advance(1_499)
    for (let i = 0; i < 4; i++) await f.balancer.fetch('/')
    expect(f.sent).toEqual(['a', 'b', 'b', 'b', 'b', 'b'])
    await f.clock.advance(1)
    f.does['a'] = answer
    for (let i = 0; i < 4; i++) await f.balancer.fetch('/')
    expect(f.sent.slice(6).sort()).toEqual(['a', 'a', 'b', 'b'])
  })

  it('of 0 asks for nothing', async () => {
    const f = fleet({ a: pushback('0'), b: answer }, turns)
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
    expect(f.state('a')).toBe('eligible')
  })

  it('on an answer that is well means nothing', async () => {
    const f = fleet({ a: pushback('-1', 200) }, turns)
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
  })

  it('goes before `shouldRetry`, which must not make a sick server sicker', async () => {
    const f = fleet({ a: pushback('-1'), b: answer }, { ...turns, retry: { shouldRetry: () => true } })
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(503)
  })
})
