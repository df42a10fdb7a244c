import { BalancerError } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, fleet, outcomeOf, refused, reset } from '../support/fleet.js'

const two = { a: answer, b: answer }

describe('execute', () => {
  it('gives an action an endpoint, a signal and its number, and returns what it returns', async () => {
    const { balancer } = fleet(two)
    const action = vi.fn(({ endpoint }) => Promise.resolve(`hello ${endpoint.id}`))
    expect(await balancer.execute(action)).toMatch(/^hello [ab]$/)
    expect(action).toHaveBeenCalledWith({
      endpoint: expect.objectContaining({ port: 80 }),
      signal: expect.any(AbortSignal),
      number: 1,
    })
    expect(await balancer.execute(() => 42)).toBe(42)
    expect(await balancer.execute(() => undefined)).toBeUndefined()
  })

  it('tries again elsewhere what was never sent', async () => {
    const { balancer } = fleet(two)
    const went: string[] = []
    const result = await balancer.execute(({ endpoint, number }) => {
      went.push(endpoint.id)
      if (number === 1) throw refused()
      return 'done'
    })
    expect(result).toBe('done')
    expect(new Set(went).size).toBe(2)
  })

  it('tries again what failed only if it is idempotent', async () => {
    const { balancer, clock } = fleet(two)
    const action = vi.fn(({ number }: { number: number }) => {
      if (number === 1) throw reset()
      return 'done'
    })
    const { error } = await outcomeOf(balancer.execute(action))
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ kind: 'broken' }] })
    const call = balancer.execute(action, { idempotent: true })
    await clock.advance(100)
    expect(await call).toBe('done')
  })

  it('wraps the error of an action, with the attempts', async () => {
    const { balancer } = fleet(two)
    const bug = new TypeError('x is not a function')
    const { error } = await outcomeOf(
      balancer.execute(() => {
        throw bug
      }),
    )
    expect(error).toBeInstanceOf(BalancerError)
    expect(error).toMatchObject({
      code: 'ERR_ATTEMPT_FAILED',
      cause: bug,
      attempts: [{ kind: 'server-error', error: bug }],
    })
    expect((error as Error).message).toMatch(
      /^execute on 'fleet' failed: x is not a function \(1 attempt: #1 [ab] server-error x is not a function after 0 ms\)$/,
    )
  })

  it("leaves errors that are not the endpoint's as they are", async () => {
    const { balancer } = fleet({ a: answer })
    const mistake = Object.assign(new Error('syntax error in query'), { code: '42601' })
    const classify = (error: unknown) =>
      (error as { code?: string }).code === '42601' ? ('ignored' as const) : undefined
    for (let i = 0; i < 20; i++) {
      const { error } = await outcomeOf(
        balancer.execute(() => Promise.reject(mistake), { idempotent: true, classify }),
      )
      expect(error).toBe(mistake)
    }
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0, eligible: true, calls: 20 })
  })

  it('gives an error of classify to the caller', async () => {
    const { balancer } = fleet({ a: answer })
    const bug = new Error('bug in classify')
    const classify = () => {
      throw bug
    }
    expect(
      (await outcomeOf(balancer.execute(() => Promise.reject(new Error('x')), { classify }))).error,
    ).toBe(bug)
    expect(balancer.snapshot().endpoints[0]?.inFlight).toBe(0)
  })

  it('judges a Response by its status, as fetch does', async () => {
    const { balancer, clock } = fleet(two)
    const cancel = vi.fn()
    const action = vi.fn(({ number }: { number: number }) =>
      number === 1 ? new Response(new ReadableStream({ cancel }), { status: 503 }) : new Response('fine'),
    )
    const call = balancer.execute(action, { idempotent: true })
    await clock.advance(100)
    expect(await (await call).text()).toBe('fine')
    expect(cancel).toHaveBeenCalledOnce()
  })

  it("ends an action that takes too long by its signal, and with the caller's", async () => {
    const { balancer, clock } = fleet(two)
    const signals: AbortSignal[] = []
    const hang = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    }
    const slow = outcomeOf(balancer.execute(hang, { timeout: { attempt: 50 } }))
    await clock.advance(50)
    expect((await slow).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' })
    const controller = new AbortController()
    const abandoned = outcomeOf(balancer.execute(hang, { signal: controller.signal }))
    await clock.advance(1)
    controller.abort('never mind')
    expect((await abandoned).error).toBe('never mind')
    expect(signals[1]?.reason).toBe('never mind')
  })

  it.each([
    [{ idempotent: true, atempts: 3 }, /execute\.atempts.*no such option/],
    [{ timeout: { attempt: -1 } }, /execute\.timeout\.attempt/],
    [{ retry: { budget: {} } }, /execute\.retry\.budget.*set on the balancer/],
    [{ classify: 'x' }, /execute\.classify/],
    [{ idempotent: 1 }, /execute\.idempotent.*true or false/],
    [{ signal: {} }, /execute\.signal.*an AbortSignal/],
  ])('refuses %j', async (options, message) => {
    const { balancer } = fleet(two)
    const { error } = await outcomeOf(balancer.execute(() => 1, options as never))
    expect(error).toMatchObject({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) })
  })

  it('refuses a kind of error that there is not', async () => {
    const { balancer } = fleet(two)
    const action = () => Promise.reject(new Error('mine'))
    const { error } = await outcomeOf(balancer.execute(action, { classify: () => 'fatal' as never }))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringMatching(/`execute\.classify`: got "fatal".*'ignored'/),
    })
    const pick = balancer.pick()
    expect(() => pick.fail(new Error('mine'), 'fatal' as never)).toThrow(/`fail\.kind`: got "fatal"/)
    pick.release()
    expect(balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0])
  })

  it('refuses what is not a function', async () => {
    const { error } = await outcomeOf(fleet(two).balancer.execute('x' as never))
    expect(error).toMatchObject({ code: 'ERR_INVALID_CONFIG' })
  })
})

