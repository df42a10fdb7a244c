import { type BalancerEvents, type BalancerOptions, type MirrorOptions, roundRobin } from 'evenkeel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  afterMs,
  answer,
  type Behaviour,
  breakOff,
  type Fleet,
  fleet,
  hang,
  status,
} from '../support/fleet.js'

const endpoints = [
  { id: 'live', url: 'http://live', metadata: { role: 'live' } },
  { id: 'shadow', url: 'http://shadow', metadata: { role: 'shadow' } },
]

function mirrored(
  shadow: Behaviour,
  mirror: Partial<MirrorOptions> = {},
  more: Partial<BalancerOptions> = {},
) {
  const does: Record<string, Behaviour> = { live: answer, shadow }
  return fleet(does, {
    endpoints,
    routes: [{ name: 'all', to: { role: 'live' }, mirror: { subset: { role: 'shadow' }, ...mirror } }],
    ...more,
  })
}

const mirrorOf = ({ balancer }: Fleet) => balancer.snapshot().routes?.[0]?.mirror

async function text(f: Fleet, init?: RequestInit & { balancer?: object }): Promise<string> {
  return (await f.balancer.fetch('/x', init)).text()
}

const unheard: unknown[] = []
const note = (error: unknown) => unheard.push(error)
beforeEach(() => {
  unheard.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unheard).toEqual([])
})

