import {
  type BalancerEvents,
  type BalancerOptions,
  leastLatency,
  leastRequest,
  ringHash,
  roundRobin,
} from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, type Fleet, fleet, outcomeOf, refused } from '../support/fleet.js'
import { uncaught } from '../support/uncaught.js'

/** Something that is used for a while, such as a connection. */
class Connection {
  readonly to: string
  close!: () => void
  break!: () => void
  readonly closed = new Promise<void>((resolve, reject) => {
    this.close = resolve
    this.break = () => reject(new Error('reset'))
  })

  constructor(to: string) {
    this.to = to
  }
}

const completion = ({ closed }: Connection) => closed

/** Connects, which takes as long as is said for an endpoint. */
function connect(f: Fleet, takes: Record<string, number> = {}, options: { hashKey?: string } = {}) {
  return f.balancer.execute(
    ({ endpoint: { id } }) =>
      new Promise<Connection>((resolve, reject) => {
        const ms = takes[id] ?? 1
        if (ms < 0) return reject(refused())
        f.clock.setTimer(() => resolve(new Connection(id)), ms)
      }),
    { completion, idempotent: true, ...options },
  )
}

async function connected(f: Fleet, takes?: Record<string, number>, options?: { hashKey?: string }) {
  const connection = connect(f, takes, options)
  await f.clock.advance(5)
  return connection
}

const endpointOf = ({ balancer }: Fleet, id = 'a') =>
  balancer.snapshot().endpoints.find((endpoint) => endpoint.id === id)

function setUp(ids: string, options: Partial<BalancerOptions> = {}) {
  const f = fleet(Object.fromEntries([...ids].map((id) => [id, answer])), options)
  const attempts: BalancerEvents['attempt'][] = []
  f.balancer.on('attempt', (event) => attempts.push(event))
  return { f, attempts }
}

