import {
  type Balancer,
  type CallPriority,
  createBalancer,
  type Endpoint,
  failover,
  leastLatency,
  leastRequest,
  type Pick,
  type Policy,
  prequal,
  random,
  roundRobin,
  weightedByLoad,
} from 'evenkeel'
import { seededRandom, type VirtualClock, virtualClock } from 'evenkeel/testing'
import { expect } from 'vitest'
import { Audit } from './any-order-audit.js'
import type { Command, Entry, Health, Setting, Story } from './any-order-commands.js'
import { limitsOf } from './any-order-limits.js'
import { Servers } from './any-order-servers.js'
import { refused } from './fleet.js'

/** Some of them look at endpoints beside the calls. */
const POLICIES: readonly ((check: (endpoint: Endpoint) => unknown) => Policy)[] = [
  () => leastLatency(),
  () => leastRequest(),
  () => roundRobin(),
  () => random(),
  () => prequal(),
  () => weightedByLoad(),
  () => failover({ holdDown: 1_000, preemptDelay: 500 }),
  (check) => failover({ preempt: false, track: [{ name: 'tracked', check, fall: 2, weight: -2 }] }),
  (check) =>
    failover({ masterOnly: true, waitForMaster: 2_000, track: [{ name: 'tracked', check, fall: 2 }] }),
]
/** From here on they have masters, from here on tracked checks, and from here on nobody else is called. */
const WITH_MASTER = 6
const WITH_TRACK = 7
const MASTER_ONLY = 8
const PRIORITIES: readonly CallPriority[] = ['default', 'critical', 'sheddable']
const TOTAL = 8_000
const OUTLIER = {
  strict: { consecutiveFailures: 3, consecutiveGatewayFailures: 2, minOverdue: 20 },
  // Nobody is ejected for failures in a row, so that all else comes to pass.
  'by peers': {
    consecutiveFailures: 0,
    consecutiveGatewayFailures: 0,
    consecutiveLocalOriginFailures: 0,
    minCalls: 3,
    latencyFactor: 2,
    minLatencyDifference: 10,
    interval: 2_000,
    overdueFactor: 1,
    minOverdue: 20,
  },
}
/** A check that is under way and late, an interval, and another one until there are two good results. */
const LONGEST_ILLNESS = 2_000 + 5_500 + 1_100

interface Running {
  readonly deadline: number
  readonly controller: AbortController
  settled: boolean
}

/** A result that lasts until somebody ends it. */
class Connection {
  readonly to: Endpoint
  close = () => {}
  break = () => {}
  readonly closed = new Promise<void>((resolve, reject) => {
    this.close = resolve
    this.break = () => reject(new Error('reset'))
  })

  constructor(to: Endpoint) {
    this.to = to
  }
}

/** A balancer in a world where everything happens by command, and all that has to hold there. */
export class World {
  #thawedAt = Number.NEGATIVE_INFINITY
  readonly #clock: VirtualClock = virtualClock()
  readonly #balancer: Balancer
  readonly #audit: Audit
  readonly #setting: Setting
  readonly #servers = new Servers()
  readonly #health = new Map<string, Health>()
  readonly #picks: Pick[] = []
  readonly #given = new Set<Pick>()
  readonly #connections: Connection[] = []
  readonly #running: Running[] = []
  readonly #start = this.#clock.now()

