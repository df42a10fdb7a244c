import {
  type BalancerEvents,
  type BalancerOptions,
  formatLoadReport,
  LOAD_HEADER,
  type RedundancyOptions,
  roundRobin,
} from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterMs,
  answer,
  breakOff,
  elapse,
  type Fleet,
  fleet,
  hang,
  outcomeOf,
  refuse,
  status,
} from '../support/fleet.js'

type Told = ['lost', BalancerEvents['redundancylost']] | ['restored', BalancerEvents['redundancyrestored']]

/** Endpoints `a`, `b` ... in zones, with a redundancy rule, and what is told of it. */
function setUp(
  redundancy: RedundancyOptions,
  ids = 'abcd',
  options: Partial<BalancerOptions> = {},
): Fleet & { readonly told: Told[] } {
  const f = fleet(Object.fromEntries([...ids].map((id) => [id, answer])), {
    policy: roundRobin(),
    redundancy,
    outlierDetection: { maxEjectedShare: 1 },
    circuitBreaker: false,
    ...options,
  })
  const told: Told[] = []
  f.balancer.on('redundancylost', (event) => told.push(['lost', event]))
  f.balancer.on('redundancyrestored', (event) => told.push(['restored', event]))
  return { ...f, told }
}

const endpoint = (id: string, more: object = {}) => ({ id, url: `http://${id}.test`, ...more })

async function calls({ balancer, clock }: Fleet, times: number, every = 0): Promise<void> {
  for (let i = 0; i < times; i++) {
    await elapse(clock, outcomeOf(balancer.fetch('/')))
    if (every > 0) await clock.advance(every)
  }
}

const redundancyOf = (f: Fleet) => f.balancer.snapshot().redundancy

