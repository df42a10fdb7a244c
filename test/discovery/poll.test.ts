import { seededRandom, type VirtualClock, virtualClock } from 'evenkeel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Poll, type PollTask } from '../../src/discovery/poll.js'

type Look = PollTask['look']

/** A poll in virtual time, from 1 s to 60 s, and when it looked, in ms from its start. */
function poll(look: Look, options: Partial<PollTask> & { readonly clock?: VirtualClock } = {}) {
  const clock = options.clock ?? virtualClock(0)
  const looks: number[] = []
  const failures: unknown[] = []
  const started = new Poll({
    minInterval: 1_000,
    maxInterval: 60_000,
    random: () => 0,
    ...options,
    clock,
    look(signal) {
      looks.push(clock.now())
      return look(signal)
    },
    failed: (error) => failures.push(error),
  })
  return { poll: started, clock, looks, failures }
}

const goodFor =
  (ttl?: number): Look =>
  (_signal) =>
    Promise.resolve(ttl)
const fails: Look = () => Promise.reject(new Error('no answer'))

describe('a poll', () => {
  it('looks at once, and again when what was found is no longer good', async () => {
    const { looks, clock } = poll(goodFor(5_000))
    expect(looks).toEqual([0])
    await clock.advance(15_000)
    expect(looks).toEqual([0, 5_000, 10_000, 15_000])
  })

  it.each([
    ['the minimum', 200, 1_000],
    ['the minimum of nothing', 0, 1_000],
    ['the minimum of less', -5, 1_000],
    ['the maximum', 3_600_000, 60_000],
    ['the maximum when nothing is said', undefined, 60_000],
    ['the maximum of no number', Number.NaN, 60_000],
  ])('keeps to %s', async (_, ttl, interval) => {
    const { looks, clock } = poll(goodFor(ttl))
    await clock.advance(2 * interval)
    expect(looks).toEqual([0, interval, 2 * interval])
  })

  it('comes early by up to a tenth, and never late', async () => {
    const { looks, clock } = poll(goodFor(10_000), { random: seededRandom(1) })
    await clock.advance(1_000_000)
    const intervals = looks.slice(1).map((at, index) => at - (looks[index] ?? 0))
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(9_000)
    expect(Math.max(...intervals)).toBeLessThanOrEqual(10_000)
    expect(Math.max(...intervals) - Math.min(...intervals)).toBeGreaterThan(800)
  })

  it('measures from the end of a look, and never has two at a time', async () => {
    const clock = virtualClock(0)
    const { looks } = poll(() => new Promise((resolve) => clock.setTimer(() => resolve(2_000), 3_000)), {
      clock,
    })
    await clock.advance(10_000)
    expect(looks).toEqual([0, 5_000, 10_000])
  })

  it('backs off while it fails, up to the maximum, and tells each failure', async () => {
    const { looks, failures, clock } = poll(fails)
    await clock.advance(180_000)
    expect(looks).toEqual([0, 2_000, 6_000, 14_000, 30_000, 62_000, 122_000])
    expect(failures).toHaveLength(7)
    expect(failures[0]).toEqual(new Error('no answer'))
  })

  it('leaves half of each pause to chance', async () => {
    const { looks, clock } = poll(fails, { random: () => 0.999_999 })
    await clock.advance(62_000)
    expect(looks).toEqual([0, 1_001, 3_002, 7_003, 15_004, 31_005, 61_006])
  })

  it('begins the pauses anew after a success', async () => {
    let count = 0
    const { looks, failures, clock } = poll(() =>
      ++count % 3 === 0 ? Promise.resolve(5_000) : fails(undefined!),
    )
    await clock.advance(21_000)
    expect(looks).toEqual([0, 2_000, 6_000, 11_000, 13_000, 17_000])
    expect(failures).toHaveLength(4)
  })

  it('takes an error that is thrown at once for a failure', async () => {
    const bug = new Error('bug')
    const { failures, clock } = poll(() => {
      throw bug
    })
    await clock.advance(2_000)
    expect(failures).toEqual([bug, bug])
  })

  describe('that is told to refresh', () => {
    it('looks at once when the last look is long ago', async () => {
      const { poll: it, looks, clock } = poll(goodFor(30_000))
      await clock.advance(7_000)
      it.refresh()
      await clock.advance(30_000)
      expect(looks).toEqual([0, 7_000, 37_000])
    })

    it('waits for the minimum when it is not, however often it is told', async () => {
      const { poll: it, looks, clock } = poll(goodFor(30_000))
      for (let ms = 0; ms < 3_000; ms++) {
        it.refresh()
        await clock.advance(1)
      }
      expect(looks).toEqual([0, 1_000, 2_000, 3_000])
      expect(clock.pending).toBe(1)
    })

    it('does so while it backs off: somebody needs the list', async () => {
      const { poll: it, looks, clock } = poll(fails)
      await clock.advance(40_000)
      expect(looks.at(-1)).toBe(30_000)
      it.refresh()
      await clock.advance(100)
      expect(looks.at(-1)).toBe(40_000)
    })

    it('does nothing beside a look that is under way', async () => {
      const clock = virtualClock(0)
      const { poll: it, looks } = poll(
        () => new Promise((resolve) => clock.setTimer(() => resolve(30_000), 5_000)),
        { clock },
      )
      await clock.advance(2_000)
      it.refresh()
      await clock.advance(10_000)
      expect(looks).toEqual([0])
    })

    it('never looks more often than the minimum, nor later than it would have', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ pause: fc.nat(1_500), refreshes: fc.nat(2) }), { maxLength: 20 }),
          fc.array(fc.option(fc.integer({ min: -100, max: 5_000 })), { minLength: 1, maxLength: 10 }),
          fc.integer(),
          async (steps, answers, seed) => {
            let count = 0
            const {
              poll: it,
              looks,
              clock,
            } = poll(
              () => {
                const ttl = answers[count++ % answers.length]
                return ttl === null ? fails(undefined!) : Promise.resolve(ttl)
              },
              { random: seededRandom(seed), maxInterval: 4_000 },
            )
            for (const { pause, refreshes } of steps) {
              for (let i = 0; i < refreshes; i++) it.refresh()
              await clock.advance(pause)
            }
            it.close()
            for (const [index, at] of looks.slice(1).entries()) {
              expect(at - (looks[index] ?? 0)).toBeGreaterThanOrEqual(1_000)
              expect(at - (looks[index] ?? 0)).toBeLessThanOrEqual(4_000)
            }
          },
        ),
        { numRuns: 50 },
      )
    })
  })

  describe('that is closed', () => {
    it('leaves no timer, and does not look again', async () => {
      const { poll: it, looks, clock } = poll(goodFor(5_000))
      await clock.advance(1)
      it.close()
      it.refresh()
      await clock.advance(100_000)
      expect([looks, clock.pending]).toEqual([[0], 0])
    })

    it.each<[string, (signal: AbortSignal, wait: Promise<void>) => Promise<number>]>([
      ['ends well', (_signal, wait) => wait.then(() => 5_000)],
      ['fails', (_signal, wait) => wait.then(() => Promise.reject(new Error('cancelled')))],
      ['fails by being aborted', (signal, wait) => wait.then(() => Promise.reject(signal.reason))],
    ])('tells nobody of a look that %s after that', async (_, look) => {
      let end = () => {}
      const wait = new Promise<void>((resolve) => {
        end = resolve
      })
      let aborted: AbortSignal | undefined
      const {
        poll: it,
        looks,
        failures,
        clock,
      } = poll((signal) => {
        aborted = signal
        return look(signal, wait)
      })
      it.close()
      expect(aborted?.aborted).toBe(true)
      end()
      await clock.advance(100_000)
      expect([looks, failures, clock.pending]).toEqual([[0], [], 0])
    })

    it('by whoever hears of a failure looks no more', async () => {
      const clock = virtualClock(0)
      const looks: number[] = []
      const it: Poll = new Poll({
        minInterval: 1_000,
        maxInterval: 1_000,
        clock,
        random: () => 0,
        look: (signal) => {
          looks.push(clock.now())
          return fails(signal)
        },
        failed: () => it.close(),
      })
      await clock.advance(10_000)
      expect([looks, clock.pending]).toEqual([[0], 0])
    })
  })

  it('keeps no process alive', async () => {
    let unrefs = 0
    const clock = virtualClock(0)
    const { looks } = poll(goodFor(5_000), {
      clock: Object.assign(clock, {
        setTimer: (callback: () => void, delay: number) => ({
          callback,
          delay,
          unref: () => unrefs++,
        }),
      }),
    })
    await clock.advance(0)
    expect([looks, unrefs]).toEqual([[0], 1])
  })
})
