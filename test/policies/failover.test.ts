import { type FailoverOptions, failover } from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { EndpointTable } from '../../src/core/endpoint-table.js'
import { FailoverPolicy } from '../../src/policies/failover-policy.js'
import { outranks, rankOf } from '../../src/policies/mastership.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, reweigh, tableOf } from '../support/table.js'

/** Endpoints a, b, c ... of these priorities, and their election. Time begins at 0. */
function election(options: FailoverOptions = {}, priorities: readonly number[] = [0, 1, 2]) {
  const { table, endpoints } = tableOf(priorities.map(() => 1))
  endpoints.forEach((endpoint, i) => {
    endpoint.priority = priorities[i]!
  })
  const policy = failover(options).fork?.() as FailoverPolicy
  const [a, b, c] = endpoints as [LiveEndpoint, LiveEndpoint, LiveEndpoint]
  const pick = (now: number, ...tried: LiveEndpoint[]) =>
    (policy.pick(table, { now, random: Math.random, tried, key: undefined }) as LiveEndpoint | undefined)?.id
  const track = (endpoint: LiveEndpoint, tracked: number) => {
    endpoint.tracked = tracked
    table.changes++
  }
  return {
    ...{ table, endpoints, a, b, c, policy, pick, track },
    reason: () => policy.mastership.tenure.reason,
    next: () => {
      const { next } = policy.mastership
      return next && [next.endpoint.id, next.at]
    },
  }
}

describe('the master', () => {
  it('is the one of the best priority', () => {
    const { pick, reason } = election({}, [2, 0, 1])
    expect([pick(0), reason()]).toEqual(['b', 'first'])
  })

  it('is the one that was listed first, of several of one priority', () => {
    expect(election({}, [1, 0, 0]).pick(0)).toBe('b')
  })

  it('gets all calls, and retries go to the others by rank', () => {
    const { pick, a, b, c } = election()
    expect([pick(0), pick(1), pick(2)]).toEqual(['a', 'a', 'a'])
    expect(pick(2, a)).toBe('b')
    expect(pick(2, a, b)).toBe('c')
    expect(pick(2, b, c)).toBe('a')
    expect(pick(3)).toBe('a')
  })

  it('gets retries too with `masterOnly`', () => {
    const { pick, table, a } = election({ masterOnly: true })
    expect([pick(0), pick(0, a)]).toEqual(['a', 'a'])
    gate(table, a, Gate.EJECTED)
    expect(pick(1, a)).toBe('b')
  })

  it.each([
    ['ejected', Gate.EJECTED],
    ['circuit', Gate.CIRCUIT],
    ['cooldown', Gate.COOLDOWN],
    ['unhealthy', Gate.UNHEALTHY],
    ['track', Gate.FAULT],
    ['removed', Gate.OUTSIDE],
    // What is most telling of all that is wrong.
    ['unhealthy', Gate.UNHEALTHY | Gate.EJECTED],
  ])('is replaced at once when it is lost (%s), whatever is held down', (why, gates) => {
    const { pick, reason, table, a, b } = election({ holdDown: 60_000, preemptDelay: 60_000 })
    pick(0)
    gate(table, a, gates)
    expect([pick(1), reason()]).toEqual(['b', why])
    gate(table, b, gates)
    expect([pick(2), reason()]).toEqual(['c', why])
  })

  it('is replaced when its weight is 0, and when it leaves', () => {
    const { pick, reason, table, a, b } = election()
    pick(0)
    reweigh(table, a, 0)
    expect([pick(1), reason()]).toEqual(['b', 'weight'])
    table.remove(b)
    expect([pick(2), reason()]).toEqual(['c', 'removed'])
  })

  it('is nobody when nobody can be, and whoever is there first afterwards', () => {
    const { pick, reason, table, policy, a, b, c } = election({ holdDown: 1_000 })
    pick(0)
    for (const endpoint of [b, c, a]) gate(table, endpoint, Gate.CIRCUIT)
    expect([pick(5), reason(), policy.mastership.tenure.master]).toEqual([undefined, 'circuit', undefined])
    gate(table, c, 0)
    expect([pick(6), reason()]).toEqual(['c', 'available'])
  })

  it('in panic those that are ejected are used by rank, and nobody of them is master', () => {
    const { pick, table, policy, a, b, c } = election({}, [1, 0, 2])
    for (const endpoint of [a, b, c]) gate(table, endpoint, Gate.EJECTED)
    table.panic = true
    expect([pick(0), pick(0, b)]).toEqual(['b', 'a'])
    expect(policy.mastership.tenure.master).toBeUndefined()
  })
})