describe('pick', () => {
  it('hands out an endpoint that is in flight until it is given back, once', () => {
    const { balancer } = fleet({ a: answer })
    const pick = balancer.pick()
    expect(pick.endpoint).toMatchObject({ id: 'a', inFlight: 1 })
    pick.succeed()
    pick.succeed()
    pick.fail(new Error('too late'))
    pick.release()
    expect(balancer.snapshot().endpoints[0]).toMatchObject({
      inFlight: 0,
      calls: 1,
      successes: 1,
      failures: 0,
    })
  })

  it('feeds the same state as fetch: latency, failures, ejection', async () => {
    const { balancer, clock, state } = fleet(two)
    const slow = balancer.pick()
    await clock.advance(30)
    slow.succeed()
    expect(balancer.snapshot().endpoints.find(({ id }) => id === slow.endpoint.id)?.latency).toBe(30)
    while (balancer.snapshot().endpoints.every(({ eligible }) => eligible)) balancer.pick().fail(refused())
    expect([state('a'), state('b')].sort()).toEqual(['ejected', 'eligible'])
  })

  it('is told what an error means, or finds out', () => {
    const { balancer } = fleet({ a: answer })
    const kinds: string[] = []
    balancer.on('attempt', ({ kind, progress }) => kinds.push(`${kind} ${progress}`))
    balancer.pick().fail(refused())
    balancer.pick().fail(reset())
    balancer.pick().fail(new Error('x'))
    balancer.pick().fail(undefined)
    balancer.pick().fail(new Error('x'), 'overloaded')
    balancer.pick().release()
    expect(kinds).toEqual([
      'unreachable unsent',
      'broken sent',
      'server-error sent',
      'server-error sent',
      'overloaded sent',
      'ignored sent',
    ])
  })

  it('is released at the end of its scope', () => {
    const { balancer } = fleet({ a: answer })
    {
      using pick = balancer.pick()
      expect(pick.endpoint.inFlight).toBe(1)
    }
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ inFlight: 0, successes: 0, failures: 0 })
  })

  it('avoids endpoints while there are others', () => {
    const { balancer } = fleet(two)
    const [a, b] = balancer.endpoints()
    for (let i = 0; i < 20; i++) {
      expect(balancer.pick({ avoid: [a!] }).endpoint.id).toBe('b')
    }
    expect(['a', 'b']).toContain(balancer.pick({ avoid: [a!, b!] }).endpoint.id)
  })

  it('throws when there is nobody', () => {
    const { balancer } = fleet({})
    expect(() => balancer.pick()).toThrow(
      expect.objectContaining({
        code: 'ERR_NO_ENDPOINTS',
        message: expect.stringMatching(/the endpoint list is empty/),
      }),
    )
  })
})
