import type { DiscoverySink, DiscoverySource } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, fleet, outcomeOf } from '../support/fleet.js'

/** A source as somebody might write it who does not use TypeScript. */
const odd = (watch: (sink: DiscoverySink) => unknown): DiscoverySource => ({
  name: 'odd',
  watch: watch as never,
})

const a = { id: 'a', url: 'http://a.test' }

describe('a discovery source', () => {
  it('that has a list at once is watched once, although those who are told of it call at once', async () => {
    const watch = vi.fn((sink: DiscoverySink) => {
      sink.update([a])
      return { close() {} }
    })
    const { balancer } = fleet({ a: answer }, { discovery: odd(watch) })
    balancer.on('endpointadded', () => void balancer.ready())
    expect((await balancer.fetch('/')).status).toBe(200)
    expect(watch).toHaveBeenCalledOnce()
  })

  it('is closed, too, when a listener of its first list closes the balancer', async () => {
    const close = vi.fn()
    const { balancer } = fleet(
      { a: answer },
      {
        discovery: odd((sink) => {
          sink.update([a])
          return { close }
        }),
      },
    )
    balancer.on('endpointadded', () => void balancer.close())
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(close).toHaveBeenCalledOnce()
  })

  it('that cannot be closed says so to who closes the balancer, also then', async () => {
    const bug = new Error('not closed')
    const { balancer } = fleet(
      { a: answer },
      {
        discovery: odd((sink) => {
          sink.update([a])
          return { close: () => Promise.reject(bug) }
        }),
      },
    )
    let closed: Promise<void> | undefined
    balancer.on('endpointadded', () => {
      closed = balancer.close()
      // It is looked at below, when the call has ended.
      closed.catch(() => {})
    })
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect((await outcomeOf(closed!)).error).toBe(bug)
  })

  it.each([
    ['nothing', undefined, 'undefined'],
    ['a promise', Promise.resolve({ close() {} }), 'an empty object'],
  ])(
    'whose watch gives %s is reported, watched once, and does not get in the way',
    async (_, given, words) => {
      const watch = vi.fn((sink: DiscoverySink) => {
        sink.update([a])
        return given
      })
      const { balancer } = fleet({ a: answer }, { discovery: odd(watch) })
      const errors: unknown[] = []
      balancer.on('discoveryfailed', ({ error }) => errors.push(String(error)))
      expect((await balancer.fetch('/')).status).toBe(200)
      balancer.pick().release()
      await balancer.ready()
      expect(watch).toHaveBeenCalledOnce()
      expect(errors).toEqual([
        `TypeError: watch() of discovery 'odd' gave ${words} instead of an object with close()`,
      ])
      await balancer.close()
    },
  )

  it('that has a list and then throws is reported, and its list is used', async () => {
    const { balancer } = fleet(
      { a: answer },
      {
        discovery: odd((sink) => {
          sink.update([a])
          throw new Error('no watching, only looking up')
        }),
      },
    )
    expect((await balancer.fetch('/')).status).toBe(200)
    expect(balancer.snapshot().discovery.error).toBe('Error: no watching, only looking up')
  })

  it.each([[undefined], ['nonsense'], [[null, 'nonsense']]])(
    'whose first list is %j leaves calls waiting for one that is a list',
    async (garbage) => {
      let sink: DiscoverySink | undefined
      const { balancer, clock } = fleet(
        { a: answer },
        {
          discovery: odd((given) => {
            sink = given
            return { close() {} }
          }),
        },
      )
      const call = balancer.fetch('/')
      sink?.update(garbage as never)
      await clock.advance(1_000)
      expect(balancer.snapshot().discovery).toMatchObject({
        arrived: false,
        error: expect.stringMatching(/./),
      })
      sink?.update([a])
      expect((await call).status).toBe(200)
    },
  )

  it.each([
    [
      'throws',
      () => {
        throw new Error('no parts')
      },
    ],
    ['is no list', () => 'parts'],
  ])('whose word on its parts %s does not get in the way of a snapshot', async (_, parts) => {
    const { balancer } = fleet(
      { a: answer },
      {
        discovery: odd((sink) => {
          sink.update([a])
          return { parts, close() {} }
        }),
      },
    )
    await balancer.ready()
    expect(balancer.snapshot().discovery).toMatchObject({ source: 'odd', stale: false })
    expect(balancer.snapshot().discovery).not.toHaveProperty('parts')
  })

  it('that leaves something out goes on being shown with what was wrong', async () => {
    const { balancer } = fleet(
      { a: answer },
      {
        discovery: odd((sink) => {
          sink.update([a, 'nonsense'])
          return { close() {} }
        }),
      },
    )
    await balancer.ready()
    expect(balancer.snapshot().discovery).toMatchObject({
      arrived: true,
      error: expect.stringContaining('endpoints[1]'),
    })
  })

  it.each([
    ['text', 'text'],
    [Object.create(null), 'an empty object'],
    [{ status: 500 }, 'an object with status'],
  ])('may fail with anything, such as %o', async (error, shown) => {
    const { balancer } = fleet(
      {},
      {
        discovery: odd((sink) => {
          sink.fail(error)
          return { close() {} }
        }),
      },
    )
    const call = outcomeOf(balancer.fetch('/'))
    expect(balancer.snapshot().discovery.error).toBe(shown)
    await balancer.close()
    expect((await call).error).toMatchObject({ code: 'ERR_CLOSED' })
  })
})