describe('redundancy', () => {
  it('is off, and no part of the snapshot, unless asked for', () => {
    const f = fleet({ a: answer })
    expect(f.balancer.snapshot()).not.toHaveProperty('redundancy')
    expect(() => f.balancer.canLose({ count: 1 })).toThrow(
      /needs to know what the traffic needs.*`redundancy`/,
    )
  })

  it('is told in numbers', async () => {
    const f = setUp({ required: 2 }, 'abcd')
    expect(redundancyOf(f)).toEqual({
      redundant: true,
      short: false,
      required: 2,
      available: 4,
      mayFail: 2,
      spare: 1,
      capacity: { required: 2, available: 4 },
      zones: [{ available: 4, capacity: 4, canLose: false }],
    })
    await calls(f, 4)
    expect(f.told).toEqual([])
  })

  it('is lost with the endpoint that the rule needs, once, and once more when it comes to be short', async () => {
    const f = setUp({ required: 2, spare: 1 }, 'abcd')
    f.does['a'] = refuse
    await calls(f, 20)
    expect(f.state('a')).toBe('ejected')
    // N+2 has become N+1: as it should be.
    expect(f.told).toEqual([])
    f.does['b'] = refuse
    await calls(f, 20)
    expect(f.told).toEqual([
      [
        'lost',
        {
          required: 2,
          available: 2,
          mayFail: 0,
          spare: 1,
          capacity: { required: 2, available: 2 },
          short: false,
          reason: 'endpoints-lost',
          endpoints: [expect.objectContaining({ id: 'b' })],
          zone: undefined,
        },
      ],
    ])
    f.does['c'] = refuse
    await calls(f, 20)
    expect(f.told).toHaveLength(2)
    expect(f.told[1]?.[1]).toMatchObject({ required: 2, available: 1, mayFail: 0, short: true })
    expect(redundancyOf(f)).toMatchObject({ redundant: false, short: true, lostAt: expect.any(Number) })
  })

  it('is restored when it has held for a while, once, however often it was nearly', async () => {
    const f = setUp({ required: 3, restoreAfter: 3_000 }, 'abcd')
    await calls(f, 4)
    const list = (ids: string) => f.balancer.setEndpoints([...ids].map((id) => endpoint(id)))
    list('abc')
    expect(f.told.map(([what]) => what)).toEqual(['lost'])
    for (let i = 0; i < 4; i++) {
      list('abcd')
      await calls(f, 2, 1_000)
      list('abc')
      await calls(f, 1, 500)
    }
    expect(f.told).toHaveLength(1)
    expect(redundancyOf(f)).toMatchObject({ redundant: false, lostAt: expect.any(Number) })
    const lostAt = redundancyOf(f)?.lostAt ?? 0
    list('abcd')
    expect(redundancyOf(f)).toMatchObject({ redundant: true, lostAt })
    await f.clock.advance(2_999)
    await calls(f, 1)
    expect(f.told).toHaveLength(1)
    await f.clock.advance(1)
    await calls(f, 1)
    expect(f.told[1]).toEqual([
      'restored',
      {
        required: 3,
        available: 4,
        mayFail: 1,
        spare: 1,
        capacity: { required: 3, available: 4 },
        lasted: f.clock.now() - lostAt,
      },
    ])
    expect(redundancyOf(f)).not.toHaveProperty('lostAt')
    await calls(f, 5, 1_000)
    expect(f.told).toHaveLength(2)
  })

  it('that never was is told at the first call, and not while nobody may be listening', async () => {
    const f = setUp({ required: 4 }, 'abcd')
    f.balancer.snapshot()
    f.balancer.setEndpoints(['a', 'b', 'c'].map((id) => endpoint(id)))
    expect(f.told).toEqual([])
    await calls(f, 3)
    expect(f.told).toEqual([
      [
        'lost',
        expect.objectContaining({
          reason: 'never-met',
          endpoints: [],
          required: 4,
          available: 3,
          short: true,
        }),
      ],
    ])
  })

  it('is lost by a weight that is lowered, a pause that is asked for, and a list that shrinks', async () => {
    const f = setUp({ required: 2, restoreAfter: 0 }, 'abc')
    await calls(f, 3)
    f.balancer.setEndpoints([endpoint('a'), endpoint('b'), endpoint('c', { weight: 0.5 })])
    expect(f.told.at(-1)?.[1]).toMatchObject({
      reason: 'endpoints-lost',
      endpoints: [{ id: 'c' }],
      required: 3,
    })
    f.balancer.setEndpoints([endpoint('a'), endpoint('b'), endpoint('c')])
    expect(f.told.at(-1)?.[0]).toBe('restored')
    f.does['b'] = status(503, { 'retry-after': '2' })
    await calls(f, 3)
    expect(f.told.at(-1)?.[1]).toMatchObject({
      reason: 'endpoints-lost',
      endpoints: [{ id: 'b' }],
      available: 2,
    })
    f.does['b'] = answer
    await f.clock.advance(2_000)
    await calls(f, 1)
    expect(f.told.at(-1)?.[0]).toBe('restored')
    f.balancer.setEndpoints([endpoint('b'), endpoint('c')])
    expect(f.told.at(-1)?.[1]).toMatchObject({
      reason: 'endpoints-lost',
      endpoints: [{ id: 'a' }],
      available: 2,
    })
    expect(f.told).toHaveLength(5)
  })

  it('is lost by a health check, without a call', async () => {
    const ill = new Set<string>()
    const f = setUp({ required: 1 }, 'ab', {
      healthCheck: {
        check: ({ id }) => {
          if (ill.has(id)) throw new Error('ill')
        },
        interval: 1_000,
        idleInterval: 1_000,
      },
    })
    await calls(f, 2)
    await f.clock.advance(2_000)
    expect(f.told).toEqual([])
    ill.add('b')
    await f.clock.advance(20_000)
    expect(f.told).toEqual([
      ['lost', expect.objectContaining({ available: 1, endpoints: [expect.objectContaining({ id: 'b' })] })],
    ])
    ill.clear()
    await f.clock.advance(20_000)
    await calls(f, 1)
    await f.clock.advance(20_000)
    await calls(f, 1)
    expect(f.told.map(([what]) => what)).toEqual(['lost', 'restored'])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('is told when the call has ended that took the endpoint out, not at the next one', async () => {
    const f = setUp({ required: 1 }, 'ab', {
      retry: false,
      policy: { name: 'first', pick: (view) => view.at(0) },
    })
    f.does['a'] = breakOff
    await calls(f, 2)
    expect(f.told).toEqual([])
    await calls(f, 1)
    expect(f.sent).toEqual(['a', 'a', 'a'])
    expect(f.told.map(([what]) => what)).toEqual(['lost'])
  })

  it('lets a listener change the list', async () => {
    const f = setUp({ required: 2, restoreAfter: 0 }, 'abc')
    f.balancer.on('redundancylost', () => f.balancer.setEndpoints(['a', 'b', 'c'].map((id) => endpoint(id))))
    await calls(f, 3)
    f.balancer.setEndpoints([endpoint('a'), endpoint('b')])
    expect(f.told.map(([what]) => what)).toEqual(['lost', 'restored'])
    expect(f.balancer.endpoints()).toHaveLength(3)
  })

  it('looks at the changes of a large fleet together', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `e${i}`)
    const list = (count: number) => ids.slice(0, count).map((id) => endpoint(id))
    const f = fleet(Object.fromEntries(ids.map((id) => [id, answer])), {
      endpoints: list(200),
      redundancy: { required: 150, restoreAfter: 0 },
    })
    const told: string[] = []
    f.balancer.on('redundancylost', ({ available }) => told.push(`lost ${available}`))
    f.balancer.on('redundancyrestored', ({ available }) => told.push(`restored ${available}`))
    await calls(f, 1)
    // 0.1 ms for each of 140 endpoints.
    f.balancer.setEndpoints(list(140))
    await f.clock.advance(13)
    await calls(f, 1)
    expect(told).toEqual([])
    await f.clock.advance(1)
    await calls(f, 1)
    expect(told).toEqual(['lost 140'])
    f.balancer.setEndpoints(list(160))
    f.balancer.setEndpoints(list(140))
    await f.clock.advance(20)
    await calls(f, 1)
    expect(told).toEqual(['lost 140'])
  })

  it('has no timer', async () => {
    const f = setUp({ capacity: { concurrent: 5 } })
    await calls(f, 4)
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })
})