describe('preemption', () => {
  const lose = (e: ReturnType<typeof election>, at: number) => {
    gate(e.table, e.a, Gate.EJECTED)
    e.pick(at)
  }

  it('at once, without a delay', () => {
    const e = election({ holdDown: 0 })
    e.pick(0)
    lose(e, 1)
    gate(e.table, e.a, 0)
    expect([e.pick(2), e.reason()]).toEqual(['a', 'preempted'])
  })

  it('after it has been there for the delay', () => {
    const e = election({ holdDown: 0, preemptDelay: 1_000 })
    e.pick(0)
    lose(e, 1)
    gate(e.table, e.a, 0)
    expect([e.pick(100), e.next()]).toEqual(['b', ['a', 1_100]])
    expect([e.pick(1_099), e.pick(1_100), e.next()]).toEqual(['b', 'a', undefined])
  })

  it('without a break: one that goes in between begins anew', () => {
    const e = election({ holdDown: 0, preemptDelay: 1_000 })
    e.pick(0)
    lose(e, 1)
    gate(e.table, e.a, 0)
    e.pick(100)
    lose(e, 600)
    expect(e.next()).toBeUndefined()
    gate(e.table, e.a, 0)
    expect([e.pick(700), e.pick(1_699), e.pick(1_700)]).toEqual(['b', 'b', 'a'])
  })

  it('without a break: one that left the list begins anew', () => {
    const e = election({ holdDown: 0, preemptDelay: 1_000 })
    e.pick(0)
    e.table.remove(e.a)
    e.pick(1)
    e.table.add(e.a)
    expect([e.pick(5_000), e.next()]).toEqual(['b', ['a', 6_000]])
  })

  it('each has its own delay, so that a better one does not hold up a good one', () => {
    const e = election({ holdDown: 0, preemptDelay: 1_000 })
    gate(e.table, e.a, Gate.EJECTED)
    gate(e.table, e.b, Gate.EJECTED)
    expect(e.pick(0)).toBe('c')
    gate(e.table, e.b, 0)
    expect(e.pick(100)).toBe('c')
    gate(e.table, e.a, 0)
    expect([e.pick(600), e.next()]).toEqual(['c', ['b', 1_100]])
    expect([e.pick(1_100), e.next()]).toEqual(['b', ['a', 1_600]])
    expect(e.pick(1_600)).toBe('a')
  })

  it('the better of two whose time has come', () => {
    const e = election({ holdDown: 500 })
    gate(e.table, e.a, Gate.EJECTED)
    gate(e.table, e.b, Gate.EJECTED)
    e.pick(0)
    // A change, and so a hold-down: c is lost and back.
    gate(e.table, e.c, Gate.EJECTED)
    e.pick(1)
    gate(e.table, e.c, 0)
    e.pick(2)
    gate(e.table, e.b, 0)
    gate(e.table, e.a, 0)
    expect([e.pick(3), e.next()]).toEqual(['c', ['a', 502]])
    expect([e.pick(502), e.next()]).toEqual(['a', undefined])
  })

  it('never with `preempt: false`', () => {
    const e = election({ holdDown: 0, preempt: false })
    e.pick(0)
    lose(e, 1)
    gate(e.table, e.a, 0)
    expect([e.pick(2), e.pick(10_000_000), e.next()]).toEqual(['b', 'b', undefined])
    gate(e.table, e.b, Gate.EJECTED)
    expect(e.pick(10_000_001)).toBe('a')
  })

  it('also by one whose priority was raised, or that is new', () => {
    const e = election({ holdDown: 0 })
    e.table.remove(e.a)
    expect(e.pick(0)).toBe('b')
    e.table.add(e.a)
    expect([e.pick(1), e.reason()]).toEqual(['a', 'preempted'])
  })

  it('not by one of the same rank that was listed later', () => {
    const e = election({ holdDown: 0 }, [0, 0, 0])
    expect(e.pick(0)).toBe('a')
    e.track(e.c, 0)
    expect(e.pick(1)).toBe('a')
  })

  it('after a first master no hold-down has to pass', () => {
    const e = election({ holdDown: 60_000 })
    gate(e.table, e.a, Gate.UNHEALTHY)
    expect(e.pick(0)).toBe('b')
    gate(e.table, e.a, 0)
    expect(e.pick(1)).toBe('a')
  })
})

