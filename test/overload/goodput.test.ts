import { adaptiveLimit } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { overload } from './overloaded.js'

/** 200 calls a second can be served, three times as many come, and callers wait half a second. */
const world = { slots: 10, service: 50, rate: 600, patience: 500, seconds: 15 }
const capacity = 200

describe('with three times as many calls as can be served', { timeout: 60_000 }, () => {
  it('nearly nothing is of use when all are sent: the server works on what nobody waits for', async () => {
    const { default: calls } = await overload(world, {})
    expect(calls.offered).toBeGreaterThan(500)
    expect(calls.good).toBeLessThan(0.1 * capacity)
  })

  it('nor when they wait in a long line on this side', async () => {
    const { default: calls } = await overload(world, {
      concurrency: { maxPerEndpoint: 10, queue: { size: 200, order: 'fifo', timeout: 500 } },
    })
    expect(calls.good).toBeLessThan(0.6 * capacity)
  })

  it.each([
    ['a limit', { maxPerEndpoint: 15 }],
    ['a limit and a queue', { maxPerEndpoint: 10, queue: { size: 200, timeout: 500 } }],
    ['an adaptive limit', { maxPerEndpoint: adaptiveLimit() }],
    ['an adaptive limit and a queue', { maxPerEndpoint: adaptiveLimit(), queue: { timeout: 250 } }],
  ])('nine tenths and more of what can be served are with %s', async (_, concurrency) => {
    const { default: calls } = await overload(world, { concurrency })
    expect(calls.good).toBeGreaterThan(0.9 * capacity)
  })

  it('critical ones are served, then the others, and sheddable ones with what is left', async () => {
    const mix = ['critical', 'default', 'default', 'sheddable', 'sheddable', 'sheddable'] as const
    const {
      critical,
      default: others,
      sheddable,
    } = await overload(world, { concurrency: { maxPerEndpoint: 10, queue: { size: 20, timeout: 250 } } }, mix)
    expect(critical.good / critical.offered).toBeGreaterThan(0.97)
    expect(others.good).toBeGreaterThan(0.7 * (capacity - critical.good))
    expect(sheddable.good / sheddable.offered).toBeLessThan(0.15)
    expect(critical.good + others.good + sheddable.good).toBeGreaterThan(0.9 * capacity)
  })
})
