import { type RequestTracker, requestTracker } from '../client/request-tracker.js'
import type { Random } from '../core/random.js'
import type { Clock } from '../runtime/clock.js'
import type { Agenda } from './agenda.js'
import type { GroupPlan } from './check-servers.js'
import { Job, Phase, type Station } from './job.js'
import { connectionRefused, connectionReset, SimulatedResponse } from './simulated-response.js'

/** What a server does with connections. */
export type ServerState = 'up' | 'refuse' | 'silent'

/** The time constant in ms of the utilisation that is reported. */
const UTILIZATION_LASTS = 1_000

/** One server: slots that work, a queue before them, and what is wrong with it. */
export class Server implements Station {
  readonly id: string
  readonly number: number
  readonly group: GroupPlan
  state: ServerState = 'up'
  /** When not 0, every request is answered with this status at once. */
  status = 0
  /** Times as slow as its group's service times say. */
  slowdown: number
  /** Attempts sent to it that it has not seen yet, on the network. */
  underway = 0
  /** Attempts that it has taken in: in slots and in the queue. */
  inside = 0
  /** Attempts that clients sent to it. */
  attempts = 0
  /** Integrals over time in ms: of the slots in use, and of those inside. */
  busyTime = 0
  insideTime = 0
  readonly #agenda: Agenda
  readonly #clock: Clock
  readonly #random: Random
  /** What it knows of its load, if it reports that. A restart begins anew. */
  #tracker: RequestTracker | undefined
  /** Share of the slots at work, averaged over the last second or so, as a load of the CPU is. */
  #utilization = 0
  readonly #serving: Job[] = []
  readonly #factors = new Map<number, number>()
  #head: Job | undefined
  #tail: Job | undefined
  #countedAt = 0

  constructor(number: number, group: GroupPlan, agenda: Agenda, clock: Clock, random: Random) {
    this.id = `${group.name}-${number - group.first + 1}`
    this.number = number
    this.group = group
    this.slowdown = group.slowdown
    this.#agenda = agenda
    this.#clock = clock
    this.#random = random
    this.#track()
  }

  /** An attempt sets out for it. */
  send(job: Job): void {
    this.attempts++
    if (job.travel === 0) return this.take(job)
    this.underway++
    job.phase = Phase.OUTBOUND
    this.#agenda.add(job, this.#agenda.now + job.travel)
  }

  /** An attempt has arrived. */
  take(job: Job): void {
    if (job.travel > 0) this.underway--
    if (this.state === 'silent') return
    if (this.state === 'refuse') return this.#refuse(job, connectionRefused())
    job.done = this.#tracker?.begin()
    const { errorRate, errorStatus, slots, queue } = this.group
    if (this.status !== 0) return this.#answer(job, this.status)
    if (errorRate > 0 && this.#random() < errorRate) return this.#answer(job, errorStatus)
    if (this.#serving.length === slots && this.inside - slots >= queue) return this.#answer(job, 503)
    this.count()
    this.inside++
    if (this.#serving.length < slots) this.#serve(job)
    else this.#enqueue(job)
  }

  /** A slot is done with an attempt. */
  finish(job: Job): void {
    this.count()
    this.inside--
    const last = this.#serving.pop() as Job
    if (last !== job) this.#serving[this.#serving.indexOf(job)] = last
    const next = this.#head
    if (next !== undefined) {
      this.#head = next.next
      if (this.#head === undefined) this.#tail = undefined
      this.#serve(next)
    }
    this.#answer(job, 200)
  }

  /** What came of it is back at the client. */
  deliver(job: Job): void {
    this.#agenda.stirred = true
    if (job.error === undefined) job.resolve(job.response as Response)
    else job.reject(job.error)
  }

  /** It dies with all that it has: those who wait see a broken connection or, if `silent`, nothing at all. */
  lose(silent: boolean): void {
    this.count()
    const lost = [...this.#serving]
    for (let job = this.#head; job !== undefined; job = job.next) lost.push(job)
    this.#serving.length = 0
    this.#head = this.#tail = undefined
    this.inside = 0
    this.#track()
    for (const job of lost) {
      job.lost = true
      if (silent) continue
      // The old one may still be on the agenda.
      this.#refuse(new Job(this, job.size, job.travel, job.resolve, job.reject), connectionReset())
    }
  }

  /** One reason why it is slower than usual, or, with 1, no longer. */
  slow(reason: number, factor: number): void {
    if (factor === 1) this.#factors.delete(reason)
    else this.#factors.set(reason, factor)
    this.slowdown = this.group.slowdown
    for (const each of this.#factors.values()) this.slowdown *= each
  }

  /** Brings the integrals up to date. */
  count(): void {
    const passed = this.#agenda.now - this.#countedAt
    this.busyTime += passed * this.#serving.length
    this.insideTime += passed * this.inside
    if (this.#tracker !== undefined) {
      const busy = this.#serving.length / this.group.slots
      this.#utilization = busy + (this.#utilization - busy) * Math.exp(-passed / UTILIZATION_LASTS)
    }
    this.#countedAt = this.#agenda.now
  }

  get busy(): number {
    return this.#serving.length
  }

  #serve(job: Job): void {
    this.#serving.push(job)
    job.next = undefined
    job.phase = Phase.SERVED
    this.#agenda.add(job, this.#agenda.now + this.group.service.at(job.size) * this.slowdown)
  }

  #enqueue(job: Job): void {
    if (this.#tail === undefined) this.#head = job
    else this.#tail.next = job
    this.#tail = job
  }

  #answer(job: Job, status: number): void {
    job.response = new SimulatedResponse(status, this.#report()) as never
    job.done?.()
    this.#back(job)
  }

  #refuse(job: Job, error: Error): void {
    job.error = error
    this.#back(job)
  }

  #back(job: Job): void {
    job.phase = Phase.INBOUND
    if (job.travel > 0) return this.#agenda.add(job, this.#agenda.now + job.travel)
    this.deliver(job)
  }

  /** What a server says that uses the library's own tracker, and knows which share of its slots is at work. */
  #report(): string | null {
    return this.#tracker?.header({ applicationUtilization: this.#utilization }) ?? null
  }

  #track(): void {
    this.#utilization = 0
    this.#tracker = this.group.reports ? requestTracker({ clock: this.#clock }) : undefined
  }
}
