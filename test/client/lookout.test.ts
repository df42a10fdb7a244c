import type { DiscoverySink, DiscoverySource } from 'evenkeel'
import { roundRobin } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, type Behaviour, elapse, fleet, outcomeOf, refuse, status } from '../support/fleet.js'

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const

/** Six endpoints by a source that can be told to look again. */
function discovered(options: Parameters<typeof fleet>[1] = {}) {
  const refresh = vi.fn()
  let sink: DiscoverySink | undefined
  const discovery: DiscoverySource = {
    name: 'told',
    watch(given) {
      sink = given
      given.update(LETTERS.map((id) => ({ id, url: `http://${id}.test` })))
      return { refresh, close() {} }
    },
  }
  const does = Object.fromEntries(LETTERS.map((id) => [id, answer]))
  const f = fleet(does, { discovery, policy: roundRobin(), retry: { attempts: 1 }, ...options })
  const become = (behaviour: Behaviour, ...ids: readonly string[]) => {
    for (const id of ids) f.does[id] = behaviour
  }
  const calls = async (count: number) => {
    for (let i = 0; i < count; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
  }
  return { ...f, refresh, become, calls, sink: () => sink }
}

describe('a source', () => {
  it('is not asked to look again as long as half of its endpoints are well', async () => {
    const { become, calls, refresh, balancer } = discovered()
    become(refuse, 'a', 'b', 'c')
    await calls(60)
    expect(balancer.snapshot().endpoints.filter(({ eligible }) => !eligible)).toHaveLength(3)
    expect(refresh).not.toHaveBeenCalled()
  })

  it('is when most of them look dead: at the moment they do, and not with each call', async () => {
    const { become, calls, refresh, balancer, clock } = discovered()
    become(refuse, 'a', 'b', 'c', 'd')
    await calls(60)
    const { endpoints } = balancer.snapshot()
    expect(endpoints.filter(({ eligible }) => !eligible).length).toBeGreaterThan(3)
    expect(refresh).toHaveBeenCalled()
    expect(refresh.mock.calls.length).toBeLessThan(6)
    // Calls that succeed change nothing.
    become(answer, ...LETTERS)
    refresh.mockClear()
    await clock.advance(60_000)
    await calls(30)
    expect(refresh).not.toHaveBeenCalled()
  })

  it('is when checks find most of them ill, although there are no calls', async () => {
    let ill = false
    const { balancer, clock, refresh } = discovered({
      healthCheck: {
        interval: 1_000,
        idleInterval: 1_000,
        check: async ({ id }) => {
          if (ill && id !== 'a') throw new Error('ill')
        },
      },
    })
    await balancer.ready()
    await clock.advance(5_000)
    ill = true
    await clock.advance(20_000)
    expect(refresh).toHaveBeenCalled()
    expect(refresh.mock.calls.length).toBeLessThan(4)
  })

  it('is when a call finds nobody, once a second at the most', async () => {
    const { become, calls, refresh, balancer, clock } = discovered({ panicThreshold: 0 })
    become(refuse, ...LETTERS)
    await calls(100)
    refresh.mockClear()
    await clock.advance(1_000)
    for (let i = 0; i < 1_000; i++) {
      try {
        balancer.pick().fail(new Error('x'))
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/ERR_NO_ENDPOINTS|ERR_CIRCUIT_OPEN/) })
      }
    }
    await clock.advance(0)
    expect(refresh).toHaveBeenCalledOnce()
    await clock.advance(1_000)
    expect(() => Array.from({ length: 100 }, () => balancer.pick())).toThrow(/endpoint/)
    await clock.advance(0)
    expect(refresh).toHaveBeenCalledTimes(2)
  })

  it('that throws when it is asked is reported, and the call is as it was', async () => {
    const { become, calls, refresh, balancer } = discovered()
    const errors: unknown[] = []
    balancer.on('discoveryfailed', ({ error }) => errors.push(error))
    refresh.mockImplementation(() => {
      throw new Error('no looking')
    })
    become(refuse, ...LETTERS)
    await calls(60)
    expect(errors[0]).toEqual(new Error('no looking'))
    // The list is as good as it was.
    expect(balancer.snapshot().discovery).toMatchObject({ stale: false, error: 'Error: no looking' })
  })

  it('may answer with a list in the same breath', async () => {
    const { become, calls, refresh, sink, does, balancer } = discovered()
    does['z'] = answer
    refresh.mockImplementation(() => sink()?.update([{ id: 'z', url: 'http://z.test' }]))
    become(status(503), ...LETTERS)
    await calls(100)
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['z'])
    expect((await balancer.fetch('/')).status).toBe(200)
  })

  it('is left alone when the balancer is closed', async () => {
    const { become, calls, refresh, balancer } = discovered()
    await balancer.ready()
    become(refuse, ...LETTERS)
    const last = calls(8)
    await balancer.close()
    await last
    refresh.mockClear()
    expect(() => balancer.pick()).toThrow(/closed/)
    expect(refresh).not.toHaveBeenCalled()
  })
})