describe('the rules', () => {
  const spareOf = (redundancy: RedundancyOptions, ids: string) => {
    const { redundant, spare, mayFail } = redundancyOf(setUp(redundancy, ids)) ?? {}
    return { redundant, spare, mayFail }
  }

  it.each([
    ['N+1', { required: 3 }, 'abc', 'abcd'],
    ['N+2', { required: 3, spare: 2 }, 'abcd', 'abcde'],
    ['2N', { required: 3, spare: '2N' }, 'abcde', 'abcdef'],
    ['N', { required: 3, spare: 0 }, 'ab', 'abc'],
  ] as const)('%s', (_rule, redundancy, tooFew, enough) => {
    expect(spareOf(redundancy, tooFew).redundant).toBe(false)
    expect(spareOf(redundancy, enough).redundant).toBe(true)
  })

  it('takes weights for what they are worth', () => {
    const f = setUp({ required: 3 }, 'abcd', {
      endpoints: [endpoint('a', { weight: 2 }), endpoint('b'), endpoint('c'), endpoint('d')],
    })
    // 5 there are; without the 2 it is 3.
    expect(redundancyOf(f)).toMatchObject({ required: 3, available: 4, mayFail: 1, redundant: true })
    f.balancer.setEndpoints([endpoint('a', { weight: 2 }), endpoint('b'), endpoint('c')])
    expect(redundancyOf(f)).toMatchObject({ required: 3, available: 3, mayFail: 0, redundant: false })
  })

  it('takes weights of another size by their unit', () => {
    const f = setUp({ required: 3, unit: 100 }, 'abcd', {
      endpoints: ['a', 'b', 'c', 'd'].map((id) => endpoint(id, { weight: 100 })),
    })
    expect(redundancyOf(f)).toMatchObject({
      required: 3,
      mayFail: 1,
      capacity: { required: 300, available: 400 },
    })
  })

  it('counts what warms up for what it gets', async () => {
    const f = setUp({ required: 2 }, 'abc', { slowStart: { window: 10_000, minShare: 0.1 } })
    await calls(f, 3)
    f.does['d'] = answer
    f.balancer.setEndpoints([endpoint('a'), endpoint('b'), endpoint('d')])
    expect(redundancyOf(f)?.capacity.available).toBeCloseTo(2.1)
    expect(f.told.map(([what]) => what)).toEqual(['lost'])
    await calls(f, 25, 1_000)
    expect(f.told.map(([what]) => what)).toEqual(['lost', 'restored'])
    expect(redundancyOf(f)?.capacity.available).toBe(3)
  })
})