describe('a copy of a call', () => {
  it('is sent after the call, tells what it is, and its body is let go of', async () => {
    let cancelled = false
    const seen: { url: string; mark: string | null; own: string | null }[] = []
    const f = mirrored(({ url, init }) => {
      const headers = new Headers(init.headers)
      seen.push({ url, mark: headers.get('evenkeel-mirror'), own: headers.get('x-own') })
      return new Response(
        new ReadableStream({
          cancel: () => {
            cancelled = true
          },
        }),
      )
    })
    let marked: string | null = 'none'
    f.does['live'] = ({ init, ...request }) => {
      marked = new Headers(init.headers).get('evenkeel-mirror')
      return answer({ init, ...request })
    }
    const told: BalancerEvents['mirrored'][] = []
    const attempts: string[] = []
    f.balancer.on('mirrored', (event) => told.push(event))
    f.balancer.on('attempt', ({ endpoint }) => attempts.push(endpoint.id))
    expect(await text(f, { headers: { 'x-own': '1' } })).toBe('live')
    // Not within the call's own turn.
    expect(f.sent).toEqual(['live'])
    await f.clock.advance(0)
    expect(f.sent).toEqual(['live', 'shadow'])
    expect(seen).toEqual([{ url: 'http://shadow/x', mark: '1', own: '1' }])
    expect(marked).toBeNull()
    expect(cancelled).toBe(true)
    expect(told).toMatchObject([{ route: 'all', kind: 'success', status: 200, endpoint: { id: 'shadow' } }])
    // It is no attempt of the call.
    expect(attempts).toEqual(['live'])
    expect(f.balancer.snapshot().counts).toMatchObject({ calls: 1, attempts: 1, mirrored: 1 })
    expect(mirrorOf(f)).toEqual({
      subset: { role: 'shadow' },
      share: 1,
      inFlight: 0,
      sent: 1,
      failed: 0,
      skipped: { body: 0, busy: 0, nobody: 0 },
    })
  })

  it('is one for each call, however often that is tried, and is not tried again itself', async () => {
    const f = mirrored(status(503), {}, { retry: { backoff: { base: 0 } } })
    f.does['live'] = status(503)
    const call = f.balancer.fetch('/')
    await f.clock.advance(100)
    expect((await call).status).toBe(503)
    expect(f.hits()).toEqual({ live: 3, shadow: 1 })
  })

  it('never delays and never fails the call, whatever becomes of it', async () => {
    const odd: Behaviour[] = [
      hang,
      breakOff,
      status(500),
      () => {
        throw new Error('at once')
      },
      () => Promise.reject(undefined),
      () => undefined as never,
      () => new Promise(() => {}),
    ]
    for (const shadow of odd) {
      const f = mirrored(shadow, { timeout: 1_000 })
      f.does['live'] = afterMs(f.clock, 50)
      const start = f.clock.now()
      let tookMs = Number.NaN
      const call = f.balancer.fetch('/').then((response) => {
        tookMs = f.clock.now() - start
        return response.text()
      })
      await f.clock.advance(2_000)
      expect(await call).toBe('live')
      expect(tookMs).toBe(50)
      expect(mirrorOf(f)).toMatchObject({ sent: 1, failed: 1, inFlight: 0 })
      expect(f.clock.pending).toBe(0)
      expect(f.balancer.endpoints().map(({ inFlight }) => inFlight)).toEqual([0, 0])
    }
  })

  it('goes on when its call is aborted, and when its call fails', async () => {
    const f = mirrored(answer)
    f.does['live'] = hang
    const controller = new AbortController()
    const call = expect(f.balancer.fetch('/', { signal: controller.signal })).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await call
    await f.clock.advance(0)
    expect(f.hits()).toEqual({ live: 1, shadow: 1 })
    expect(mirrorOf(f)).toMatchObject({ sent: 1, failed: 0 })
  })

  it('has the body of its call, if that can be sent twice', async () => {
    const bodies: string[] = []
    const keep: Behaviour = async ({ init, endpoint }) => {
      bodies.push(`${endpoint.id} ${await new Response(init.body).text()}`)
      return new Response()
    }
    const f = mirrored(keep, { methods: ['post'] })
    f.does['live'] = keep
    const skipped: unknown[] = []
    f.balancer.on('mirrorskipped', (event) => skipped.push(event))
    const send = async (body: BodyInit | undefined, input: string | Request = '/') => {
      bodies.length = 0
      const init = { method: 'POST', ...(body !== undefined && { body, duplex: 'half' }) }
      await (typeof input === 'string' ? f.balancer.fetch(input, init) : f.balancer.fetch(input))
      await f.clock.advance(0)
      return [...bodies].sort()
    }
    expect(await send('text')).toEqual(['live text', 'shadow text'])
    expect(await send(new TextEncoder().encode('bytes'))).toEqual(['live bytes', 'shadow bytes'])
    expect(await send(new Blob(['blob']))).toEqual(['live blob', 'shadow blob'])
    const short = new Request('http://x/', { method: 'POST', body: 'short' })
    expect(await send(undefined, short)).toEqual(['live short', 'shadow short'])
    expect(await send(undefined)).toEqual(['live ', 'shadow '])
    expect(skipped).toEqual([])
    const stream = () => new Blob(['stream']).stream()
    expect(await send(stream())).toEqual(['live stream'])
    expect(skipped).toEqual([{ route: 'all', reason: 'body' }])
    expect(mirrorOf(f)).toMatchObject({ sent: 5, skipped: { body: 1 } })
    expect(f.balancer.snapshot().counts).toMatchObject({ mirrored: 5, mirrorsSkipped: 1 })
  })

  it('is only made of the methods that are said, of safe ones where none are', async () => {
    const f = mirrored(answer)
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])
      await text(f, { method })
    await f.clock.advance(0)
    expect(f.hits()).toEqual({ live: 7, shadow: 3 })
  })

  it('is bounded in number', async () => {
    const f = mirrored(hang, { maxInFlight: 3, timeout: 1_000 })
    for (let i = 0; i < 5; i++) await text(f)
    await f.clock.advance(0)
    expect(mirrorOf(f)).toMatchObject({ inFlight: 3, sent: 3, skipped: { busy: 2 } })
    await f.clock.advance(1_000)
    await text(f)
    expect(mirrorOf(f)).toMatchObject({ inFlight: 1, failed: 3, skipped: { busy: 2 } })
  })

  it('is made of a share of the calls; with a key, always of the same', async () => {
    const f = mirrored(answer, { share: 0.1, maxInFlight: 2_000 })
    for (let i = 0; i < 2_000; i++) await text(f)
    await f.clock.advance(0)
    // Expected 200; sigma = sqrt(2 000 x 0.1 x 0.9) = 13.4.
    expect(Math.abs((f.hits()['shadow'] ?? 0) - 200)).toBeLessThan(4 * 14)
    const byKey = async (share: number) => {
      const g = mirrored(answer, { share })
      const copied = new Set<number>()
      for (let i = 0; i < 300; i++) {
        const before = g.hits()['shadow'] ?? 0
        await text(g, { balancer: { hashKey: `user-${i}` } })
        await g.clock.advance(0)
        if ((g.hits()['shadow'] ?? 0) > before) copied.add(i)
      }
      return copied
    }
    const few = await byKey(0.1)
    const many = await byKey(0.3)
    expect(few.size).toBeGreaterThan(10)
    expect(many.size).toBeGreaterThan(few.size)
    expect([...few].filter((i) => !many.has(i))).toEqual([])
  })

  it('can do without a header, or have another, which its call cannot forge', async () => {
    const marks: (string | null)[] = []
    const keep: Behaviour = ({ init }) => {
      const headers = new Headers(init.headers)
      marks.push(headers.get('evenkeel-mirror'), headers.get('x-shadow'))
      return new Response()
    }
    for (const header of [false, 'X-Shadow'] as const) {
      const f = mirrored(keep, { header })
      await text(f, { headers: { 'x-shadow': '7' } })
      await f.clock.advance(0)
    }
    expect(marks).toEqual([null, '7', null, '1'])
  })

  it('is not held against its endpoint, but is load, and a pause that it asks for is heeded', async () => {
    const f = mirrored(breakOff, {}, { policy: roundRobin() })
    for (let i = 0; i < 20; i++) await text(f)
    await f.clock.advance(0)
    expect(f.balancer.snapshot().endpoints[1]).toMatchObject({
      id: 'shadow',
      state: 'eligible',
      calls: 20,
      failures: 20,
      consecutiveFailures: 0,
    })
    f.does['shadow'] = hang
    await text(f)
    await f.clock.advance(0)
    expect(f.balancer.endpoints()[1]?.inFlight).toBe(1)
    f.does['shadow'] = status(429, { 'retry-after': '3' })
    await text(f)
    await f.clock.advance(0)
    expect(f.state('shadow')).toBe('cooldown')
    await text(f)
    await f.clock.advance(0)
    expect(mirrorOf(f)).toMatchObject({ skipped: { nobody: 1 } })
  })

  it('drains with its endpoint', async () => {
    const f = mirrored(hang, { timeout: 1_000 })
    const drained: string[] = []
    f.balancer.on('drained', ({ endpoint }) => drained.push(endpoint.id))
    await text(f)
    await f.clock.advance(0)
    f.balancer.setEndpoints([endpoints[0]!])
    expect(f.state('shadow')).toBe('draining')
    await f.clock.advance(1_000)
    expect(drained).toEqual(['shadow'])
  })

  it('is given up by close, whether it waits or is under way', async () => {
    let aborted = false
    const f = mirrored((request) => {
      request.init.signal?.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    })
    await text(f)
    await f.clock.advance(0)
    await text(f)
    await f.balancer.close()
    expect(aborted).toBe(true)
    expect(f.clock.pending).toBe(0)
    expect(f.balancer.endpoints().map(({ inFlight }) => inFlight)).toEqual([0, 0])
    expect(mirrorOf(f)).toMatchObject({ inFlight: 0, sent: 1, failed: 0 })
    expect(f.hits()).toEqual({ live: 2, shadow: 1 })
  })

  it('does not hold close up, nor begins after it', async () => {
    const f = mirrored(answer)
    f.does['live'] = (request) => {
      closing ??= f.balancer.close()
      return answer(request)
    }
    let closing: Promise<void> | undefined
    expect(await text(f)).toBe('live')
    await closing
    await f.clock.advance(10)
    expect(f.sent).toEqual(['live'])
  })
})