describe('a result that lasts', () => {
  it('is in flight until its completion, and its latency is the time until it was there', async () => {
    const { f, attempts } = setUp('a')
    const connection = await connected(f, { a: 3 })
    expect(endpointOf(f)).toMatchObject({ inFlight: 1, successes: 0 })
    await f.clock.advance(3_600_000)
    expect(endpointOf(f)).toMatchObject({ inFlight: 1, successes: 1, latency: 3 })
    expect(attempts).toMatchObject([{ kind: 'success', latency: 3 }])
    connection.close()
    await f.clock.advance(0)
    expect(endpointOf(f)).toMatchObject({ inFlight: 0, successes: 1, failures: 0 })
    expect(attempts).toHaveLength(1)
  })

  it('is a success if it ends in order, however soon', async () => {
    const { f, attempts } = setUp('a')
    const connection = await connected(f)
    connection.close()
    await f.clock.advance(0)
    expect(endpointOf(f)).toMatchObject({ inFlight: 0, successes: 1 })
    await f.clock.advance(5_000)
    expect(attempts).toMatchObject([{ kind: 'success' }])
    expect(f.clock.pending).toBe(0)
  })

  it.each([
    [10, { successes: 0, failures: 1 }],
    [900, { successes: 0, failures: 1 }],
    [1_100, { successes: 1, failures: 0 }],
  ])('that breaks after %i ms counts as %o', async (ms, expected) => {
    const { f } = setUp('a')
    const connection = await connected(f)
    await f.clock.advance(ms)
    connection.break()
    await f.clock.advance(0)
    expect(endpointOf(f)).toMatchObject({ inFlight: 0, ...expected })
    expect(f.clock.pending).toBe(0)
  })

  it('gets an endpoint ejected whose connections break at once, although it connects without fail', async () => {
    const { f } = setUp('ab', { policy: leastRequest() })
    const ejected: BalancerEvents['ejected'][] = []
    f.balancer.on('ejected', (event) => ejected.push(event))
    // Without that it would have the fewest connections, and get all that there are.
    for (let i = 0; i < 20; i++) {
      const connection = await connected(f)
      if (connection.to === 'a') connection.break()
      await f.clock.advance(10)
    }
    expect(ejected).toMatchObject([{ rule: 'consecutive-local-origin-failures', failures: 3 }])
    expect(endpointOf(f)).toMatchObject({ calls: 3, inFlight: 0 })
    expect(endpointOf(f, 'b')).toMatchObject({ calls: 17, inFlight: 17 })
  })

  it('makes policies pass over an endpoint where it breaks at once', async () => {
    const { f } = setUp('ab', { policy: leastLatency({ penalty: 2_000 }), outlierDetection: false })
    const first = await connected(f, { a: 1, b: 1 })
    first.break()
    const to = new Set<string>()
    for (let i = 0; i < 10; i++) to.add((await connected(f)).to)
    expect([...to]).toEqual([first.to === 'a' ? 'b' : 'a'])
  })

  it.each([
    ['leastLatency', leastLatency],
    ['leastRequest', leastRequest],
  ])('looks neither slow nor overdue to %s when it is idle for hours', async (_, policy) => {
    const { f } = setUp('abc', { policy: policy() })
    const ejected = vi.fn()
    f.balancer.on('ejected', ejected)
    const open = await Promise.all([...'123456789'].map(() => connected(f)))
    const counts = () => f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)
    expect(counts()).toEqual([3, 3, 3])
    for (let hour = 0; hour < 3; hour++) {
      await f.clock.advance(3_600_000)
      // All but one of c go, and as many come.
      const stays = open.findIndex(({ to }) => to === 'c')
      for (const one of open.splice(0, stays)) one.close()
      for (const one of open.splice(1)) one.close()
      while (open.length < 9) {
        await f.clock.advance(1_000)
        open.push(await connected(f))
      }
      expect(counts()).toEqual([3, 3, 3])
    }
    expect(ejected).not.toHaveBeenCalled()
    expect(endpointOf(f)?.latency).toBe(1)
  })

  it('is noticed when it does not come, beside others that have been there for long', async () => {
    const { f } = setUp('abc', { policy: roundRobin() })
    const ejected: BalancerEvents['ejected'][] = []
    f.balancer.on('ejected', (event) => ejected.push(event))
    for (let i = 0; i < 60; i++) await connected(f)
    const hangs = { a: 1_000_000 }
    const calls = []
    for (let i = 0; i < 60; i++) {
      calls.push(connect(f, hangs))
      await f.clock.advance(20)
    }
    expect(ejected).toMatchObject([{ rule: 'overdue' }])
    // Others were asked as well, as it went silent.
    expect((await Promise.all(calls)).map(({ to }) => to)).not.toContain('a')
  })

  it('brings an ejected endpoint back when it has stood for a second, and not at its end', async () => {
    const { f } = setUp('ab', { policy: roundRobin() })
    const down = { a: -1 }
    for (let i = 0; i < 8; i++) await connected(f, down)
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(6_000)
    const trial = await connected(f, down)
    expect(trial.to).toBe('b')
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(60_000)
    const connection = await connected(f)
    expect(connection.to).toBe('a')
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('eligible')
  })

  it('keeps an endpoint out when it breaks at once', async () => {
    const { f } = setUp('ab', { policy: roundRobin() })
    for (let i = 0; i < 8; i++) await connected(f, { a: -1 })
    await f.clock.advance(6_000)
    const connection = await connected(f)
    expect(connection.to).toBe('a')
    connection.break()
    await f.clock.advance(0)
    expect(f.state('a')).toBe('ejected')
    expect(endpointOf(f)?.reason).toMatch(/trial/)
  })

  it('is what endpoints are compared by, and limited to', async () => {
    const { f } = setUp('ab', { policy: leastRequest(), concurrency: { maxPerEndpoint: 2 } })
    const open = await Promise.all([...'1234'].map(() => connected(f)))
    expect((await outcomeOf(connect(f))).error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT' })
    open[0]?.close()
    await f.clock.advance(0)
    expect((await connected(f)).to).toBe(open[0]?.to)
  })

  it('counts for the bound of policies that hash', async () => {
    const { f } = setUp('abcdefgh', { policy: ringHash({ boundedLoad: 1.25 }) })
    // One key: without the bound all would be at one endpoint.
    for (let i = 0; i < 32; i++) await connected(f, {}, { hashKey: 'k' })
    const counts = f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)
    expect(counts.reduce((sum, count) => sum + count)).toBe(32)
    expect(Math.max(...counts)).toBe(5)
  })

  it('drains an endpoint that left, when the last one has ended', async () => {
    const { f } = setUp('ab')
    const drained: string[] = []
    f.balancer.on('drained', ({ endpoint }) => drained.push(endpoint.id))
    const open = [await connected(f), await connected(f), await connected(f), await connected(f)]
    f.balancer.setEndpoints([{ id: 'b', url: 'http://b.test' }])
    await f.clock.advance(60_000)
    expect(drained).toEqual([])
    for (const one of open) one.close()
    await f.clock.advance(0)
    expect(drained).toEqual(['a'])
  })

  it('outlives its balancer, which leaves nothing running', async () => {
    const { f } = setUp('a')
    const connection = await connected(f)
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
    expect(endpointOf(f)).toMatchObject({ inFlight: 1, successes: 1 })
    connection.break()
    await f.clock.advance(0)
    expect(endpointOf(f)).toMatchObject({ inFlight: 0, successes: 1, failures: 0 })
  })
})