describe('hold-down', () => {
  it('lets nobody take over for so long after a change', () => {
    const e = election({ holdDown: 1_000 })
    e.pick(0)
    gate(e.table, e.a, Gate.EJECTED)
    e.pick(100)
    gate(e.table, e.a, 0)
    expect([e.pick(200), e.next()]).toEqual(['b', ['a', 1_100]])
    expect([e.pick(1_099), e.pick(1_100)]).toEqual(['b', 'a'])
  })

  it('is longer for one that was lost several times in a row, up to 32 times, until it has stayed for as long', () => {
    const e = election({ holdDown: 1_000 })
    let now = 100_000
    e.pick(0)
    /** Loses a, which is back 10 ms later; says how long it has to be there until it is master again. */
    const flap = () => {
      gate(e.table, e.a, Gate.EJECTED)
      e.pick(now)
      gate(e.table, e.a, 0)
      now += 10
      e.pick(now)
      const [, at] = e.next() as [string, number]
      const proof = at - now
      now = at
      expect(e.pick(now)).toBe('a')
      return proof
    }
    const proofs = []
    for (let i = 0; i < 8; i++) {
      proofs.push(flap())
      now += 100
    }
    // After the first loss only what is left of the hold-down of the change.
    expect(proofs).toEqual([990, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000])
    now += 32_000
    expect(flap()).toBe(990)
    now += 100
    expect(flap()).toBe(2_000)
    // Longer than a hold-down, and not as long as it had to prove.
    now += 1_500
    expect(flap()).toBe(4_000)
  })

  it('does not keep an unproved one from taking over when the master is lost', () => {
    const e = election({ holdDown: 100_000 }, [0, 1])
    e.pick(0)
    gate(e.table, e.a, Gate.EJECTED)
    e.pick(1)
    gate(e.table, e.a, 0)
    expect(e.pick(2)).toBe('b')
    gate(e.table, e.b, Gate.EJECTED)
    expect(e.pick(3)).toBe('a')
  })
})

describe('ranks', () => {
  it('are 254 less the priority, as Keepalived counts, and what tracked checks add', () => {
    const { a, c } = election()
    c.tracked = -20
    expect([rankOf(a), rankOf(c)]).toEqual([254, 232])
  })

  // The example of keepalived.conf(5): 150 and 100, and a script of weight -60.
  it('move mastership as in Keepalived', () => {
    const { pick, reason, track, a } = election({ holdDown: 0 }, [254 - 150, 254 - 100])
    expect(pick(0)).toBe('a')
    track(a, -20)
    expect(pick(1)).toBe('a')
    track(a, -60)
    expect([pick(2), reason()]).toEqual(['b', 'track'])
    track(a, 0)
    expect([pick(3), reason()]).toEqual(['a', 'preempted'])
  })

  it('of a master that checks speak against move it with `preempt: false` too, other than in Keepalived', () => {
    const { pick, reason, track, a, b } = election({ holdDown: 0, preempt: false }, [0, 1])
    expect(pick(0)).toBe('a')
    track(a, -20)
    expect([pick(1), reason()]).toEqual(['b', 'track'])
    // It is well again: that alone takes nothing from b ...
    track(a, 0)
    expect(pick(2)).toBe('b')
    // ... and less does, if checks say so of b; but not when both fail.
    track(a, -20)
    track(b, -20)
    expect(pick(3)).toBe('b')
    track(a, 0)
    expect(pick(4)).toBe('a')
  })

  it('of checks of weight above 0 too', () => {
    const { pick, track, b } = election({ holdDown: 0 }, [0, 1])
    pick(0)
    track(b, 50)
    expect(pick(1)).toBe('b')
  })

  it('that fall wait for the hold-down as well', () => {
    const { pick, track, table, a, b, c } = election({ holdDown: 1_000 })
    pick(0)
    gate(table, a, Gate.EJECTED)
    expect(pick(1)).toBe('b')
    track(b, -20)
    expect([pick(2), pick(1_000), pick(1_001)]).toEqual(['b', 'b', 'c'])
    expect(c.id).toBe('c')
  })
})

