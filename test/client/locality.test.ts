import { type Balancer, type BalancerOptions, createBalancer, type EndpointInput, roundRobin } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'
import { describe, expect, it, vi } from 'vitest'
import { uncaught } from '../support/uncaught.js'

const fleet = (zones: Record<string, number>, region?: (zone: string) => string): EndpointInput[] =>
  Object.entries(zones).flatMap(([zone, count]) =>
    Array.from({ length: count }, (_, i) => ({
      url: `http://${zone}-${i}.test`,
      zone,
      ...(region && { region: region(zone) }),
    })),
  )

function make(options: Partial<BalancerOptions>): Balancer {
  return createBalancer({
    endpoints: fleet({ a: 3, b: 3, c: 3 }),
    policy: roundRobin(),
    clock: virtualClock(),
    random: seededRandom(5),
    ...options,
  } as BalancerOptions)
}

/** Shares of picks by zone; each pick is given back at once, or held. */
function zones(
  balancer: Balancer,
  times = 2_000,
  hold = false,
  key?: (i: number) => string,
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const pick = balancer.pick(key === undefined ? {} : { hashKey: key(i) })
    const { zone = '?' } = pick.endpoint
    counts[zone] = (counts[zone] ?? 0) + 1
    if (!hold) pick.release()
  }
  return Object.fromEntries(Object.entries(counts).map(([zone, count]) => [zone, count / times]))
}

/** Ejects endpoints by failures. */
function eject(balancer: Balancer, ids: readonly string[]): void {
  for (let i = 0; i < 4_000 && !ids.every((id) => stateOf(balancer, id) === 'ejected'); i++) {
    const pick = balancer.pick()
    if (ids.includes(pick.endpoint.id)) pick.fail(new Error('no'), 'unreachable')
    else pick.succeed()
  }
  for (const id of ids) expect(stateOf(balancer, id)).toBe('ejected')
}

const stateOf = (balancer: Balancer, id: string) =>
  balancer.snapshot().endpoints.find((e) => e.id === id)?.state

describe('local-first', () => {
  it('stays in the zone while all is well, and says so', () => {
    const balancer = make({ locality: { zone: 'a' } })
    expect(zones(balancer)).toEqual({ a: 1 })
    expect(balancer.snapshot()).toMatchObject({
      locality: { zone: 'a', mode: 'local-first' },
      priorities: [{ eligible: 9, parts: [{ name: 'zone', eligible: 3, total: 3, inFlight: 0 }] }],
    })
  })

  it('spills over by health: with 1 of 3 eligible, 1.4 / 3 of the calls stay', () => {
    const balancer = make({ locality: { zone: 'a' }, panicThreshold: 0 })
    eject(balancer, ['http://a-0.test', 'http://a-1.test'])
    const { a = 0 } = zones(balancer, 6_000)
    // Of those that go farther, 1 in 7 comes back to the zone: all is in the wider choice.
    expect(a).toBeCloseTo(1.4 / 3 + (1 - 1.4 / 3) / 7, 1)
  })

  it('keeps all while 2 of 3 and some more is enough, and goes elsewhere when the zone is empty', () => {
    expect(zones(make({ endpoints: fleet({ b: 2, c: 2 }), locality: { zone: 'a' } }))).toEqual({
      b: 0.5,
      c: 0.5,
    })
  })

  it('overflows by load: two calls in flight on each at home, then elsewhere', () => {
    const balancer = make({ locality: { zone: 'a' } })
    expect(zones(balancer, 6, true)).toEqual({ a: 1 })
    const { a = 0, b = 0, c = 0 } = zones(balancer, 90, true)
    // Round robin over all nine from there on.
    expect(a).toBeCloseTo(1 / 3, 1)
    expect(b + c).toBeCloseTo(2 / 3, 1)
    expect(zones(make({ locality: { zone: 'a', overflow: Number.POSITIVE_INFINITY } }), 500, true)).toEqual({
      a: 1,
    })
  })

  it('goes to the own region before it goes far', () => {
    const region = (zone: string) => (zone === 'c' ? 'us' : 'eu')
    const balancer = make({
      endpoints: fleet({ a: 2, b: 2, c: 2 }, region),
      locality: { zone: 'a', region: 'eu' },
    })
    expect(zones(balancer)).toEqual({ a: 1 })
    zones(balancer, 4, true)
    const around = zones(balancer, 4, true)
    expect(around['c']).toBeUndefined()
    expect(around['b']).toBeGreaterThan(0)
    expect(zones(balancer, 60, true)['c']).toBeGreaterThan(0.2)
  })

  it('a zone of that name in another region is not home', () => {
    const balancer = make({
      endpoints: [
        { url: 'http://near.test', zone: '1', region: 'eu' },
        { url: 'http://far.test', zone: '1', region: 'us' },
      ],
      locality: { zone: '1', region: 'eu' },
    })
    const picks = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const pick = balancer.pick()
      picks.add(pick.endpoint.id)
      pick.release()
    }
    expect([...picks]).toEqual(['http://near.test'])
  })

  it('a retry leaves the zone when all in it were tried', () => {
    const balancer = make({ endpoints: fleet({ a: 1, b: 1 }), locality: { zone: 'a' } })
    const first = balancer.pick()
    expect(first.endpoint.zone).toBe('a')
    expect(balancer.pick({ avoid: [first.endpoint] }).endpoint.zone).toBe('b')
  })

  it('keeps the place of a key whatever the load', () => {
    const balancer = make({ locality: { zone: 'a' } })
    expect(zones(balancer, 100, true, (i) => `user-${i}`)).toEqual({ a: 1 })
  })

  it('follows endpoints that move to another zone', () => {
    const balancer = make({ endpoints: fleet({ a: 1, b: 1 }), locality: { zone: 'a' } })
    balancer.setEndpoints([
      { url: 'http://a-0.test', zone: 'b' },
      { url: 'http://b-0.test', zone: 'a' },
    ])
    const pick = balancer.pick()
    expect(pick.endpoint.id).toBe('http://b-0.test')
  })
})

