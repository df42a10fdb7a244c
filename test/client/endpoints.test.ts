import {
  BalancerError,
  createBalancer,
  type DiscoverySink,
  type DiscoverySource,
  fetchTransport,
  roundRobin,
} from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { afterMs, answer, breakOff, elapse, fleet, outcomeOf, status } from '../support/fleet.js'

const at = (id: string, more = {}) => ({ id, url: `http://${id}.test`, ...more })

describe('setEndpoints', () => {
  it('adds and removes, and tells', () => {
    const { balancer } = fleet({ a: answer, b: answer })
    const told: string[] = []
    for (const name of ['endpointadded', 'endpointremoved', 'endpointupdated', 'drained'] as const) {
      balancer.on(name, ({ endpoint }) => told.push(`${name} ${endpoint.id}`))
    }
    balancer.setEndpoints([at('b', { weight: 3 }), at('c')])
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['b', 'c'])
    expect(told).toEqual(['endpointadded c', 'endpointupdated b', 'endpointremoved a', 'drained a'])
    told.length = 0
    balancer.setEndpoints([at('b', { weight: 3 }), at('c')])
    expect(told).toEqual([])
  })

  it('takes one that is dialled elsewhere for another server', () => {
    const transport = { send: answer as never, capabilities: { dialAddress: true } }
    const { balancer } = fleet({ a: answer }, { transport })
    const told: string[] = []
    for (const name of ['endpointadded', 'endpointremoved', 'endpointupdated'] as const)
      balancer.on(name, ({ endpoint: { address, port } }) => told.push(`${name} ${address} ${port}`))
    balancer.setEndpoints([at('a', { address: '10.0.0.7' })])
    balancer.setEndpoints([at('a', { address: '10.0.0.7' })])
    balancer.setEndpoints([at('a', { address: '10.0.0.7', port: 81 })])
    expect(told).toEqual([
      'endpointadded 10.0.0.7 80',
      'endpointremoved undefined 80',
      'endpointadded 10.0.0.7 81',
      'endpointremoved 10.0.0.7 80',
    ])
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ id: 'a', address: '10.0.0.7', port: 81 })
  })

  it('keeps what was learned of those that stay', async () => {
    const f = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    for (let i = 0; i < 8; i++) await elapse(f.clock, f.balancer.fetch('/'))
    const before = f.balancer.snapshot().endpoints[0]
    expect(before?.state).toBe('ejected')
    f.balancer.setEndpoints([at('a', { zone: 'z' }), at('b'), at('c')])
    expect(f.balancer.snapshot().endpoints[0]).toEqual({ ...before, zone: 'z' })
  })

  it('moves endpoints to another priority with all that was learned of them', async () => {
    const f = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    for (let i = 0; i < 8; i++) await elapse(f.clock, f.balancer.fetch('/'))
    f.balancer.setEndpoints([at('a'), at('b', { priority: 1 })])
    expect(f.state('a')).toBe('ejected')
    // Nothing of priority 0 is healthy: all goes to the next.
    f.sent.length = 0
    for (let i = 0; i < 4; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.sent).toEqual(['b', 'b', 'b', 'b'])
    f.balancer.setEndpoints([at('a', { priority: 1 }), at('b')])
    f.sent.length = 0
    for (let i = 0; i < 4; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.sent).toEqual(['b', 'b', 'b', 'b'])
    expect(f.state('a')).toBe('ejected')
  })

  it('may be called by a listener that is told of an ejection', async () => {
    const f = fleet(
      { a: breakOff, b: answer },
      { policy: roundRobin(), circuitBreaker: { volumeThreshold: 1 } },
    )
    const drained: string[] = []
    f.balancer.on('drained', ({ endpoint }) => drained.push(endpoint.id))
    f.balancer.once('ejected', () => f.balancer.setEndpoints([at('b')]))
    f.balancer.once('circuitopened', () => f.balancer.setEndpoints([at('b')]))
    for (let i = 0; i < 8; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(drained).toEqual(['a'])
    expect(f.balancer.snapshot().endpoints).toMatchObject([{ id: 'b', state: 'eligible' }])
    // Nothing of the one that is gone comes up again later.
    await f.clock.advance(60_000)
    f.sent.length = 0
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.sent).toEqual(['b'])
  })

  it('moves the only endpoint there is', async () => {
    const { balancer, clock, sent } = fleet({ a: answer })
    await elapse(clock, balancer.fetch('/'))
    balancer.setEndpoints([at('a', { priority: 7 })])
    await elapse(clock, balancer.fetch('/'))
    balancer.setEndpoints([])
    balancer.setEndpoints([at('a', { priority: 3, weight: 2 })])
    await elapse(clock, balancer.fetch('/'))
    expect(sent).toEqual(['a', 'a', 'a'])
    expect(balancer.snapshot()).toMatchObject({ panic: false, endpoints: [{ priority: 3, weight: 2 }] })
  })

  it('lets removed endpoints finish, gives them no new calls, and tells when they are drained', async () => {
    const { balancer, clock, does, sent, state } = fleet({ a: answer, b: answer }, { policy: roundRobin() })
    does['a'] = afterMs(clock, 500)
    does['b'] = afterMs(clock, 500)
    const drained = vi.fn()
    balancer.on('drained', drained)
    const calls = Array.from({ length: 4 }, () => balancer.fetch('/'))
    await clock.advance(10)
    balancer.setEndpoints([at('b')])
    expect(state('a')).toBe('draining')
    expect(drained).not.toHaveBeenCalled()
    sent.length = 0
    calls.push(balancer.fetch('/'), balancer.fetch('/'))
    await clock.advance(490)
    expect(drained).toHaveBeenCalledExactlyOnceWith({
      endpoint: expect.objectContaining({ id: 'a', inFlight: 0 }),
    })
    expect(state('a')).toBeUndefined()
    await clock.advance(100)
    expect(sent).toEqual(['b', 'b'])
    for (const call of calls) expect((await call).status).toBe(200)
  })

  it('takes an endpoint that comes back while it drains for the same one', async () => {
    const { balancer, clock, does } = fleet({ a: answer, b: answer })
    does['a'] = afterMs(clock, 500)
    does['b'] = afterMs(clock, 500)
    const calls = Array.from({ length: 4 }, () => balancer.fetch('/'))
    await clock.advance(10)
    balancer.setEndpoints([at('b')])
    balancer.setEndpoints([at('b'), at('a')])
    expect(
      balancer
        .snapshot()
        .endpoints.map(({ id, inFlight }) => [id, inFlight])
        .sort(),
    ).toEqual([
      ['a', 2],
      ['b', 2],
    ])
    await clock.advance(500)
    await Promise.all(calls)
    expect(balancer.snapshot().endpoints.map(({ successes }) => successes)).toEqual([2, 2])
  })

  it('takes the same id under another URL for another server', async () => {
    const f = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    for (let i = 0; i < 8; i++) await elapse(f.clock, f.balancer.fetch('/'))
    f.balancer.setEndpoints([{ id: 'a', url: 'http://elsewhere' }, at('b')])
    expect(f.state('a')).toBe('eligible')
  })

  it('leaves the list as it is when the new one has a mistake in it', () => {
    const { balancer } = fleet({ a: answer })
    for (const list of [[at('x'), 'nonsense'], [at('x'), at('x')], 'http://x', undefined]) {
      expect(() => balancer.setEndpoints(list as never)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }),
      )
      expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a'])
    }
  })

  it('gives an endpoint of weight 0 no new calls, not in a retry either', async () => {
    const { balancer, clock, hits, state } = fleet(
      { a: breakOff, b: answer },
      { endpoints: [at('a'), at('b', { weight: 0 })] },
    )
    const call = outcomeOf(balancer.fetch('/'))
    await clock.advance(1_000)
    expect((await call).error).toBeInstanceOf(BalancerError)
    expect(hits()).toEqual({ a: 3 })
    expect(state('b')).toBe('weight-zero')
    balancer.setEndpoints([at('a', { weight: 0 }), at('b', { weight: 0 })])
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({
      code: 'ERR_NO_ENDPOINTS',
      message: expect.stringMatching(/all 2 endpoints have weight 0/),
    })
    balancer.setEndpoints([at('a', { weight: 0 }), at('b')])
    expect((await balancer.fetch('/')).status).toBe(200)
  })

  it('is legal with an empty list, which answers ERR_NO_ENDPOINTS', async () => {
    const { balancer } = fleet({})
    const { error } = await outcomeOf(balancer.fetch('/x'))
    expect(error).toMatchObject({
      code: 'ERR_NO_ENDPOINTS',
      message: "GET /x on 'fleet' failed: the endpoint list is empty (no attempt was made)",
    })
  })

  it('is not for a balancer with discovery', () => {
    const { balancer } = fleet({}, { discovery: manual().source })
    expect(() => balancer.setEndpoints([])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }))
  })
})

