import { createBalancer } from 'evenkeel'
import { type FallbackOptions, fallback, staticList } from 'evenkeel/discovery'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { told, watched } from './watched.ts'

function two(options: FallbackOptions = {}) {
  const a = told('a')
  const b = told('b')
  return { a, b, ...watched(fallback([a.source, b.source], options)) }
}

describe('fallback', () => {
  it('uses the first, and does not ask the second as long as the first has a list', async () => {
    const { a, b, lists, clock } = two()
    a.update('http://a1')
    await clock.advance(60_000)
    a.fail('gone')
    await clock.advance(3_600_000)
    a.update('http://a2')
    expect(lists).toEqual([['http://a1'], ['http://a2']])
    expect(b.seen.watches).toBe(0)
  })

  it('goes on at once from one that fails at the start, and in its time from one that says nothing', async () => {
    const failing = two()
    failing.a.fail('gone')
    expect(failing.b.seen.watches).toBe(1)
    failing.b.update('http://b1')
    expect(failing.lists).toEqual([['http://b1']])
    expect(failing.errors).toEqual(['a: gone'])

    const silent = two()
    await silent.clock.advance(4_999)
    expect(silent.b.seen.watches).toBe(0)
    await silent.clock.advance(1)
    expect(silent.b.seen.watches).toBe(1)
    silent.b.update('http://b1')
    expect(silent.lists).toEqual([['http://b1']])
  })

  it('goes on from one that is empty, and from there, in any number', async () => {
    const c = told('c')
    const empty = staticList([])
    const { lists, errors } = watched(fallback([empty, empty, c.source, staticList(['http://d'])]))
    expect(lists).toEqual([])
    c.update('http://c')
    expect([lists, errors]).toEqual([[['http://c']], []])
    expect(watched(fallback([empty, staticList(['http://d'])])).lists).toEqual([[`http://d`]])
  })

  it('bears an empty answer for a while, and then goes over, and tells', async () => {
    const { a, b, lists, warnings, clock } = two()
    a.update('http://a1')
    a.update()
    expect(b.seen.watches).toBe(1)
    b.update('http://b1')
    await clock.advance(3_000)
    a.update()
    await clock.advance(1_999)
    expect(lists).toEqual([['http://a1']])
    await clock.advance(1)
    expect(lists).toEqual([['http://a1'], ['http://b1']])
    expect(warnings).toEqual(['a has nothing to use: the list of b is taken'])
  })

  it('does not go over when the answer is there again in time', async () => {
    const { a, b, lists, clock } = two()
    a.update('http://a1')
    a.update()
    b.update('http://b1')
    await clock.advance(4_000)
    a.update('http://a1')
    await clock.advance(60_000)
    expect(lists).toEqual([['http://a1'], ['http://a1']])
  })

  it('goes back to one that has been well for a while, and not while it swings', async () => {
    const { a, b, last, clock } = two()
    a.fail('gone')
    b.update('http://b1')
    for (let i = 0; i < 10; i++) {
      a.update('http://a1')
      await clock.advance(9_999)
      expect(last()).toEqual(['http://b1'])
      a.fail('again')
      await clock.advance(1_000)
    }
    a.update('http://a1')
    await clock.advance(5_000)
    a.update('http://a2')
    await clock.advance(4_999)
    expect(last()).toEqual(['http://b1'])
    await clock.advance(1)
    expect(last()).toEqual(['http://a2'])
    b.update('http://b2')
    expect(last()).toEqual(['http://a2'])
  })

  it('does not wait to go back from one that has nothing to use itself', async () => {
    const { a, b, last, clock } = two({ maxStale: 60_000 })
    a.fail('gone')
    b.update('http://b1')
    b.fail('gone too')
    await clock.advance(60_000)
    a.update('http://a1')
    expect(last()).toEqual(['http://a1'])
  })

  it('gives up a list that has been stale for too long, if there is another', async () => {
    const { a, b, last, clock } = two({ maxStale: 60_000 })
    a.update('http://a1')
    a.fail('gone')
    await clock.advance(59_999)
    expect(b.seen.watches).toBe(0)
    await clock.advance(1)
    expect(b.seen.watches).toBe(1)
    expect(last()).toEqual(['http://a1'])
    b.update('http://b1')
    expect(last()).toEqual(['http://b1'])
  })

  it('keeps the last list when nobody has anything to use', async () => {
    const { a, b, lists, errors, clock } = two({ maxStale: 60_000 })
    a.update('http://a1')
    a.fail('gone')
    await clock.advance(100_000)
    b.fail('gone too')
    b.update()
    await clock.advance(1_000_000)
    expect(lists).toEqual([['http://a1']])
    // Of the one that stands by it is enough that snapshots tell.
    expect(errors).toEqual(['a: gone'])
  })

  it('shows what is in use and what is wrong with the rest', async () => {
    const a = told('a')
    const b = told('b')
    const clock = virtualClock()
    const balancer = createBalancer({ discovery: fallback([a.source, b.source]), clock })
    const ready = balancer.ready()
    a.fail('gone')
    b.update('http://b1')
    await ready
    await clock.advance(700)
    a.fail('gone again')
    expect(balancer.snapshot().discovery).toMatchObject({
      source: 'fallback(a, b)',
      arrived: true,
      stale: false,
      failures: 0,
      age: 700,
      parts: [
        { source: 'a', arrived: false, failures: 2, error: 'Error: gone again', inUse: false },
        { source: 'b', arrived: true, stale: false, inUse: true },
      ],
    })
    b.fail('gone too')
    expect(balancer.snapshot().discovery).toMatchObject({ stale: true, error: 'Error: b: gone too' })
    await balancer.close()
  })

  it('passes refresh and close on to all it has begun with, and hears nothing after close', async () => {
    const { a, b, watch, warnings, lists, errors, clock } = two()
    watch.refresh?.()
    expect([a.seen.refreshes, b.seen.refreshes]).toEqual([1, 0])
    a.fail('gone')
    watch.refresh?.()
    a.warn('odd')
    expect([a.seen.refreshes, b.seen.refreshes, warnings]).toEqual([2, 1, ['odd']])
    await watch.close()
    b.update('http://b1')
    a.fail('late')
    await clock.advance(60_000)
    expect([lists, errors, a.seen.closes, b.seen.closes, clock.pending]).toEqual([[], ['a: gone'], 1, 1, 0])
  })

  it('may be closed by whoever takes its first list', async () => {
    const balancer = createBalancer({ discovery: fallback([staticList([]), staticList(['http://b1'])]) })
    balancer.on('endpointadded', () => void balancer.close())
    await expect(balancer.fetch('/')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})