describe('zone-aware', () => {
  it('stays where the zone has its share', () => {
    const balancer = make({ locality: { zone: 'a', clients: { a: 2, b: 2, c: 2 } } })
    expect(zones(balancer)).toEqual({ a: 1 })
    expect(balancer.snapshot()).toMatchObject({ locality: { mode: 'zone-aware' } })
  })

  it('keeps U / L and sends the rest where there is room', () => {
    // Clients: 50 %, 25 %, 25 %. Endpoints: 2 of 10, 3 of 10, 5 of 10. Stay: 0.2 / 0.5. Spare: b 0.05, c 0.25.
    const balancer = make({
      endpoints: fleet({ a: 2, b: 3, c: 5 }),
      locality: { zone: 'a', clients: { a: 4, b: 2, c: 2 } },
    })
    const { a = 0, b = 0, c = 0 } = zones(balancer, 20_000)
    expect(a).toBeCloseTo(0.4, 1)
    expect(b).toBeCloseTo(0.6 / 6, 1)
    expect(c).toBeCloseTo(0.5, 1)
  })

  it.each([
    ['too few endpoints', { a: 1, b: 4 }, { a: 1, b: 1 }],
    ['all clients at home', { a: 3, b: 3 }, { a: 5 }],
    ['no client at home', { a: 3, b: 3 }, { b: 5 }],
    ['one zone only', { a: 6 }, { a: 1, b: 1 }],
  ])('has no preference with %s', (_, endpoints, clients) => {
    const result = zones(make({ endpoints: fleet(endpoints), locality: { zone: 'a', clients } }))
    const total = Object.values(endpoints).reduce((sum, count) => sum + count, 0)
    expect(result['a']).toBeCloseTo(endpoints.a / total, 1)
  })

  it('asks a function for the numbers, once a second, and lives with its failures', async () => {
    const errors = uncaught()
    const clock = virtualClock()
    let clients: unknown = { a: 1, b: 1, c: 1 }
    const ask = vi.fn(() => clients as Record<string, number>)
    const balancer = make({ clock, locality: { zone: 'a', clients: ask } })
    expect(zones(balancer)).toEqual({ a: 1 })
    expect(ask).toHaveBeenCalledTimes(1)
    await clock.advance(1_000)
    clients = { a: -1 }
    expect(zones(balancer)).toEqual({ a: 1 })
    expect(errors()).toMatchObject([{ message: expect.stringContaining('locality.clients') }])
    await clock.advance(1_000)
    clients = { a: 10, b: 1, c: 1 }
    expect(zones(balancer)['a']).toBeCloseTo(0.4, 1)
  })
})

describe('options of locality', () => {
  it.each([
    [{}, 'locality.zone'],
    [{ zone: 'a', region: 7 }, 'locality.region'],
    [{ zone: 'a', clients: { a: 'x' } }, 'locality.clients'],
    [{ zone: 'a', overflow: 0 }, 'locality.overflow'],
    [{ zone: 'a', minEndpoints: 0.5 }, 'locality.minEndpoints'],
    [{ zone: 'a', zones: 3 }, 'locality.zones'],
  ])('refuses %j', (locality, option) => {
    expect(() => make({ locality: locality as never })).toThrow(option)
  })
})
