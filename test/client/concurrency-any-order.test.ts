import { createBalancer, type Endpoint, isBalancerError, type Pick } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refused } from '../support/fleet.js'

const priorities = ['critical', 'default', 'sheddable'] as const
const ids = ['a', 'b', 'c']

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      priority: fc.constantFrom(...priorities),
      part: fc.constantFrom(undefined, undefined, 0, 1),
      total: fc.constantFrom(3_000, 3_000, 40),
      calls: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(20), how: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pick' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), who: fc.subarray(ids) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 20, 150, 600) }),
  },
)

const story = fc.record({
  seed: fc.nat(),
  order: fc.constantFrom('fifo' as const, 'lifo' as const, 'adaptive' as const),
  size: fc.constantFrom(1, 4, 20),
  maxPerEndpoint: fc.constantFrom(undefined, 1, 2),
  maxTotal: fc.constantFrom(1, 3, 5),
  commands: fc.array(command, { maxLength: 60, size: 'max' }),
})

describe('limits and a queue', () => {
  it('let no more begin than may, forget nobody, and leave nothing behind, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ seed, order, size, maxPerEndpoint, maxTotal, commands }) => {
        const clock = virtualClock()
        const server: { endpoint: Endpoint; end(how: number): void }[] = []
        const running = new Set<AbortController>()
        const picks: Pick[] = []
        const inFlight = new Map<string, number>()
        const step = (id: string, by: number) => inFlight.set(id, (inFlight.get(id) ?? 0) + by)
        let wrong: unknown
        const balancer = createBalancer({
          endpoints: ids.map((id, part) => ({ id, url: `x://${id}`, metadata: { part: part % 2 } })),
          clock,
          random: seededRandom(seed),
          timeout: { attempt: 1_000 },
          concurrency: {
            ...(maxPerEndpoint !== undefined && { maxPerEndpoint }),
            maxTotal,
            queue: { order, size, timeout: 400 },
          },
        })
        const check = () => {
          const { concurrency, endpoints } = balancer.snapshot()
          const sum = [...inFlight.values()].reduce((a, b) => a + b, 0)
          expect(sum).toBeLessThanOrEqual(maxTotal)
          expect(Math.max(0, ...inFlight.values())).toBeLessThanOrEqual(maxPerEndpoint ?? maxTotal)
          expect(concurrency?.inFlight).toBeLessThanOrEqual(maxTotal)
          expect(concurrency?.queue?.queued).toBeLessThanOrEqual(size)
          expect(concurrency?.queue?.queued).toBeLessThanOrEqual(running.size)
          return { concurrency, endpoints }
        }
        /** Nobody waits while there is room for them. */
        const checkWaiting = () => {
          const { concurrency, endpoints } = check()
          if (concurrency?.queue?.queued === 0) return
          const enough = Math.max(1, Math.ceil(0.75 * (concurrency?.limit ?? 0)))
          const someFull = endpoints.some(
            ({ inFlight, limit = Number.POSITIVE_INFINITY }) => inFlight >= limit,
          )
          expect((concurrency?.inFlight ?? 0) >= enough || someFull).toBe(true)
        }
        const act = (endpoint: Endpoint, signal: AbortSignal) =>
          new Promise<string>((resolve, reject) => {
            step(endpoint.id, 1)
            try {
              check()
            } catch (error) {
              wrong ??= error
            }
            let over = false
            const end = (how: number) => {
              if (over) return
              over = true
              server.splice(server.indexOf(entry), 1)
              step(endpoint.id, -1)
              if (how === 0) resolve('done')
              else reject(how === 1 ? refused() : new Error('failed'))
            }
            const entry = { endpoint, end }
            server.push(entry)
            signal.addEventListener('abort', () => end(2))
          })
        for (const given of commands) {
          switch (given.do) {
            case 'call':
              for (let i = 0; i < given.calls; i++) {
                const controller = new AbortController()
                running.add(controller)
                const { priority, part, total } = given
                const call = balancer.execute(({ endpoint, signal }) => act(endpoint, signal), {
                  ...{ priority, signal: controller.signal, timeout: { total }, idempotent: true },
                  ...(part !== undefined && { subset: { part } }),
                })
                call
                  .catch((error) => {
                    if (!isBalancerError(error) && error !== 'given up') wrong ??= error
                  })
                  .finally(() => running.delete(controller))
              }
              break
            case 'end':
              server[given.which % (server.length || 1)]?.end(given.how)
              break
            case 'abort':
              ;[...running][given.which % (running.size || 1)]?.abort('given up')
              break
            case 'pick':
              try {
                const pick = balancer.pick()
                step(pick.endpoint.id, 1)
                picks.push(pick)
              } catch (error) {
                if (!isBalancerError(error)) throw error
              }
              break
            case 'release': {
              const pick = picks.shift()
              if (pick === undefined) break
              step(pick.endpoint.id, -1)
              pick.release()
              break
            }
            case 'list':
              balancer.setEndpoints(
                given.who.map((id) => ({ id, url: `x://${id}`, metadata: { part: ids.indexOf(id) % 2 } })),
              )
              break
            case 'pass':
              await clock.advance(given.ms)
          }
          await clock.advance(0)
          if (wrong !== undefined) throw wrong
          checkWaiting()
        }
        for (const pick of picks) pick.release()
        await clock.advance(3_100)
        await clock.advance(0)
        expect(running.size).toBe(0)
        await balancer.close()
        expect(clock.pending).toBe(0)
        expect(balancer.snapshot()).toMatchObject({ concurrency: { inFlight: 0, queue: { queued: 0 } } })
      }),
      { numRuns: 200 },
    )
  }, 120_000)
})
