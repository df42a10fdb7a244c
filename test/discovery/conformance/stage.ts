import {
  type Balancer,
  createBalancer,
  type DiscoverySink,
  type DiscoverySource,
  type DiscoveryWatch,
  roundRobin,
  type Transport,
} from 'evenkeel'
import { seededRandom } from 'evenkeel/testing'
import { expect } from 'vitest'
import { platformClock } from '../../../src/runtime/clock.js'
import { given } from './cases/case.ts'
import type { Harness, Member } from './harness.ts'

/** Real time, in ms, for something to come about; generous, for machines that are busy. */
const PATIENCE = 8_000
/** How many steps are taken to see that nothing happens. */
const A_WHILE = 20

/** Members by their numbers. */
export const members = (...numbers: readonly number[]): Member[] => numbers.map((n) => ({ n }))

/** A balancer over the source of a harness, and what it told. */
export class Stage {
  readonly harness: Harness
  readonly balancer: Balancer
  readonly source: DiscoverySource | undefined
  /** What changed, in order: `added 7`. */
  readonly told: string[] = []
  readonly errors: unknown[] = []

  constructor(harness: Harness, options = harness.options(), seed = 1) {
    this.harness = harness
    this.source = options.discovery
    this.balancer = createBalancer({
      name: 'conformance',
      ...options,
      transport: answering,
      policy: roundRobin(),
      random: seededRandom(seed),
      timeout: { total: 60_000 },
    })
    this.balancer.on('endpointadded', ({ endpoint }) => this.told.push(`added ${endpoint.id}`))
    this.balancer.on('endpointupdated', ({ endpoint }) => this.told.push(`updated ${endpoint.id}`))
    this.balancer.on('endpointremoved', ({ endpoint }) => this.told.push(`removed ${endpoint.id}`))
    this.balancer.on('discoveryfailed', ({ error }) => this.errors.push(error))
    harness.attach?.(this.balancer)
  }

  /** Watches the source without a balancer. */
  watch(sink: DiscoverySink): DiscoveryWatch {
    const { clock = platformClock } = this.harness.options()
    return given(this.source).watch(sink, { clock, random: seededRandom(7) })
  }

  get discovery() {
    return this.balancer.snapshot().discovery
  }

  ids(): string[] {
    return this.balancer.endpoints().map(({ id }) => id)
  }

  /** The ids of members, in words of what was told: `added`. */
  of(change: string, ...numbers: readonly number[]): string[] {
    return numbers.map((n) => `${change} ${this.harness.idOf(n)}`)
  }

  /** Waits for the first list. */
  async ready(): Promise<void> {
    await this.settled(this.balancer.ready())
  }

  /** The id of the endpoint that answered. */
  async call(): Promise<string> {
    return (await this.balancer.fetch('/')).text()
  }

  /** Who answers, when enough is asked that everybody who may be asked is. */
  async answerers(): Promise<string[]> {
    const ids = new Set<string>()
    for (let i = 0; i < 40; i++) ids.add(await this.call())
    return [...ids].sort()
  }

  /** Waits until exactly these are in use. */
  async holds(...numbers: readonly number[]): Promise<void> {
    const wanted = numbers.map((n) => this.harness.idOf(n)).sort()
    await this.until(`the list is ${numbers}`, () => {
      const ids = this.ids().sort()
      return ids.length === wanted.length && ids.every((id, i) => id === wanted[i])
    })
  }

  /** Waits until the list is known to be old, for a reason that is told. */
  async isStale(): Promise<void> {
    await this.until('the list is stale', () => this.discovery.stale)
    expect(this.discovery.error).toMatch(/./)
    expect(this.discovery.failures).toBeGreaterThan(0)
  }

  async isFresh(): Promise<void> {
    await this.until('the list is fresh', () => !this.discovery.stale && this.discovery.error === undefined)
  }

  /** Lets time pass until something holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE
    while (!holds()) {
      if (performance.now() > end) expect.fail(`it never came about that ${what}`)
      await this.harness.step()
    }
  }

  /** Lets time pass until a promise settles. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false
    const end = () => {
      done = true
    }
    promise.then(end, end)
    await this.until('a promise settled', () => done)
    return promise
  }

  /** Lets enough time pass for a source that would do something to do it. */
  async aWhile(): Promise<void> {
    for (let i = 0; i < A_WHILE; i++) await this.harness.step()
  }

  /** Closes, and sees that nothing is left and nothing goes on. */
  async close(): Promise<void> {
    await this.settled(this.balancer.close())
    // What was sent in the last moment may still arrive.
    for (let i = 0; i < 3; i++) await this.harness.step()
    const { told, errors } = this
    const before = [told.length, errors.length, this.harness.contacts().length]
    await this.until('nothing is held', () => this.harness.held() === 0)
    await this.aWhile()
    expect([told.length, errors.length, this.harness.contacts().length]).toEqual(before)
  }
}

/** Whoever is asked says who it is, wherever it is dialled. */
const answering: Transport = {
  capabilities: { dialAddress: true, unixSocket: true, http2: true, streamingUpload: true },
  send: async (endpoint) => new Response(endpoint.id),
}