describe('discard', () => {
  /** Comes, but only when the call is over. */
  const late = (f: Fleet) => (_: unknown, ms: number) =>
    new Promise<string>((resolve) => f.clock.setTimer(() => resolve('late'), ms))

  it('is given a result that came too late', async () => {
    const { f } = setUp('a')
    const discard = vi.fn()
    const call = outcomeOf(
      f.balancer.execute((info) => late(f)(info, 80), { timeout: { attempt: 50 }, retry: false, discard }),
    )
    await f.clock.advance(50)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(discard).not.toHaveBeenCalled()
    await f.clock.advance(50)
    expect(discard).toHaveBeenCalledExactlyOnceWith('late')
  })

  it('is given a connection of a trial that another attempt has overtaken', async () => {
    const { f } = setUp('ab', { policy: roundRobin() })
    for (let i = 0; i < 60; i++) await connected(f)
    for (let i = 0; i < 8; i++) await connected(f, { a: -1 })
    await f.clock.advance(6_000)
    const inFlight = endpointOf(f)?.inFlight
    const discarded: Connection[] = []
    const call = f.balancer.execute(
      ({ endpoint: { id } }) =>
        new Promise<Connection>((resolve) => {
          f.clock.setTimer(() => resolve(new Connection(id)), id === 'a' ? 900 : 1)
        }),
      {
        completion,
        idempotent: true,
        discard: (connection) => {
          discarded.push(connection)
          connection.close()
        },
      },
    )
    await f.clock.advance(2_000)
    expect((await call).to).toBe('b')
    expect(discarded.map(({ to }) => to)).toEqual(['a'])
    expect(f.state('a')).toBe('eligible')
    expect(endpointOf(f)?.inFlight).toBe(inFlight)
  })

  it('that throws is reported, and spoils nothing', async () => {
    const { f } = setUp('a')
    const reported = uncaught()
    const bug = new Error('bug in discard')
    const discard = () => {
      throw bug
    }
    const call = outcomeOf(
      f.balancer.execute((info) => late(f)(info, 20), { timeout: { attempt: 10 }, retry: false, discard }),
    )
    await f.clock.advance(50)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(reported()).toEqual([bug])
  })
})

describe('completion', () => {
  it('that throws, or gives no promise, is reported and ends the call', async () => {
    const { f } = setUp('a')
    const reported = uncaught()
    const bug = new Error('bug in completion')
    const throws = () => {
      throw bug
    }
    expect(await f.balancer.execute(() => 'fine', { completion: throws })).toBe('fine')
    expect(await f.balancer.execute(() => 'fine', { completion: (() => 5) as never })).toBe('fine')
    expect(reported()).toEqual([bug, expect.any(TypeError)])
    expect(endpointOf(f)).toMatchObject({ inFlight: 0, successes: 2 })
  })

  it('rejected without a reason is a broken connection all the same', async () => {
    const { f, attempts } = setUp('a')
    await f.balancer.execute(() => 'fine', { completion: () => Promise.reject() })
    await f.clock.advance(0)
    expect(attempts).toMatchObject([{ kind: 'broken', error: expect.any(Error) }])
  })

  it.each([
    [{ completion: 'body' }, /execute\.completion.*a function/],
    [{ discard: true }, /execute\.discard.*a function/],
  ])('refuses %o', async (options, message) => {
    const { f } = setUp('a')
    const { error } = await outcomeOf(f.balancer.execute(() => 1, options as never))
    expect(error).toMatchObject({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) })
  })
})