describe('whatever comes and goes', () => {
  const steps = fc.array(
    fc.record({
      which: fc.nat(3),
      what: fc.constantFrom('out', 'in', 'leave', 'return', 'weigh', 'track', 'prioritize'),
      much: fc.nat(3),
      after: fc.constantFrom(0, 10, 500, 5_000),
    }),
    { maxLength: 80 },
  )
  const options = fc.record({
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(0, 100, 1_000),
    holdDown: fc.constantFrom(0, 100, 1_000),
  })

  function play(
    table: EndpointTable,
    endpoints: readonly LiveEndpoint[],
    { which, what, much }: { which: number; what: string; much: number },
  ): void {
    const endpoint = endpoints[which]!
    const present = table.slotOf(endpoint) >= 0
    if (what === 'return' && !present) table.add(endpoint)
    if (!present) return
    if (what === 'leave') table.remove(endpoint)
    if (what === 'weigh') reweigh(table, endpoint, much)
    if (what === 'out') gate(table, endpoint, endpoint.gates | Gate.UNHEALTHY)
    if (what === 'in') gate(table, endpoint, endpoint.gates & ~Gate.UNHEALTHY)
    if (what === 'track') {
      endpoint.tracked = -much
      table.changes++
    }
    if (what === 'prioritize') {
      table.remove(endpoint)
      endpoint.priority = much
      table.add(endpoint)
    }
  }

  it('a master is one that can be, stays while nothing speaks against it, and two processes agree', () => {
    fc.assert(
      fc.property(steps, options, fc.integer(), (told, rules, seed) => {
        const worlds = [seed, seed + 1].map((each) => {
          const { table, endpoints } = tableOf([1, 1, 1, 1])
          return {
            table,
            endpoints,
            policy: failover(rules).fork?.() as FailoverPolicy,
            random: seededRandom(each),
          }
        })
        let now = 0
        let changedAt = Number.NEGATIVE_INFINITY
        let before: string | undefined
        let first = true
        for (const step of told) {
          now += step.after
          const picked = worlds.map(({ table, endpoints, policy, random }) => {
            play(table, endpoints, step)
            if (table.size === 0) return policy.mastership.masterOf(table, now)?.id
            const { id } = policy.pick(table, { now, random, tried: [], key: undefined }) as LiveEndpoint
            expect(table.has(endpoints.find((each) => each.id === id)!)).toBe(true)
            expect(policy.mastership.tenure.master?.id).toBe(id)
            return id
          })
          expect(picked[0]).toBe(picked[1])
          const { table, endpoints } = worlds[0]!
          const old = endpoints.find(({ id }) => id === before)
          if (picked[0] !== before) {
            const fresh = endpoints.find(({ id }) => id === picked[0])
            const voluntary = old !== undefined && table.has(old)
            if (voluntary) {
              expect(outranks(fresh!, old)).toBe(true)
              if (!rules.preempt) expect(fresh!.tracked).toBeGreaterThan(old.tracked)
              expect(now - changedAt).toBeGreaterThanOrEqual(rules.holdDown)
            }
            if (!first) changedAt = now
            first = false
            before = picked[0]
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

const check = () => true

describe('failover', () => {
  it('forks into one that begins anew', () => {
    const policy = failover()
    const fork = policy.fork?.()
    expect([policy.name, fork?.name, fork === policy]).toEqual(['failover', 'failover', false])
    expect(fork).toBeInstanceOf(FailoverPolicy)
  })

  it.each([
    [{ preempt: 1 }, 'failover.preempt'],
    [{ preemptDelay: -1 }, 'failover.preemptDelay'],
    [{ holdDown: Number.POSITIVE_INFINITY }, 'failover.holdDown'],
    [{ masterOnly: 'yes' }, 'failover.masterOnly'],
    [{ waitForMaster: -5 }, 'failover.waitForMaster'],
    [{ nopreempt: true }, 'failover.nopreempt'],
    [{ track: {} }, 'failover.track'],
    [{ track: [{ check }] }, 'failover.track[0].name'],
    [{ track: [{ name: 'x' }] }, 'failover.track[0].check'],
    [{ track: [{ name: 'x', check, weight: 254 }] }, 'failover.track[0].weight'],
    [{ track: [{ name: 'x', check, weight: 0.5 }] }, 'failover.track[0].weight'],
    [{ track: [{ name: 'x', check, rise: 0 }] }, 'failover.track[0].rise'],
    [
      {
        track: [
          { name: 'x', check },
          { name: 'x', check },
        ],
      },
      'failover.track[1].name',
    ],
  ])('refuses %j', (options, path) => {
    expect(() => failover(options as never)).toThrow(path)
  })
})