  constructor({ setting, first, deeds }: Story) {
    const { scope, outlier, checks, panicThreshold, attempts, minPerSecond, hedge } = setting
    this.#setting = setting
    this.#balancer = createBalancer({
      endpoints: [],
      clock: this.#clock,
      random: seededRandom(setting.seed),
      policy: POLICIES[setting.policy]!(({ id }) => this.#check(id)),
      timeout: { attempt: 1_000, total: TOTAL },
      retry: { attempts, budget: { minPerSecond } },
      hedge,
      circuitBreaker: scope && { scope, volumeThreshold: 4, resetTimeout: 2_000 },
      outlierDetection: outlier && OUTLIER[outlier],
      panicThreshold,
      redundancy: { required: 2, capacity: { concurrent: 2 }, window: 3_000, restoreAfter: 500 },
      concurrency: limitsOf(setting),
      throttle: setting.throttle && { window: 10_000, minPerSecond: 0.5 },
      healthCheck: checks !== 'none' && {
        check: ({ id }) => this.#check(id),
        beforeTraffic: checks === 'before traffic',
        fall: 2,
      },
      transport: {
        send: (endpoint, url, init) =>
          this.#send(endpoint, init.signal as AbortSignal, Number(new URL(url).pathname.slice(1))),
      },
    })
    const masters = {
      keepsMaster: setting.policy >= WITH_MASTER,
      masterOnly: setting.policy >= MASTER_ONLY,
    }
    this.#audit = new Audit(this.#balancer, scope !== false, masters, setting.limits)
    for (const [index, deed] of deeds.entries()) this.#servers.behave('abcd'[index]!, deed)
    this.#list(first)
    this.#audit.examine()
  }

  async obey(command: Command): Promise<void> {
    switch (command.do) {
      case 'fetch':
        this.#fetch(command.method)
        break
      case 'burst':
        for (let i = 0; i < command.calls; i++) {
          this.#fetch(command.method)
          await this.#clock.advance(0)
        }
        break
      case 'execute':
        this.#call((signal, call) =>
          this.#balancer.execute((attempt) => this.#send(attempt.endpoint, attempt.signal, call), {
            signal,
            idempotent: command.idempotent,
          }),
        )
        break
      case 'connect':
        this.#connect()
        break
      case 'hang-up':
        await this.#hangUp(command.which, command.how)
        break
      case 'pick':
        this.#pick(command.avoid)
        break
      case 'give-back':
        this.#giveBack(command.which, command.how)
        break
      case 'behave':
        this.#servers.behave(command.id, command.deed)
        break
      case 'fall-ill':
        this.#health.set(command.id, command.health)
        break
      case 'answer':
        this.#servers.answer(command.which, command.deed)
        break
      case 'abort':
        this.#running[this.#running.length - 1 - command.which]?.controller.abort('given up')
        break
      case 'list':
        this.#list(command.entries)
        break
      case 'freeze':
        this.#clock.freeze(command.ms)
        this.#thawedAt = this.#clock.now()
        break
      case 'pass':
        await this.#pass(command.ms)
    }
    this.#audit.examine()
  }

  /** Everything ends: nothing may be left. */
  async end(): Promise<void> {
    for (const index of this.#picks.keys()) this.#giveBack(index, 'release')
    await this.#pass(TOTAL)
    await this.#pass(0)
    while (this.#connections.length > 0) await this.#hangUp(0, 'close')
    this.#audit.examine()
    expect(this.#running.filter(({ settled }) => !settled)).toEqual([])
    await this.#recover()
    const { endpoints, counts } = this.#balancer.snapshot()
    expect(endpoints.filter(({ inFlight }) => inFlight !== 0)).toEqual([])
    const seconds = (this.#clock.now() - this.#start) / 1_000
    expect(counts.retries + counts.hedges).toBeLessThanOrEqual(
      counts.calls * 0.2 + this.#setting.minPerSecond * (seconds + 10),
    )
    await this.#balancer.close()
    expect(this.#clock.pending).toBe(0)
    this.#servers.answerAll()
    await this.#clock.advance(0)
    expect(this.#servers.openBodies).toBe(0)
    expect(this.#clock.pending).toBe(0)
  }

  /** All are well again: whoever was out because of checks comes back. */
  async #recover(): Promise<void> {
    this.#health.clear()
    void this.#balancer.ready()
    await this.#pass(LONGEST_ILLNESS)
    this.#audit.examine()
    const { endpoints } = this.#balancer.snapshot()
    expect(endpoints.filter(({ state }) => state === 'unhealthy' || state === 'fault')).toEqual([])
  }

  async #pass(ms: number): Promise<void> {
    await this.#clock.advance(ms)
    const now = this.#clock.now()
    await this.#clock.advance(0)
    for (const { settled, deadline, controller } of this.#running) {
      // What came in meanwhile is read before a process that was held up gives up.
      const may = (now < deadline || now - this.#thawedAt < 5) && !controller.signal.aborted
      this.#audit.check('a call goes on after its end', settled || may)
    }
    if (this.#running.some(({ settled }) => !settled)) return
    // The one for the next checks, and one for each that is under way.
    const kinds = Number(this.#setting.checks !== 'none') + Number(this.#setting.policy >= WITH_TRACK)
    const checks = kinds * (1 + this.#audit.list.size)
    // A trial that was overtaken goes on for a while: its timeout, and its grace.
    const inFlight = this.#balancer.snapshot().endpoints.reduce((sum, endpoint) => sum + endpoint.inFlight, 0)
    const trials = inFlight - (this.#picks.length - this.#given.size)
    expect(this.#clock.pending).toBeLessThanOrEqual(checks + 2 * trials)
  }

  #check(id: string): unknown {
    this.#audit.check(`${id} is looked at and not in the list`, this.#audit.list.has(id))
    const health = this.#health.get(id) ?? 'well'
    return health === 'silent' ? new Promise(() => {}) : health === 'well'
  }

  #list(entries: readonly Entry[]): void {
    this.#audit.list = new Map(entries.map((entry) => [entry.id, entry]))
    this.#balancer.setEndpoints(entries.map(({ host, ...entry }) => ({ ...entry, url: `http://${host}` })))
  }

  #pick(avoid: number): void {
    try {
      const pick = this.#balancer.pick({ avoid: this.#balancer.endpoints().slice(0, avoid) })
      this.#picks.push(pick)
      this.#audit.choose(pick.endpoint, 0, () => this.#given.has(pick))
    } catch (error) {
      this.#audit.error(error)
    }
  }

  /** Gives back a pick, which may have been given back before. */
  #giveBack(which: number, how: 'succeed' | 'fail' | 'release'): void {
    const pick = this.#picks[which % this.#picks.length]
    if (pick === undefined) return
    this.#given.add(pick)
    if (how === 'fail') pick.fail(which % 2 === 0 ? refused() : new Error('failed'))
    else pick[how]()
  }

  #fetch(method: string): void {
    this.#call((signal, call) => {
      const priority = PRIORITIES[call % 3]!
      return this.#balancer.fetch(`/${call}`, { method, signal, balancer: { priority } })
    })
  }

  #connect(): void {
    this.#call(
      (signal, call) =>
        this.#balancer.execute(
          async (attempt) => {
            const response = await this.#send(attempt.endpoint, attempt.signal, call)
            this.#servers.handOver(response)
            return new Connection(attempt.endpoint)
          },
          {
            ...{ signal, idempotent: true },
            completion: ({ closed }) => closed,
            discard: (connection) => connection.close(),
          },
        ),
      (connection) => {
        this.#connections.push(connection)
        this.#audit.open.push(connection.to)
      },
    )
  }

  /** Ends a connection; one that breaks in its first second is held against its endpoint. */
  async #hangUp(which: number, how: 'close' | 'break'): Promise<void> {
    const [connection] = this.#connections.splice(which % (this.#connections.length || 1), 1)
    if (connection === undefined) return
    connection[how]()
    await this.#clock.advance(0)
    this.#audit.open.splice(this.#audit.open.indexOf(connection.to), 1)
  }

  #call<T = Response>(
    begin: (signal: AbortSignal, call: number) => Promise<T>,
    use: (result: T) => void = (response) => this.#read(response as Response),
  ): void {
    const controller = new AbortController()
    const running: Running = { deadline: this.#clock.now() + TOTAL, controller, settled: false }
    const call = this.#running.push(running) - 1
    void begin(controller.signal, call).then(
      (result) => {
        running.settled = true
        use(result)
      },
      (error: unknown) => {
        running.settled = true
        if (error !== 'given up') this.#audit.error(error)
      },
    )
  }

  #read(response: Response): void {
    this.#audit.check(
      'two callers have the same answer, or one has one that was let go of',
      this.#servers.handOver(response),
    )
  }

  #send(endpoint: Endpoint, signal: AbortSignal, call: number): Promise<Response> {
    let over = false
    this.#audit.choose(endpoint, this.#running[call]!.deadline, () => over || signal.aborted)
    return this.#servers.send(endpoint, signal, () => {
      over = true
    })
  }
}
