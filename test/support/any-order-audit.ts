import {
  type Balancer,
  BalancerError,
  type BalancerEvents,
  type BalancerSnapshot,
  type Endpoint,
} from 'evenkeel'
import { expect } from 'vitest'
import type { Entry, Setting } from './any-order-commands.js'

const BARRED: ReadonlySet<string> = new Set(['unhealthy', 'fault', 'weight-zero', 'outside-subset'])
/** A trial that is not heard of for so long was lost. */
const TRIAL_LIMIT = 60_000

/** Reads the events of a balancer like a ledger: what was opened has to be closed, and what was begun to end. */
export class Audit {
  readonly #balancer: Balancer
  readonly #ejected = new Set<Endpoint>()
  readonly #broken = new Set<Endpoint | undefined>()
  readonly #ill = new Set<Endpoint>()
  readonly #panicking = new Set<number>()
  #lost: { readonly short: boolean } | undefined
  /** Until when endpoints said to be out are to be left alone. */
  readonly #outUntil = new Map<Endpoint | undefined, number>()
  readonly #trials = new Map<Endpoint, { at: number; over(): boolean }>()
  #ended = 0
  /** The first thing that was wrong, since a listener cannot fail the test. */
  #wrong: unknown
  list: ReadonlyMap<string, Entry> = new Map()
  /** Where there are connections that last, which may be judged before they end. */
  readonly open: Endpoint[] = []

  readonly #breakers: boolean
  readonly #masters: { readonly keepsMaster: boolean; readonly masterOnly: boolean }
  readonly #limits: Setting['limits']
  /** Who was told to be master last. */
  #master: Endpoint | undefined

