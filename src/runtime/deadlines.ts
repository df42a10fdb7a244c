import type { Clock } from './clock.js'
import { forgetsTimers } from './forgetful.js'
import { unref } from './unref.js'

/** Somebody who is to be called back at a time, and may leave the queue before. */
export abstract class Expiring {
  /** Written by the queue. */
  deadline = 0
  /** Written by the queue. */
  earlier: Expiring | undefined
  /** Written by the queue. */
  later: Expiring | undefined
  /** Written by the queue: a timer of its own, or whether it is in the queue. */
  timer: unknown

  abstract expire(): void
}

/** A timer that can be kept without keeping the process alive. */
interface Parkable {
  ref(): void
  unref(): void
}

const QUEUED = Symbol('queued')
/** Waits, but for no time in particular. */
const NEVER = Symbol('never')
const DUE = Symbol('due')

/**
 * Deadlines that share one timer. Nearly all attempts end long before their timeout, and nearly all have
 * the same, so their deadlines come in order: joining and leaving the queue are a few assignments, where
 * setting and clearing a timer of the platform each time would cost more than the rest of a call.
 *
 * The timer is set for the first in the queue and, when that has left, fires for nothing and is set again:
 * once a timeout at most. While nobody waits it does not keep the process alive; where timers cannot be
 * told that, it is cleared.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #keepsAlive: boolean
  readonly #onTimer = () => this.#expire()
  #first: Expiring | undefined
  #last: Expiring | undefined
  /** Can calls share a timer here? Not looked at before the first one. */
  #shares: boolean | undefined
  /** Those that wait beside the queue. */
  readonly #beside = new Set<Expiring>()
  #timer: unknown
  #firesAt = Number.POSITIVE_INFINITY

  /** `keepsAlive: false`: that somebody waits is no reason for the process to go on. */
  constructor(clock: Clock, keepsAlive = true) {
    this.#clock = clock
    this.#keepsAlive = keepsAlive
  }

  /** Calls `entry.expire()` after `delay` ms (`Infinity`: never), if it has not left before. It must not be waiting already. */
  join(entry: Expiring, now: number, delay: number): void {
    this.#shares ??= !forgetsTimers()
    const deadline = now + delay
    entry.deadline = deadline
    const last = this.#last
    // Where timers cannot be shared, or out of order: one with a shorter timeout than the others.
    const isInTurn =
      deadline !== Number.POSITIVE_INFINITY && !(last !== undefined && last.deadline > deadline)
    if (!this.#shares || !isInTurn) {
      return this.#setOwn(entry, delay)
    }
    entry.timer = QUEUED
    entry.earlier = last
    if (last === undefined) this.#first = entry
    else last.later = entry
    this.#last = entry
    if (last !== undefined) return
    // One that should have fired by now was lost, or is late: either way a new one is on time.
    if (this.#timer === undefined || this.#firesAt > deadline || this.#firesAt < now) this.#arm(now, deadline)
    else if (this.#keepsAlive) (this.#timer as Parkable).ref()
  }

  /** Takes back what `join` began; nothing happens if it is over. */
  leave(entry: Expiring): void {
    const { timer } = entry
    if (timer === undefined) return
    entry.timer = undefined
    if (timer === DUE) return
    if (timer !== QUEUED) {
      this.#beside.delete(entry)
      if (timer !== NEVER) this.#clock.clearTimer(timer)
      return
    }
    this.#unlink(entry)
    if (this.#first === undefined) this.#park()
  }

  /** Calls `visit` with all that wait. They may leave meanwhile, and others join. */
  each(visit: (entry: Expiring) => void): void {
    const all = [...this.#beside]
    for (let entry = this.#first; entry !== undefined; entry = entry.later) all.push(entry)
    for (const entry of all) if (entry.timer !== undefined) visit(entry)
  }

  /** Lets go of the timer. Those who still wait are not forgotten: they bring it back as they join or expire. */
  close(): void {
    if (this.#first === undefined) this.#clear()
  }

  #setOwn(entry: Expiring, delay: number): void {
    this.#beside.add(entry)
    if (delay === Number.POSITIVE_INFINITY) {
      entry.timer = NEVER
      return
    }
    entry.timer = this.#clock.setTimer(() => {
      this.#beside.delete(entry)
      entry.timer = undefined
      entry.expire()
    }, delay)
    if (!this.#keepsAlive) unref(entry.timer)
  }

  #unlink(entry: Expiring): void {
    const { earlier, later } = entry
    if (earlier === undefined) this.#first = later
    else earlier.later = later
    if (later === undefined) this.#last = earlier
    else later.earlier = earlier
    entry.earlier = undefined
    entry.later = undefined
  }

  #arm(now: number, deadline: number): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#firesAt = deadline
    this.#timer = this.#clock.setTimer(this.#onTimer, Math.max(0, deadline - now))
    if (!this.#keepsAlive) unref(this.#timer)
  }

  #park(): void {
    if (isParkable(this.#timer)) this.#timer.unref()
    else this.#clear()
  }

  #clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
  }

  #expire(): void {
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    const due: Expiring[] = []
    // Timers of whole milliseconds may fire a little too early.
    for (let entry = this.#first; entry !== undefined && entry.deadline - now < 1; entry = this.#first) {
      entry.timer = DUE
      this.#unlink(entry)
      due.push(entry)
    }
    if (this.#first !== undefined) this.#arm(now, this.#first.deadline)
    // Last, since they may join again, or make others leave.
    for (const entry of due) {
      if (entry.timer !== DUE) continue
      entry.timer = undefined
      entry.expire()
    }
  }
}

function isParkable(timer: unknown): timer is Parkable {
  const { ref, unref } = (timer ?? {}) as Partial<Parkable>
  return typeof ref === 'function' && typeof unref === 'function'
}