/** A discovery source that is told what to find. */
function manual() {
  const close = vi.fn()
  const watch = vi.fn((given: DiscoverySink) => {
    sink = given
    return { close }
  })
  let sink: DiscoverySink | undefined
  const source: DiscoverySource = { name: 'manual', watch }
  return {
    source,
    watch,
    close,
    update: (endpoints: unknown) => sink?.update(endpoints as never),
    fail: (error: unknown) => sink?.fail(error),
  }
}

describe('discovery', () => {
  it('is started by the first call, once, and not by construction', async () => {
    const { source, watch, update } = manual()
    const { balancer, clock } = fleet({ a: answer }, { discovery: source })
    expect(watch).not.toHaveBeenCalled()
    const calls = [balancer.fetch('/'), balancer.fetch('/'), balancer.ready().then(() => new Response())]
    await clock.advance(100)
    expect(watch).toHaveBeenCalledOnce()
    update([at('a')])
    for (const call of calls) expect((await call).status).toBe(200)
    expect(clock.pending).toBe(0)
    await balancer.ready()
    expect(watch).toHaveBeenCalledOnce()
  })

  it("is waited for until the deadline, the caller's abort, or close", async () => {
    const { source, fail } = manual()
    const { balancer, clock } = fleet({}, { discovery: source })
    const late = outcomeOf(balancer.fetch('/'))
    await clock.advance(10)
    fail(new Error('registry is down'))
    await clock.advance(30_000)
    expect((await late).error).toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
      message: expect.stringMatching(
        /discovery 'manual' gave no endpoints within 30000 ms \(registry is down\)/,
      ),
      cause: { message: 'registry is down' },
    })
    const controller = new AbortController()
    const aborted = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    const unready = outcomeOf(balancer.ready({ signal: controller.signal }))
    await clock.advance(10)
    controller.abort('no patience')
    expect((await aborted).error).toBe('no patience')
    expect((await unready).error).toBe('no patience')
    const closed = [outcomeOf(balancer.fetch('/')), outcomeOf(balancer.ready())]
    await clock.advance(10)
    await balancer.close()
    for (const call of closed) expect((await call).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(clock.pending).toBe(0)
  })

  it('takes what is right of a list, and reports the rest', async () => {
    const { source, update } = manual()
    const { balancer } = fleet({ a: answer }, { discovery: source })
    const errors: string[] = []
    balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
    void balancer.ready()
    update([at('a'), 'nonsense', { url: 'http://user:pw@b' }, at('a'), null, 7])
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a'])
    expect(errors).toHaveLength(5)
    expect(errors.join()).not.toContain('pw')
  })

  it.each([[[]], [['nonsense']], ['nonsense'], [undefined], [{ length: 3 }]])(
    'keeps the last good list when it is given %j',
    async (garbage) => {
      const { source, update } = manual()
      const { balancer } = fleet({ a: answer }, { discovery: source })
      void balancer.ready()
      update([at('a')])
      update(garbage)
      expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a'])
      expect(balancer.snapshot().discovery).toMatchObject({
        source: 'manual',
        arrived: true,
        error: expect.stringMatching(/./),
      })
      expect((await balancer.fetch('/')).status).toBe(200)
      update([at('a')])
      expect(balancer.snapshot().discovery).not.toHaveProperty('error')
    },
  )

  it('that gives an empty list first is answered with ERR_NO_ENDPOINTS', async () => {
    const { source, update } = manual()
    const { balancer } = fleet({}, { discovery: source })
    const ready = balancer.ready()
    update([])
    await ready
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
  })

  it('that cannot be started fails the call, and is started again by the next', async () => {
    const { source, watch, update } = manual()
    const { balancer } = fleet({ a: answer }, { discovery: source })
    watch.mockImplementationOnce(() => {
      throw new Error('no such file')
    })
    const { error } = await outcomeOf(balancer.fetch('/'))
    expect(error).toMatchObject({ code: 'ERR_NO_ENDPOINTS', cause: { message: 'no such file' } })
    const call = balancer.fetch('/')
    update([at('a')])
    expect((await call).status).toBe(200)
  })

  it('makes pick wait for ready', async () => {
    const { source, update } = manual()
    const { balancer } = fleet({ a: answer }, { discovery: source })
    expect(() => balancer.pick()).toThrow(
      expect.objectContaining({ message: "'fleet' has no endpoints yet: await ready() before pick()" }),
    )
    update([at('a')])
    expect(balancer.pick().endpoint.id).toBe('a')
  })

  it('is closed with the balancer, and not listened to afterwards', async () => {
    const { source, update, fail, close } = manual()
    const { balancer } = fleet({ a: answer }, { discovery: source })
    void balancer.ready()
    update([at('a')])
    await balancer.close()
    expect(close).toHaveBeenCalledOnce()
    update([at('b')])
    fail(new Error('x'))
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a'])
  })
})