  constructor(
    balancer: Balancer,
    breakers: boolean,
    masters: { readonly keepsMaster: boolean; readonly masterOnly: boolean },
    limits: Setting['limits'],
  ) {
    this.#breakers = breakers
    this.#masters = masters
    this.#limits = limits
    this.#balancer = balancer
    const check = (what: string, ok: boolean) => this.check(what, ok)
    balancer.on('attempt', ({ endpoint }) => {
      this.#ended++
      check(`${endpoint.id} has ${endpoint.inFlight} in flight`, endpoint.inFlight >= 0)
    })
    balancer.on('ejected', (event) => {
      const { endpoint, rule, until } = event
      this.#explain(event)
      const again = this.#ejected.has(endpoint)
      check(
        `${endpoint.id} was ejected (${rule}), ejected before: ${again}`,
        again === (rule === 'trial-failed'),
      )
      check(`the ejection of ${endpoint.id} has passed`, until > balancer.snapshot().time)
      this.#ejected.add(endpoint)
      this.#out(endpoint, until)
      const { priorities } = balancer.snapshot()
      const left = priorities.reduce((sum, { eligible }) => sum + eligible, 0)
      check(`the ejection of ${endpoint.id} left nobody`, again || left > 0)
      const weighted = priorities.reduce((sum, { total }) => sum + total, 0)
      // Those that nobody may try out, whatever becomes of their ejection, leave their places to others.
      const barred = balancer.snapshot().endpoints.flatMap(({ id, state }) => (BARRED.has(state) ? [id] : []))
      const out = balancer
        .endpoints()
        .filter((one) => this.#ejected.has(one) && !barred.includes(one.id)).length
      check(`${out} of ${weighted} are ejected`, again || out <= Math.max(1, weighted / 2))
    })
    balancer.on('ejectionskipped', (event) => {
      check(`${event.endpoint.id} is ejected already`, !this.#ejected.has(event.endpoint))
      this.#explain(event)
    })
    balancer.on('readmitted', ({ endpoint }) =>
      check(`${endpoint.id} was readmitted but not ejected`, this.#ejected.delete(endpoint)),
    )
    balancer.on('unhealthy', ({ endpoint }) => {
      check(`${endpoint.id} is unhealthy once more`, !this.#ill.has(endpoint))
      this.#ill.add(endpoint)
    })
    balancer.on('healthy', ({ endpoint }) => {
      this.#ill.delete(endpoint)
      const { state } = balancer.snapshot().endpoints.find(({ id }) => id === endpoint.id) ?? {}
      check(`${endpoint.id} is healthy, and ${state}`, state !== 'unhealthy')
    })
    balancer.on('checked', ({ endpoint, passed }) => {
      check(`${endpoint.id} was looked at and not in the list`, balancer.endpoints().includes(endpoint))
      // It may be tried out earlier.
      if (passed && this.#outUntil.has(endpoint)) this.#outUntil.set(endpoint, 0)
    })
    balancer.on('circuitopened', ({ endpoint, until }) => {
      this.#broken.add(endpoint)
      this.#out(endpoint, until)
    })
    balancer.on('circuithalfopened', ({ endpoint }) =>
      check(`a closed breaker of ${endpoint?.id} half opened`, this.#broken.has(endpoint)),
    )
    balancer.on('circuitclosed', ({ endpoint }) =>
      check(`a closed breaker of ${endpoint?.id} closed`, this.#broken.delete(endpoint)),
    )
    // Its breaker is let go of with it.
    balancer.on('endpointremoved', ({ endpoint }) => {
      this.#broken.delete(endpoint)
      this.#outUntil.delete(endpoint)
      // What is found out of one that comes back is news.
      this.#ill.delete(endpoint)
      this.#trials.delete(endpoint)
    })
    balancer.on('masterchanged', ({ from, to, reason }) => {
      check(`${from?.id} gave way, and ${this.#master?.id} was master`, from === this.#master)
      check(`${to?.id} is master once more (${reason})`, to !== from)
      this.#master = to
    })
    balancer.on('panicstarted', ({ priority }) => {
      check(`panic of ${priority} started twice`, !this.#panicking.has(priority))
      this.#panicking.add(priority)
    })
    balancer.on('panicended', ({ priority }) =>
      check(`panic of ${priority} ended but had not started`, this.#panicking.delete(priority)),
    )
    balancer.on('redundancylost', ({ short, required, available, mayFail, spare }) => {
      check(
        `redundancy was lost again (short: ${short})`,
        this.#lost === undefined || (short && !this.#lost.short),
      )
      check(`redundancy was lost at ${mayFail} of ${spare}`, mayFail < spare)
      check(`${available} are short of ${required}: ${short}`, short === required > available)
      this.#lost = { short }
    })
    balancer.on('redundancyrestored', ({ mayFail, spare }) => {
      check(`redundancy was restored at ${mayFail} of ${spare}`, this.#lost !== undefined && mayFail >= spare)
      this.#lost = undefined
    })
    balancer.on('drained', ({ endpoint }) => {
      check(`${endpoint.id} was drained with ${endpoint.inFlight} in flight`, endpoint.inFlight === 0)
      check(`${endpoint.id} was drained while in the list`, !balancer.endpoints().includes(endpoint))
    })
  }

  /** Notes what is wrong, to be thrown where the test can see it. */
  check(what: string, ok: boolean): void {
    if (!ok) this.#wrong ??= new Error(what)
  }

  /** A caller was given an error. */
  error(error: unknown): void {
    if (!(error instanceof BalancerError)) return this.check(`not our error: ${String(error)}`, false)
    const { code, retryAfter, message } = error
    if (code === 'ERR_CONCURRENCY_LIMIT') this.check(message, this.#limits !== 'none')
    if (code === 'ERR_CIRCUIT_OPEN') this.check(message, this.#breakers && retryAfter! >= 0)
  }

  /** The numbers that decided an ejection have to be such that they do. */
  #explain(event: BalancerEvents['ejected'] | BalancerEvents['ejectionskipped']): void {
    const calls = this.#balancer.snapshot().endpoints.reduce((sum, one) => sum + one.calls, 0)
    switch (event.rule) {
      case 'success-rate': {
        const { share, failures, peerShare, peerCalls, peerFailures } = event
        const right = share === failures / event.calls && peerShare === peerFailures / peerCalls
        const fits = event.calls + peerCalls <= calls && peerFailures >= 0 && failures <= event.calls
        return this.check(
          `a success rate of ${JSON.stringify(event)}`,
          right && fits && share >= 2 * peerShare,
        )
      }
      case 'failure-share':
        return this.check('a failure share', event.share >= event.limit && event.calls >= 3)
      case 'latency':
        return this.check('a latency', event.latency > event.limit && event.limit > event.peerLatency)
      case 'overdue':
        return this.check('overdue', event.silentFor > event.limit && event.limit >= 20 && event.calls >= 2)
      case 'trial-failed':
        return this.check('a trial', event.failures >= 1 && this.#ejected.has(event.endpoint))
      default:
        return this.check('failures in a row', event.failures >= event.limit && event.limit > 0)
    }
  }

  #out(endpoint: Endpoint | undefined, until: number): void {
    this.#outUntil.set(endpoint, Math.max(until, this.#outUntil.get(endpoint) ?? 0))
    // A trial that was under way is none any more: what it tells is older than this.
    if (endpoint !== undefined) this.#trials.delete(endpoint)
  }

  /** Everything that has to hold between two commands. */
  examine(): void {
    if (this.#wrong !== undefined) throw this.#wrong
    const snapshot = this.#balancer.snapshot()
    if (this.#wrong !== undefined) throw this.#wrong
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    for (const endpoint of snapshot.endpoints) this.#examineEndpoint(endpoint, snapshot)
    const listed = snapshot.endpoints.filter(({ state }) => state !== 'draining')
    expect(listed.map(({ id }) => id).sort()).toEqual([...this.list.keys()])
    const inFlight = snapshot.endpoints.reduce((sum, endpoint) => sum + endpoint.inFlight, 0)
    const { attempts, calls, retries, hedges, failures } = snapshot.counts
    expect(inFlight).toBeGreaterThanOrEqual(attempts - this.#ended)
    expect(inFlight).toBeLessThanOrEqual(attempts - this.#ended + this.open.length)
    expect(attempts).toBeLessThanOrEqual(calls + retries + hedges)
    expect(failures).toBeLessThanOrEqual(calls)
    this.#examineLimits(snapshot)
    const panicking = snapshot.priorities.filter(({ panic }) => panic).map(({ priority }) => priority)
    expect(panicking).toEqual([...this.#panicking].sort())
    expect(snapshot.panic).toBe(panicking.length > 0)
    if (snapshot.circuit) expect(snapshot.circuit.state !== 'closed').toBe(this.#broken.has(undefined))
    if (this.#masters.keepsMaster) this.#examineMaster(snapshot)
    this.#examineRedundancy(snapshot)
    const load = snapshot.priorities.reduce((sum, priority) => sum + priority.load, 0)
    for (const { eligible, total } of snapshot.priorities) expect(eligible).toBeLessThanOrEqual(total)
    expect([0, 1]).toContain(Math.round(load * 1e9) / 1e9)
  }

  /** There is one exactly while somebody can be, and listeners know who it is. */
  #examineMaster({ failover, endpoints, panic }: BalancerSnapshot): void {
    const able = endpoints.filter(isWell).map(({ id }) => id)
    expect(failover?.master).toBe(this.#master?.id)
    if (able.length === 0) expect(failover?.master).toBeUndefined()
    else expect(able).toContain(failover?.master)
    if (panic) expect(able).toEqual([])
  }

  #examineRedundancy({ redundancy, endpoints }: BalancerSnapshot): void {
    if (redundancy === undefined) return expect.unreachable()
    const { redundant, short, required, available, mayFail, load } = redundancy
    expect(available).toBe(endpoints.filter(isWell).length)
    expect(short || required + mayFail === available).toBe(true)
    expect(load?.peak ?? 0).toBeGreaterThanOrEqual(0)
    // A rule that does not hold has been told, once there were calls.
    if (!redundant && this.#ended > 0) expect(this.#lost).toBeDefined()
    expect('lostAt' in redundancy).toBe(this.#lost !== undefined)
  }

  /** No more are under way than may be, and nobody waits while there is room for anybody. */
  #examineLimits({ concurrency, endpoints }: BalancerSnapshot): void {
    if (concurrency === undefined) return expect(this.#limits).toBe('none')
    const limits = this.#limits
    const isFull = ({ inFlight, limit = 99 }: (typeof endpoints)[number]) => inFlight >= limit
    if (limits === 'total' || limits === 'both') expect(concurrency.inFlight).toBeLessThanOrEqual(3)
    if (limits !== 'adaptive') {
      for (const { inFlight, limit = 99 } of endpoints) expect(inFlight).toBeLessThanOrEqual(limit)
    }
    // What adapts is added up ten times a second only.
    if ((concurrency.queue?.queued ?? 0) === 0 || limits === 'adaptive') return
    const most = Math.max(1, Math.ceil(0.75 * (concurrency.limit ?? 0)))
    expect(concurrency.inFlight >= most || endpoints.some(isFull)).toBe(true)
  }

  #examineEndpoint(endpoint: BalancerSnapshot['endpoints'][number], { time }: BalancerSnapshot): void {
    const { id, inFlight, calls, successes, failures, state, eligible, until, weight } = endpoint
    expect(inFlight).toBeGreaterThanOrEqual(0)
    const lasting = this.open.filter((one) => one.id === id).length
    expect(successes + failures).toBeLessThanOrEqual(calls - inFlight + lasting)
    expect(eligible).toBe(state === 'eligible' || state === 'panic')
    if (until !== undefined) expect(until).toBeGreaterThan(time)
    if (state === 'draining') return expect(inFlight).toBeGreaterThan(0)
    const entry = this.list.get(id)
    expect({ url: endpoint.url, weight }).toEqual({ url: `http://${entry?.host}`, weight: entry?.weight })
    expect(state === 'weight-zero').toBe(weight === 0)
  }

  /** An endpoint was chosen just now: was that allowed? */
  choose(endpoint: Endpoint, deadline: number, over: () => boolean): void {
    const { endpoints, time } = this.#balancer.snapshot()
    const { id } = endpoint
    const chosen = endpoints.find((one) => one.id === id && one.state !== 'draining')
    const state = this.#balancer.endpoints().includes(endpoint) ? chosen?.state : 'draining'
    if (this.#masters.masterOnly) {
      this.check(`${id} (${state}) is called, and ${this.#master?.id} is master`, endpoint === this.#master)
    }
    // It is this one that has filled it.
    if (state === 'eligible' || state === 'panic' || state === 'full') return
    // In panic it is used although it is ejected, until it is full.
    const isFull = chosen !== undefined && chosen.inFlight >= (chosen.limit ?? 99)
    const isOut = state === 'ejected' || state === 'trial-due' || state === 'trial-running'
    if (isFull && isOut && this.#panicking.has(this.#masters.keepsMaster ? 0 : endpoint.priority)) return
    if (state === 'cooldown') {
      const others = endpoints.filter((one) => one.eligible)
      this.check(`${id} was not left alone, although ${others[0]?.id} could be asked`, others.length === 0)
      const left = Math.max(0, deadline - time)
      this.check(`${id} was not left alone`, (chosen!.until! - time) * 1.1 >= left)
      return
    }
    if (state === 'unhealthy') {
      const others = endpoints.filter((one) => one.eligible)
      this.check(`${id} is unhealthy, and ${others[0]?.id} could be asked`, others.length === 0)
      // It is drawn, or tried out, when calls have given it up as well.
      if (!this.#broken.has(endpoint)) return
    } else this.check(`${id} was chosen in state ${state}`, state === 'trial-running')
    this.check(`${id} is tried out too early`, time >= (this.#outUntil.get(endpoint) ?? 0))
    const before = this.#trials.get(endpoint)
    const alone = before === undefined || before.over() || time - before.at >= TRIAL_LIMIT
    this.check(`${id} has two trials at a time`, alone)
    this.#trials.set(endpoint, { at: time, over })
  }
}

/** Full or not. */
function isWell({ state }: BalancerSnapshot['endpoints'][number]): boolean {
  return state === 'eligible' || state === 'full'
}
