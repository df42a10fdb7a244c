import { type Policy, roundRobin } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, type Behaviour, breakOff, elapse, fleet, outcomeOf } from '../support/fleet.js'
import { uncaught } from '../support/uncaught.js'

/** node-fetch's bodies are streams of Node's, which are destroyed and not cancelled. */
const nodeBody =
  (status: number, destroy: () => void): Behaviour =>
  () =>
    ({ status, headers: new Headers(), body: { destroy } }) as never

describe("a policy's mistake", () => {
  it('in `observe` is reported on its own, and the endpoint is settled all the same', async () => {
    const errors = uncaught()
    const bug = new Error('bug in observe')
    const policy: Policy = {
      name: 'buggy',
      pick: (view) => view.at(0),
      observe() {
        throw bug
      },
    }
    const f = fleet({ a: breakOff }, { policy, retry: false, circuitBreaker: { volumeThreshold: 1 } })
    expect((await outcomeOf(f.balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
    expect(errors()).toEqual([bug])
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      inFlight: 0,
      failures: 1,
      state: 'circuit-open',
    })
  })

  it("in `pick` does not cost the service's breaker its trial", async () => {
    let buggy = false
    const policy: Policy = {
      name: 'buggy',
      pick: (view) => {
        if (buggy) throw new Error('bug in pick')
        return view.at(0)
      },
    }
    const circuitBreaker = { scope: 'service', volumeThreshold: 1, resetTimeout: 1_000 } as const
    const f = fleet({ a: breakOff }, { policy, retry: false, circuitBreaker })
    await outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(1_000)
    f.does['a'] = answer
    buggy = true
    expect((await outcomeOf(f.balancer.fetch('/'))).error).toEqual(new Error('bug in pick'))
    buggy = false
    expect((await f.balancer.fetch('/')).status).toBe(200)
  })
})

describe('a source of chance', () => {
  it.each([1, -0.5, Number.NaN, undefined])('that gives %s is named as what is wrong', async (number) => {
    const { balancer } = fleet({ a: answer, b: answer, c: answer }, { random: () => number as number })
    const { error } = await outcomeOf(balancer.fetch('/'))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: `Invalid option \`random\`: got ${number}; allowed is a function that gives numbers in [0, 1).`,
    })
  })
})

describe("an answer that is not the platform's", () => {
  it('is let go of in its own way before a retry', async () => {
    const destroy = vi.fn()
    const f = fleet({ a: nodeBody(503, destroy), b: answer }, { policy: roundRobin(), random: () => 0 })
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
    expect(f.sent).toEqual(['a', 'b'])
    expect(destroy).toHaveBeenCalledOnce()
  })

  it.each([
    ['that cannot be let go of', {}],
    [
      'that throws when it is let go of',
      {
        cancel() {
          throw new Error('locked')
        },
      },
    ],
  ])('%s fails nothing', async (_, body) => {
    const odd: Behaviour = () => ({ status: 503, headers: new Headers(), body }) as never
    const f = fleet({ a: odd, b: answer }, { policy: roundRobin(), random: () => 0 })
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
  })
})

describe('something thrown that is no Error', () => {
  it('is told in the message', async () => {
    const { balancer } = fleet({ a: answer })
    const action = () => Promise.reject('out of cheese')
    const { error } = await outcomeOf(balancer.execute(action))
    expect(error).toMatchObject({
      message: expect.stringContaining("execute on 'fleet' failed: out of cheese (1 attempt"),
      cause: 'out of cheese',
    })
  })
})
