import type { CheckEndpoint, HealthCheck } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { afterMs, elapse, type Fleet, fleet, outcomeOf, refuse } from '../support/fleet.js'

/** The default policy passes over an endpoint for 5 s after a failure, which is too short a row for an ejection. */
const SCHEDULE = { jitter: 0, interval: 60_000, fastInterval: 1_000 } satisfies Partial<HealthCheck>

async function call({ balancer, clock }: Fleet): Promise<void> {
  await elapse(clock, outcomeOf(balancer.fetch('/')))
}

/** A fleet whose endpoint `a` has just failed its first call after a few that went well; does its check see why? */
async function failedOnce({ seen }: { seen: boolean }) {
  const looks: string[] = []
  const check: CheckEndpoint = ({ id }) => {
    looks.push(id)
    if (seen && f.does[id] === refuse) throw new Error('refused')
  }
  const clock = virtualClock()
  const answer = afterMs(clock, 20)
  const f = fleet({ a: answer, b: answer }, { clock, healthCheck: { check, ...SCHEDULE } })
  for (let i = 0; i < 20; i++) await call(f)
  await f.clock.advance(2_000)
  f.does['a'] = refuse
  looks.length = 0
  f.sent.length = 0
  while (!f.sent.includes('a')) await call(f)
  expect(f.state('a')).toBe('eligible')
  const heal = () => {
    f.does['a'] = answer
  }
  return { f, looks, heal, usedAgain: () => f.sent.lastIndexOf('a') > f.sent.indexOf('a') }
}

describe('an endpoint that a policy passes over since a call failed', () => {
  it('is looked at soon, each fast interval, and used again when it has passed', async () => {
    const { f, looks, heal, usedAgain } = await failedOnce({ seen: true })
    await f.clock.advance(0)
    expect(looks).toEqual(['a'])
    await f.clock.advance(1_000)
    expect(looks).toEqual(['a', 'a'])
    heal()
    await f.clock.advance(1_000)
    // Which of two that are alike comes first is chance.
    for (let i = 0; i < 150 && !usedAgain(); i++) await call(f)
    expect(usedAgain()).toBe(true)
    await f.balancer.close()
  })

  it('is passed over all the same when the check was content all the time', async () => {
    const { f, looks, heal, usedAgain } = await failedOnce({ seen: false })
    heal()
    await f.clock.advance(2_000)
    // Once, since what it finds speaks for nothing more.
    expect(looks).toEqual(['a'])
    for (let i = 0; i < 100; i++) await call(f)
    expect(usedAgain()).toBe(false)
    await f.balancer.close()
  })

  it('that fails now and then is looked at no more often than that', async () => {
    const { f, looks } = await failedOnce({ seen: false })
    await f.clock.advance(0)
    looks.length = 0
    for (let i = 0; i < 40; i++) {
      const pick = f.balancer.pick({ avoid: f.balancer.endpoints().filter(({ id }) => id === 'b') })
      if (i % 2 === 0) pick.succeed()
      else pick.fail(new Error('failed'))
      await f.clock.advance(50)
    }
    expect(looks.length).toBeLessThanOrEqual(2)
    await f.balancer.close()
  })
})