describe('zones and backups', () => {
  const inZones = (zones: string, more: (i: number) => object = () => ({})) =>
    [...zones].map((zone, i) => endpoint(`e${i}`, { zone, ...more(i) }))
  const zoned = (redundancy: RedundancyOptions, zones: string, more?: (i: number) => object) =>
    setUp(redundancy, '', { endpoints: inZones(zones, more) })

  it('tells which zone can be lost', () => {
    const f = zoned({ required: 3 }, 'xxxyyz')
    expect(redundancyOf(f)?.zones).toEqual([
      { zone: 'x', available: 3, capacity: 3, canLose: true },
      { zone: 'y', available: 2, capacity: 2, canLose: true },
      { zone: 'z', available: 1, capacity: 1, canLose: true },
    ])
    const g = zoned({ required: 4 }, 'xxxyyz')
    expect(redundancyOf(g)?.zones.map(({ canLose }) => canLose)).toEqual([false, true, true])
    expect(g.balancer.canLose({ zone: 'x' })).toEqual({
      ok: false,
      required: 4,
      left: 3,
      mayFail: 0,
      capacity: { required: 4, left: 3 },
    })
    expect(g.balancer.canLose({ zone: 'z' })).toEqual({
      ok: true,
      required: 4,
      left: 5,
      mayFail: 1,
      capacity: { required: 4, left: 5 },
    })
  })

  it('asks for any zone to be spare with `perZone`, and names the one that is not', async () => {
    expect(redundancyOf(zoned({ required: 4, perZone: true }, 'xxyyzz'))?.redundant).toBe(true)
    expect(redundancyOf(zoned({ required: 4, perZone: true, spare: 1 }, 'xxyyzz'))?.redundant).toBe(false)
    expect(redundancyOf(zoned({ required: 3, perZone: true, spare: 1 }, 'xxyyzz'))?.redundant).toBe(true)
    // All eggs in one basket: N+5, but not for the loss of the zone.
    expect(redundancyOf(zoned({ required: 1, perZone: true }, 'xxxxxx'))?.redundant).toBe(false)
    const f = fleet(
      { e0: answer, e1: answer, e2: answer, e3: answer },
      { endpoints: inZones('xxyy'), redundancy: { required: 2, perZone: true } },
    )
    const told: unknown[] = []
    f.balancer.on('redundancylost', ({ zone, mayFail }) => told.push([zone, mayFail]))
    await calls(f, 2)
    f.balancer.setEndpoints(inZones('xxyy').slice(0, 3))
    // Two in x, one in y: without x, one is left.
    expect(told).toEqual([['x', 1]])
  })

  it('names the zone that would leave the least', async () => {
    const f = fleet(Object.fromEntries(['e0', 'e1', 'e2', 'e3', 'e4'].map((id) => [id, answer])), {
      endpoints: inZones('xxxyy'),
      redundancy: { required: 4, perZone: true },
    })
    const told: unknown[] = []
    f.balancer.on('redundancylost', ({ zone }) => told.push(zone))
    await calls(f, 1)
    expect(told).toEqual(['x'])
  })

  it('is lost when an endpoint moves to another zone', async () => {
    const f = zoned({ required: 2, perZone: true }, 'xxyy')
    for (const id of ['e0', 'e1', 'e2', 'e3']) f.does[id] = answer
    await calls(f, 2)
    f.balancer.setEndpoints(inZones('xxyx'))
    expect(f.told).toEqual([
      ['lost', expect.objectContaining({ reason: 'list-changed', endpoints: [], zone: 'x' })],
    ])
  })

  it('lets backups stand in for anybody when they are shared, and for their own zone when they are dedicated', () => {
    const backup = (i: number) => (i >= 4 ? { priority: 1 } : {})
    const shared = zoned({ required: 4 }, 'xxyyx', backup)
    expect(redundancyOf(shared)).toMatchObject({ mayFail: 1, redundant: true, capacity: { available: 5 } })
    const dedicated = zoned({ required: 4, backups: 'dedicated' }, 'xxyyx', backup)
    expect(redundancyOf(dedicated)).toMatchObject({
      mayFail: 0,
      redundant: false,
      capacity: { available: 4 },
    })
    const both = zoned({ required: 4, backups: 'dedicated' }, 'xxyyxy', backup)
    expect(redundancyOf(both)).toMatchObject({ mayFail: 1, redundant: true, capacity: { available: 4 } })
    expect(both.balancer.canLose({ endpoints: ['e0', 'e2'] })).toMatchObject({ ok: true, left: 4 })
    expect(both.balancer.canLose({ endpoints: ['e0', 'e1'] })).toMatchObject({ ok: false, left: 4 })
    expect(both.balancer.canLose({ count: 2 })).toMatchObject({ ok: false, capacity: { left: 3 } })
  })

  it('agrees with what comes of it when a zone is lost', async () => {
    const member = fc.record({
      zone: fc.constantFrom('x', 'y', 'z'),
      weight: fc.constantFrom(1, 2, 5),
      priority: fc.constantFrom(0, 0, 1),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('shared', 'dedicated'),
        async (members, required, backups) => {
          let lost: string | undefined
          const f = fleet(Object.fromEntries(members.map((_, i) => [`e${i}`, answer])), {
            endpoints: members.map((more, i) => endpoint(`e${i}`, more)),
            redundancy: { required, backups },
            healthCheck: {
              check: ({ zone }) => {
                if (zone === lost) throw new Error('lost')
              },
              idleInterval: 5_000,
            },
          })
          await calls(f, 1)
          const zone = members[0]?.zone ?? ''
          const said = f.balancer.canLose({ zone })
          lost = zone
          await f.clock.advance(60_000)
          const now = redundancyOf(f)
          if (now === undefined) return expect.unreachable()
          const { short, available, mayFail, capacity, ...after } = now
          expect(now.zones.map((each) => each.zone)).not.toContain(zone)
          await f.balancer.close()
          expect(said).toEqual({
            ok: !short,
            left: available,
            required: after.required,
            mayFail,
            capacity: { required: capacity.required, left: capacity.available },
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('answers for endpoints and for any so many', () => {
    const f = zoned({ required: 3 }, 'xxxyyz')
    expect(f.balancer.canLose({ endpoints: ['e0', 'e5'] })).toMatchObject({ ok: true, left: 4, mayFail: 1 })
    expect(f.balancer.canLose({ endpoints: [] })).toMatchObject({ ok: true, left: 6, mayFail: 3 })
    expect(f.balancer.canLose({ count: 3 })).toMatchObject({ ok: true, left: 3, mayFail: 0 })
    expect(f.balancer.canLose({ count: 4 })).toMatchObject({ ok: false, left: 2, capacity: { left: 2 } })
    expect(f.balancer.canLose({ count: 99 })).toMatchObject({ ok: false, left: 0, capacity: { left: 0 } })
  })

  it('does not call the loss of what there is not a loss that can be borne', () => {
    const f = zoned({ required: 3 }, 'xxxyyz')
    const mistakes: [unknown, RegExp][] = [
      [{ zone: 'w' }, /`canLose\.zone`: got "w".*x, y, z/],
      [{ endpoints: ['e0', 'e9'] }, /`canLose\.endpoints`: got "e9"/],
      [{ endpoints: 'e0' }, /`canLose\.endpoints`: got "e0".*array/],
      [{ count: -1 }, /`canLose\.count`: got -1/],
      [{ count: 1, zone: 'x' }, /exactly one of zone, endpoints, count/],
      [{}, /exactly one of/],
      [{ zones: 'x' }, /`canLose\.zones`: there is no such option/],
      [undefined, /`canLose`/],
    ]
    for (const [loss, message] of mistakes) expect(() => f.balancer.canLose(loss as never)).toThrow(message)
    expect(() => setUp({ required: 1 }, 'ab').balancer.canLose({ zone: 'x' })).toThrow(/none has one/)
  })
})

describe('what the traffic needs', () => {
  it('is measured by calls under way', async () => {
    const f = setUp({ capacity: { concurrent: 4 }, window: 30_000 }, 'abcd')
    for (const id of 'abcd') f.does[id] = afterMs(f.clock, 500)
    // 20 a second of half a second each: 10 at once, which 3 endpoints of 4 can carry.
    const under: Promise<unknown>[] = []
    for (let i = 0; i < 60; i++) {
      under.push(outcomeOf(f.balancer.fetch('/')))
      await f.clock.advance(50)
    }
    expect(redundancyOf(f)).toMatchObject({
      required: 3,
      mayFail: 1,
      capacity: { available: 4 },
      load: { measure: 'concurrent', capacity: 4 },
    })
    expect(redundancyOf(f)?.load?.peak).toBeCloseTo(10)
    expect(redundancyOf(f)?.capacity.required).toBeCloseTo(2.5)
    await f.clock.advance(1_000)
    await Promise.all(under)
    expect(f.told).toEqual([])
  })

  it('is measured in endpoints of the size that `unit` says', async () => {
    const f = setUp({ capacity: { perSecond: 8 }, unit: 100, window: 30_000 }, 'abcd', {
      endpoints: [...'abcd'].map((id) => endpoint(id, { weight: 100 })),
    })
    await calls(f, 60, 50)
    expect(redundancyOf(f)).toMatchObject({ required: 3, capacity: { required: 250, available: 400 } })
  })

  it('rises with the load, and says so', async () => {
    const f = setUp({ capacity: { perSecond: 10 }, window: 30_000, restoreAfter: 1_000 }, 'abcd')
    await calls(f, 60, 50)
    expect(redundancyOf(f)).toMatchObject({ required: 2, mayFail: 2, load: { peak: 20 } })
    expect(f.told).toEqual([])
    await calls(f, 100, 20)
    expect(f.told).toEqual([
      [
        'lost',
        expect.objectContaining({
          reason: 'load-rose',
          endpoints: [],
          short: true,
          required: 5,
          available: 4,
        }),
      ],
    ])
    // It is over when the window has passed the peak.
    await calls(f, 40, 1_000)
    expect(f.told.map(([what]) => what)).toEqual(['lost', 'restored'])
    expect(redundancyOf(f)).toMatchObject({ required: 1, load: { peak: 1 } })
  })

  it('is not what hangs at an endpoint that does not answer', async () => {
    const f = setUp({ capacity: { concurrent: 10 }, window: 30_000 }, 'abcd', {
      timeout: { attempt: 2_000, total: 20_000 },
      retry: { budget: { ratio: 1, minPerSecond: 100 } },
    })
    f.does['a'] = hang
    const under: Promise<unknown>[] = []
    for (let i = 0; i < 400; i++) {
      under.push(outcomeOf(f.balancer.fetch('/')))
      await f.clock.advance(20)
    }
    await f.clock.advance(20_000)
    await Promise.all(under)
    // 50 a second that take no time; those of `a` took two seconds each.
    expect(f.state('a')).not.toBe('eligible')
    expect(redundancyOf(f)?.load?.peak).toBeLessThan(1)
    expect(redundancyOf(f)).toMatchObject({ required: 1 })
  })

  it('is not what hangs at an endpoint that has left the list', async () => {
    const f = setUp({ capacity: { concurrent: 1 }, window: 30_000 }, 'ab', {
      policy: { name: 'first', pick: (view) => view.at(0) },
    })
    const hanging = Array.from({ length: 10 }, () => f.balancer.pick())
    expect(hanging[0]?.endpoint.id).toBe('a')
    f.balancer.setEndpoints([endpoint('b'), endpoint('c')])
    await f.clock.advance(1_000)
    const busy = Array.from({ length: 5 }, () => f.balancer.pick())
    await f.clock.advance(3_000)
    for (const pick of hanging) pick.fail(new Error('no answer'), 'timeout')
    expect(redundancyOf(f)?.load?.peak).toBeCloseTo(5)
    for (const pick of busy) pick.succeed()
  })

  it('is also what copies of calls need', async () => {
    const f = setUp({ capacity: { concurrent: 1 }, window: 30_000 }, 'ab', {
      endpoints: [
        endpoint('a', { metadata: { role: 'live' } }),
        endpoint('b', { metadata: { role: 'shadow' } }),
      ],
      routes: [{ name: 'all', to: { role: 'live' }, mirror: { subset: { role: 'shadow' } } }],
    })
    for (const id of 'ab') f.does[id] = afterMs(f.clock, 3_000)
    const call = f.balancer.fetch('/')
    await f.clock.advance(3_000)
    await call
    expect(f.balancer.snapshot().counts.mirrored).toBe(1)
    expect(redundancyOf(f)?.load?.peak).toBeCloseTo(2)
  })

  it('is at least what was given', async () => {
    const f = setUp({ required: 3, capacity: { perSecond: 10 }, window: 30_000 }, 'abcd')
    expect(redundancyOf(f)).toMatchObject({ required: 3, load: { measure: 'perSecond', capacity: 10 } })
    expect(redundancyOf(f)?.load).not.toHaveProperty('peak')
    await calls(f, 60, 50)
    expect(redundancyOf(f)).toMatchObject({ required: 3, load: { peak: 20 } })
    await calls(f, 140, 25)
    expect(redundancyOf(f)).toMatchObject({ required: 4, load: { peak: 40 } })
  })

  it('is what servers report, whoever else uses them', async () => {
    const f = setUp({ capacity: { utilization: 0.8 }, window: 30_000 }, 'abcd')
    const used = (share: number) =>
      status(200, { [LOAD_HEADER]: formatLoadReport({ applicationUtilization: share }) })
    Object.assign(f.does, { a: used(0.5), b: used(0.6), c: used(0.4), d: used(0.9) })
    await calls(f, 30, 50)
    // 2.4 in use, at 80 %: 3.
    expect(redundancyOf(f)?.load?.peak).toBeCloseTo(2.4)
    expect(redundancyOf(f)).toMatchObject({ required: 3, mayFail: 1, redundant: true })
    expect(redundancyOf(f)?.capacity.required).toBeCloseTo(3)
    for (const id of 'abcd') f.does[id] = used(0.75)
    await calls(f, 60, 50)
    expect(redundancyOf(f)).toMatchObject({ required: 4, mayFail: 0, redundant: false })
    expect(f.told).toEqual([['lost', expect.objectContaining({ reason: 'load-rose' })]])
  })

  it('needs no unit for weights of any size, where servers report', async () => {
    const f = setUp({ capacity: { utilization: 0.5 }, unit: 7, window: 30_000 }, 'abcd', {
      endpoints: [...'abcd'].map((id) => endpoint(id, { weight: 100 })),
    })
    for (const id of 'abcd')
      f.does[id] = status(200, { [LOAD_HEADER]: formatLoadReport({ applicationUtilization: 0.25 }) })
    await calls(f, 30, 50)
    expect(redundancyOf(f)).toMatchObject({
      required: 2,
      mayFail: 2,
      capacity: { required: 200, available: 400 },
    })
  })
})
