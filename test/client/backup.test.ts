import { createBalancer, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, elapse, type Fleet, fleet, outcomeOf, refuse } from '../support/fleet.js'

const endpoint = (id: string, more: object = {}) => ({ id, url: `http://${id}.test`, ...more })

async function calls(f: Fleet, times: number): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const { value, error } = await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    const who = (await value?.text()) ?? String(error)
    answers[who] = (answers[who] ?? 0) + 1
  }
  return answers
}

describe('a backup', () => {
  it('gets nothing while one of the others is left, however few', async () => {
    const does = { a: refuse, b: refuse, c: answer, d: answer }
    const f = fleet(does, {
      endpoints: [endpoint('a'), endpoint('b'), endpoint('c'), endpoint('d', { backup: true })],
      policy: roundRobin(),
      outlierDetection: { maxEjectedShare: 1 },
    })
    await calls(f, 20)
    expect(f.state('a')).toBe('ejected')
    expect(f.state('b')).toBe('ejected')
    expect(await calls(f, 40)).toEqual({ c: 40 })
    expect(f.balancer.snapshot().priorities).toMatchObject([
      { priority: 0, load: 1, eligible: 1, total: 3 },
      { priority: 1001, load: 0, eligible: 1, total: 1 },
    ])
  })

  it('the same fleet with `priority` spills over: that is the difference', async () => {
    const f = fleet(
      { a: refuse, b: refuse, c: answer, d: answer },
      {
        endpoints: [endpoint('a'), endpoint('b'), endpoint('c'), endpoint('d', { priority: 1 })],
        policy: roundRobin(),
        outlierDetection: { maxEjectedShare: 1 },
      },
    )
    await calls(f, 20)
    expect((await calls(f, 40))['d']).toBeGreaterThan(5)
  })

  it('gets all when the others are gone, and backups share it', async () => {
    const f = fleet(
      { a: refuse, b: refuse, d: answer, e: answer },
      {
        endpoints: [
          endpoint('a'),
          endpoint('b', { priority: 3 }),
          endpoint('d', { backup: true }),
          endpoint('e', { backup: true }),
        ],
        policy: roundRobin(),
        outlierDetection: { maxEjectedShare: 1 },
      },
    )
    await calls(f, 20)
    expect(await calls(f, 40)).toEqual({ d: 20, e: 20 })
  })

  it('gets the retry of a call that has tried all others', async () => {
    const f = fleet(
      { a: breakOff, b: breakOff, d: answer },
      { endpoints: [endpoint('a'), endpoint('b'), endpoint('d', { backup: true })], policy: roundRobin() },
    )
    expect(await calls(f, 1)).toEqual({ d: 1 })
    expect(f.sent.toSorted()).toEqual(['a', 'b', 'd'])
  })

  it('alone is as good as any other', async () => {
    const f = fleet({ d: answer }, { endpoints: [endpoint('d', { backup: true })] })
    expect(await calls(f, 5)).toEqual({ d: 5 })
  })

  it('has no priority beside that', () => {
    const make = (more: object) => () => createBalancer({ endpoints: [{ url: 'http://a.test', ...more }] })
    expect(make({ backup: true, priority: 1 })).toThrow(/`endpoints\[0\]\.priority`: got 1.*`backup: true`/)
    expect(make({ backup: 'yes' })).toThrow(/`endpoints\[0\]\.backup`: got "yes"/)
    expect(make({ priority: 1001 })).toThrow(/`endpoints\[0\]\.priority`.*at most 1000/)
    expect(make({ backup: false, priority: 1_000 })().endpoints()[0]?.priority).toBe(1_000)
    expect(make({ backup: true })().endpoints()[0]?.priority).toBe(1_001)
  })
})
