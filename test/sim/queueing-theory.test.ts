import { simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const MEAN = 20

/** Erlang's C formula: the probability that an arrival has to wait, by the recursion of Erlang's B. */
function erlangC(slots: number, load: number): number {
  const offered = slots * load
  let b = 1
  for (let n = 1; n <= slots; n++) b = (offered * b) / (n + offered * b)
  return b / (1 - load * (1 - b))
}

/** Mean time in an M/M/c queue: what it waits for, and its own service. */
function meanTime(slots: number, load: number): number {
  return MEAN + (erlangC(slots, load) * MEAN) / (slots * (1 - load))
}

describe('a server is a queue of which theory knows the mean', () => {
  it.each([
    { slots: 1, load: 0.5 },
    { slots: 1, load: 0.7 },
    { slots: 4, load: 0.72 },
    { slots: 16, load: 0.8 },
  ])('M/M/$slots at a load of $load', { timeout: 60_000 }, async ({ slots, load }) => {
    const { measured, groups, rate, end, calls } = await simulate(
      {
        servers: { slots, service: { exponential: MEAN } },
        arrivals: { load },
        requests: 40_000,
        balancer: { policy: 'random', timeout: false },
      },
      { seed: 7 },
    )
    const expected = meanTime(slots, load)
    expect(Math.abs((measured.latency.mean ?? 0) / expected - 1)).toBeLessThan(0.05)
    expect(Math.abs((groups[0]?.utilization ?? 0) - load)).toBeLessThan(0.02)
    // Little's law: those inside are the arrivals per ms times the ms that each stays.
    const little = (calls.total / end) * (measured.latency.mean ?? 0)
    expect(Math.abs((groups[0]?.inside ?? 0) / little - 1)).toBeLessThan(0.03)
    expect(rate).toBeCloseTo((slots * load * 1_000) / MEAN, 0)
  })

  it('with a constant service time waits half as long as with an exponential one (Pollaczek and Khinchine)', {
    timeout: 60_000,
  }, async () => {
    const { measured } = await simulate(
      {
        servers: { slots: 1, service: MEAN },
        arrivals: { load: 0.7 },
        requests: 40_000,
        balancer: { policy: 'random' },
      },
      { seed: 7 },
    )
    const waits = (0.7 * MEAN) / (2 * (1 - 0.7))
    expect(Math.abs((measured.latency.mean ?? 0) / (MEAN + waits) - 1)).toBeLessThan(0.05)
  })
})