describe('close', () => {
  it('refuses new calls, of every kind', async () => {
    const { balancer } = fleet({ a: answer })
    await balancer.close()
    await balancer.close()
    const closed = expect.objectContaining({ code: 'ERR_CLOSED', message: "The balancer 'fleet' is closed." })
    expect((await outcomeOf(balancer.fetch('/'))).error).toEqual(closed)
    expect((await outcomeOf(balancer.execute(() => 1))).error).toEqual(closed)
    expect((await outcomeOf(balancer.ready())).error).toEqual(closed)
    expect(() => balancer.pick()).toThrow(closed)
    expect(() => balancer.setEndpoints([])).toThrow(closed)
    expect(balancer.snapshot().closed).toBe(true)
  })

  it('waits for attempts under way, and ends pauses between attempts', async () => {
    const { balancer, clock, does } = fleet({ a: answer }, { random: () => 0.9 })
    does['a'] = afterMs(clock, 200)
    const underWay = balancer.fetch('/')
    await clock.advance(10)
    does['a'] = status(503)
    const pausing = outcomeOf(balancer.fetch('/'))
    await clock.advance(5)
    const closed = vi.fn()
    balancer.on('closed', closed)
    const closing = balancer.close()
    expect((await pausing).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(closed).not.toHaveBeenCalled()
    await clock.advance(200)
    await closing
    expect((await underWay).status).toBe(200)
    expect(closed).toHaveBeenCalledOnce()
    expect(clock.pending).toBe(0)
  })

  it('is what `await using` does, and closes the transport', async () => {
    const close = vi.fn(async () => {})
    const transport = { send: async () => new Response('x'), close }
    {
      await using balancer = fleet({ a: answer }, { transport }).balancer
      await balancer.fetch('/')
    }
    expect(close).toHaveBeenCalledOnce()
  })
})

describe('an endpoint that is dialled apart from its URL', () => {
  const dialled = { url: 'https://users.internal', address: '10.0.0.7' }
  const needs =
    /`endpoints\[0\]\.address`: got "10\.0\.0\.7:443"; allowed is none with this transport.*undiciTransport/

  it('is refused at construction where the transport cannot dial addresses', () => {
    expect(() => createBalancer({ endpoints: [dialled] })).toThrow(needs)
    const transport = fetchTransport()
    expect(() => createBalancer({ endpoints: [dialled], transport })).toThrow(needs)
    expect(() => fleet({ a: answer }).balancer.setEndpoints([dialled])).toThrow(needs)
  })

  it('and where it cannot connect to sockets of Unix', () => {
    const endpoints = [{ url: 'http://users', address: 'unix:/run/users.sock' }]
    const transport = { send: answer as never, capabilities: { dialAddress: true } }
    expect(() => createBalancer({ endpoints, transport })).toThrow(/cannot connect to sockets of Unix/)
    expect(
      createBalancer({ endpoints, transport: { ...transport, capabilities: { unixSocket: true } } }),
    ).toBeDefined()
  })

  it('is left out of what discovery finds, and reported', async () => {
    const discovery: DiscoverySource = {
      name: 'mixed',
      watch(sink) {
        sink.update([dialled, 'http://b.test'])
        return { close() {} }
      },
    }
    const balancer = createBalancer({ discovery })
    const told: unknown[] = []
    balancer.on('discoveryfailed', ({ error }) => told.push(error))
    await balancer.ready()
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['http://b.test'])
    expect(told).toEqual([expect.objectContaining({ message: expect.stringMatching(needs) })])
    await balancer.close()
  })

  it('is refused at construction where a source says that it finds some', () => {
    const discovery: DiscoverySource = {
      name: 'registry',
      dialsAddresses: true,
      watch: () => ({ close() {} }),
    }
    expect(() => createBalancer({ discovery })).toThrow(
      /`discovery`: got "registry"; allowed is a source without addresses of its own with this transport.*undiciTransport/,
    )
    const transport = { send: answer as never, capabilities: { dialAddress: true } }
    expect(createBalancer({ discovery, transport })).toBeDefined()
  })

  it('is its own affair where it is not for fetch', () => {
    const endpoints = [{ url: 'postgres://db.internal', address: '10.0.0.7', port: 5432 }]
    expect(createBalancer({ endpoints }).pick().endpoint).toMatchObject({ address: '10.0.0.7', port: 5432 })
  })
})
