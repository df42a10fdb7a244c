import { createBalancer } from 'evenkeel'
import { merge, staticList } from 'evenkeel/discovery'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { told, watched } from './watched.ts'

function two() {
  const a = told('a')
  const b = told('b')
  return { a, b, ...watched(merge([a.source, b.source])) }
}

describe('merge', () => {
  it('has the endpoints of all, and waits for the first list of each', async () => {
    const { a, b, lists, errors, clock } = two()
    a.update('http://a1', 'http://a2')
    await clock.advance(1_999)
    expect(lists).toEqual([])
    b.update('http://b1')
    expect(lists).toEqual([['http://a1', 'http://a2', 'http://b1']])
    a.update('http://a2')
    expect(lists.at(-1)).toEqual(['http://a2', 'http://b1'])
    expect([errors, clock.pending]).toEqual([[], 0])
  })

  it('does not wait for one that fails, nor for long, nor when there is nothing at all', async () => {
    const failed = two()
    failed.a.update('http://a1')
    failed.b.fail('gone')
    expect(failed.lists).toEqual([['http://a1']])
    expect(failed.errors).toEqual(['b: gone'])
    failed.b.update('http://b1')
    expect(failed.last()).toEqual(['http://a1', 'http://b1'])

    const late = two()
    late.a.update('http://a1')
    await late.clock.advance(2_000)
    expect(late.lists).toEqual([['http://a1']])

    const nobody = two()
    await nobody.clock.advance(60_000)
    nobody.b.update('http://b1')
    expect(nobody.lists).toEqual([['http://b1']])
  })

  it('does not take nothing for all there is while somebody has not said what there is', async () => {
    const { a, b, lists } = two()
    a.fail('gone')
    b.update()
    expect(lists).toEqual([])
    a.update()
    expect(lists).toEqual([[]])
  })

  it('keeps the last good list of each, whatever the others say', async () => {
    const { a, b, last, errors } = two()
    a.update('http://a1')
    b.update('http://b1')
    b.update()
    b.garble('nonsense')
    b.fail('gone')
    a.update('http://a2')
    expect(last()).toEqual(['http://a2', 'http://b1'])
    expect(errors).toEqual([
      'b: it gave an empty list; the last one stays in use',
      'b: it gave "nonsense" instead of an array',
      'b: gone',
    ])
  })

  it('is as old as the oldest of its lists', async () => {
    const { a, b, times, clock } = two()
    a.update('http://a1')
    const then = clock.now()
    await clock.advance(500)
    b.update('http://b1')
    expect(times).toEqual([then])
    a.update('http://a1')
    expect(times.at(-1)).toBe(then + 500)
  })

  it('takes the first of two with the same id, and tells', async () => {
    const clock = virtualClock()
    const lists = [
      [{ id: 'x', url: 'http://first' }, 'http://y'],
      [{ id: 'x', url: 'http://second' }, 'http://y', 'http://z'],
    ] as const
    const balancer = createBalancer({ discovery: merge(lists.map((list) => staticList(list))), clock })
    const errors: string[] = []
    balancer.on('discoveryfailed', ({ error }) => errors.push((error as Error).message))
    await balancer.ready()
    expect(balancer.endpoints().map(({ url }) => url)).toEqual(['http://first', 'http://y', 'http://z'])
    expect(errors).toEqual([
      expect.stringMatching(
        /endpoints\[2\]\.id`: got "x"; allowed is an id of its own; the first one is kept/,
      ),
      expect.stringMatching(/endpoints\[3\]\.id`: got "http:\/\/y"/),
    ])
    await balancer.close()
  })

  it('shows in snapshots which of them is stale, also after the other has a new list', async () => {
    const a = told('a')
    const b = told('b')
    const clock = virtualClock()
    const balancer = createBalancer({ discovery: merge([a.source, b.source]), clock })
    const ready = balancer.ready()
    a.update('http://a1')
    b.update('http://b1')
    await ready
    await clock.advance(1_000)
    b.fail('gone')
    await clock.advance(5_000)
    a.update('http://a1')
    const since = clock.now() - 5_000
    expect(balancer.snapshot().discovery).toMatchObject({
      source: 'merge(a, b)',
      stale: true,
      age: 6_000,
      error: 'Error: gone',
      failures: 1,
      failingSince: since,
      parts: [
        { source: 'a', stale: false, failures: 0, age: 0, inUse: true },
        { source: 'b', stale: true, failures: 1, age: 6_000, failingSince: since },
      ],
    })
    b.update('http://b1')
    expect(balancer.snapshot().discovery).toMatchObject({ stale: false, failures: 0 })
    expect(balancer.snapshot().discovery).not.toHaveProperty('error')
    await balancer.close()
  })

  it('says of one that has never had a list that it has none', async () => {
    const a = told('a')
    const clock = virtualClock()
    const balancer = createBalancer({ discovery: merge([a.source, told('b').source]), clock })
    const ready = balancer.ready()
    a.update('http://a1')
    await clock.advance(2_000)
    await ready
    expect(balancer.snapshot().discovery).toMatchObject({ stale: true, error: 'b has no list yet' })
    await balancer.close()
  })

  it('passes refresh and close on, and warnings up; hears nothing after close', async () => {
    const { a, b, watch, warnings, lists, errors, clock } = two()
    watch.refresh?.()
    a.warn('odd')
    expect([a.seen.refreshes, b.seen.refreshes, warnings]).toEqual([1, 1, ['odd']])
    await watch.close()
    for (const source of [a, b]) {
      source.update('http://a')
      source.fail('late')
      source.warn('late')
    }
    watch.refresh?.()
    await clock.advance(60_000)
    expect([lists, errors, warnings.length, a.seen.closes, clock.pending]).toEqual([[], [], 1, 1, 0])
  })

  it('has all of them look again, also when one of them cannot', () => {
    const a = told('a')
    const odd = {
      name: 'odd',
      watch: () => ({
        refresh() {
          throw new Error('no looking')
        },
        close() {},
      }),
    }
    const { watch, warnings, errors } = watched(merge([odd, a.source]))
    watch.refresh?.()
    expect([a.seen.refreshes, warnings, errors]).toEqual([1, ['odd: no looking'], []])
  })

  it('tries one that cannot be watched again, and goes on without it', async () => {
    const a = told('a')
    let broken = true
    const b = told('b')
    const odd = {
      name: 'odd',
      watch(...given: Parameters<typeof b.source.watch>) {
        if (broken) throw new Error('no such file')
        return b.source.watch(...given)
      },
    }
    const { lists, errors, clock, watch } = watched(merge([odd, a.source]))
    expect(errors).toEqual(['odd: no such file'])
    a.update('http://a1')
    expect(lists).toEqual([['http://a1']])
    await clock.advance(5_000)
    expect(errors).toHaveLength(2)
    broken = false
    await clock.advance(5_000)
    b.update('http://b1')
    expect(lists.at(-1)).toEqual(['http://b1', 'http://a1'])
    broken = true
    await watch.close()
    expect(clock.pending).toBe(0)
  })

  it('closes all, also when one of them cannot be closed', async () => {
    const a = told('a')
    const bug = new Error('not closed')
    const odd = { name: 'odd', watch: () => ({ close: () => Promise.reject(bug) }) }
    const { watch } = watched(merge([odd, a.source]))
    await expect(Promise.resolve(watch.close())).rejects.toBe(bug)
    expect(a.seen.closes).toBe(1)
  })

  it('takes what watch() gives for what it is', () => {
    const { errors } = watched(merge([{ name: 'odd', watch: () => undefined as never }]))
    expect(errors).toEqual(['odd: its watch() gave undefined instead of an object with close()'])
  })
})
