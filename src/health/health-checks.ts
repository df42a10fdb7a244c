import TinyQueue from 'tinyqueue'
import { Gate, isWell, type LiveEndpoint } from '../core/endpoint.js'
import type { Random } from '../core/random.js'
import type { Clock } from '../runtime/clock.js'
import { forgetsTimers } from '../runtime/forgetful.js'
import { unref } from '../runtime/unref.js'
import { CheckRun, type Send } from './check-run.js'
import { CheckedEndpoint, type Turn } from './checked-endpoint.js'
import type { HealthCheckSettings } from './health-check.js'

/** What becomes of results. */
export interface CheckListener {
  /** A check of an endpoint has ended. */
  onChecked(checked: CheckedEndpoint): void
  /**
   * Results have changed what is held of an endpoint: `checked.healthy` says to what; `founding`: it
   * was in the first list, and has not been looked at before.
   */
  onChanged(checked: CheckedEndpoint, founding: boolean, now: number): void
  /** An endpoint that calls have got ejected, or that fails them, fails its checks no longer. */
  onRecovered(endpoint: LiveEndpoint, now: number): void
  /** There is an endpoint that is well, or all have been looked at. */
  onFirst(): void
}

/** What falls due within so many ms is begun together: thousands of endpoints are not thousands of timers. */
const TOGETHER = 5

/** Looks at all endpoints in turn: one queue, one timer, and so many checks at a time. */
export class HealthChecks {
  readonly settings: HealthCheckSettings
  readonly #clock: Clock
  readonly #random: Random
  readonly #send: Send
  /** How many attempts the balancer has made. */
  readonly #attempts: () => number
  readonly #listener: CheckListener
  readonly #checked = new Map<LiveEndpoint, CheckedEndpoint>()
  readonly #queue = new TinyQueue<Turn>([], (a, b) => a.at - b.at)
  readonly #running = new Map<CheckedEndpoint, CheckRun>()
  /** Those that this process does not use, found out when their turn came. */
  readonly #outside = new Set<CheckedEndpoint>()
  readonly #onTimer = () => this.#beginDue()
  #timer: unknown
  #firesAt = Number.POSITIVE_INFINITY
  #started = false
  /** Started, not closed, and on a platform that can check. */
  #active = false
  /** Those that nothing is known of yet, until first calls are let through. */
  readonly #unseen = new Set<CheckedEndpoint>()
  #first = false

  constructor(
    settings: HealthCheckSettings,
    parts: { clock: Clock; random: Random; send: Send; attempts: () => number; listener: CheckListener },
  ) {
    this.settings = settings
    this.#clock = parts.clock
    this.#random = parts.random
    this.#send = parts.send
    this.#attempts = parts.attempts
    this.#listener = parts.listener
  }

  /** Do endpoints get no calls before they have been found well? */
  get beforeTraffic(): boolean {
    return this.settings.beforeTraffic && !forgetsTimers()
  }

  /** Are calls to wait for the first results? */
  get holds(): boolean {
    return !this.#first && this.#unseen.size > 0 && this.beforeTraffic
  }

  /** What checks have found out about an endpoint. */
  of(endpoint: LiveEndpoint): CheckedEndpoint | undefined {
    return this.#checked.get(endpoint)
  }

  /** An endpoint joined the list. */
  add(endpoint: LiveEndpoint, founding: boolean): void {
    const checked = new CheckedEndpoint(endpoint, founding)
    this.#checked.set(endpoint, checked)
    if (!this.#first) this.#unseen.add(checked)
    if (this.#active) this.#plan(checked, this.#clock.now())
  }

  /** An endpoint left the list. */
  remove(endpoint: LiveEndpoint): void {
    const checked = this.#checked.get(endpoint)
    if (checked === undefined) return
    this.#checked.delete(endpoint)
    checked.turn = undefined
    this.#running.get(checked)?.cancel()
    this.#running.delete(checked)
    this.#outside.delete(checked)
    this.#arm()
    // With nobody left to be looked at there is nothing to wait for; whoever comes next is waited for again.
    if (this.#unseen.delete(checked) && this.#unseen.size === 0) this.#listener.onFirst()
  }

  /** After a change of the list: those that this process uses now are looked at, whatever they were before. */
  resubset(): void {
    for (const checked of this.#outside) {
      if ((checked.endpoint.gates & Gate.OUTSIDE) !== 0) continue
      this.#outside.delete(checked)
      checked.forget()
      if (!this.#first) this.#unseen.add(checked)
      this.#plan(checked, this.#clock.now())
    }
  }

  /** Calls have got an endpoint ejected, or one has failed: it is looked at soon, and often until it is back. */
  suspect(endpoint: LiveEndpoint, now: number): void {
    const checked = this.#checked.get(endpoint)
    if (checked === undefined) return
    checked.troubled = false
    checked.looked = false
    if (this.#active && !this.#running.has(checked))
      this.#plan(checked, checked.lookAt(now, this.settings.fastInterval))
  }

  /**
   * Begins to check, once: at the first call. A Worker that forgets its timers between requests has
   * nothing to check with, and goes by its calls alone.
   */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#active = !forgetsTimers()
    if (!this.#active) return
    const now = this.#clock.now()
    for (const checked of this.#checked.values()) this.#plan(checked, now)
  }

  close(): void {
    this.#started = true
    this.#active = false
    for (const run of this.#running.values()) run.cancel()
    this.#running.clear()
    this.#checked.clear()
    this.#unseen.clear()
    this.#outside.clear()
    this.#disarm()
  }

  #plan(checked: CheckedEndpoint, at: number): void {
    checked.turn = { at, checked }
    this.#queue.push(checked.turn)
    this.#arm()
  }

  /** The turn that comes first. */
  #next(): Turn | undefined {
    for (let turn = this.#queue.peek(); turn !== undefined; turn = this.#queue.peek()) {
      if (turn.checked.turn === turn) return turn
      this.#queue.pop()
    }
    return undefined
  }

  #arm(): void {
    const next = this.#running.size < this.settings.maxParallel ? this.#next() : undefined
    if (next === undefined) return this.#disarm()
    if (this.#firesAt === next.at) return
    this.#disarm()
    this.#firesAt = next.at
    this.#timer = this.#clock.setTimer(this.#onTimer, Math.max(0, next.at - this.#clock.now()))
    unref(this.#timer)
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
  }

  #beginDue(): void {
    this.#disarm()
    const now = this.#clock.now()
    const spared: CheckedEndpoint[] = []
    while (this.#running.size < this.settings.maxParallel) {
      const turn = this.#next()
      if (turn === undefined || turn.at > now + TOGETHER) break
      this.#queue.pop()
      const { checked } = turn
      checked.turn = undefined
      if ((checked.endpoint.gates & Gate.OUTSIDE) !== 0) this.#skip(checked)
      else if (this.#isNeeded(checked, now)) this.#begin(checked)
      else spared.push(checked)
    }
    // Not before, or their next turn might be one of these.
    for (const checked of spared)
      this.#plan(checked, Math.min(checked.sparedUntil, now + this.#varied(this.settings.interval)))
    this.#arm()
  }

  /** It is not used by this process, and so of no interest until it is. */
  #skip(checked: CheckedEndpoint): void {
    this.#outside.add(checked)
    this.#see(checked)
  }

  /** Calls come nowhere, and it was well a while ago: then it is spared. */
  #isNeeded({ healthy, against, wanted, attempts, sparedUntil }: CheckedEndpoint, now: number): boolean {
    if (healthy !== true || against > 0 || wanted) return true
    return attempts !== this.#attempts() || now >= sparedUntil
  }

  #begin(checked: CheckedEndpoint): void {
    const { endpoint } = checked
    const onEnd = (error: unknown, took: number, now: number) => this.#ended(checked, error, took, now)
    const run = new CheckRun(endpoint, this.#clock, this.settings.timeout, onEnd)
    this.#running.set(checked, run)
    void run.perform(this.settings.check, this.#send)
  }

  #ended(checked: CheckedEndpoint, error: unknown, took: number, now: number): void {
    const { rise, fall, interval, fastInterval, idleInterval } = this.settings
    this.#running.delete(checked)
    checked.checkedAt = now
    checked.took = took
    checked.error = error
    checked.attempts = this.#attempts()
    checked.sparedUntil = now + this.#varied(idleInterval)
    const { endpoint } = checked
    const changed = checked.note(error === undefined, rise, fall)
    const recovered =
      checked.suspected && checked.troubled && error === undefined && checked.healthy !== false
    if (recovered) checked.troubled = false
    const changing = checked.against > 0 || checked.wanted
    this.#plan(checked, now + this.#varied(changing ? fastInterval : interval))
    const { founding } = checked
    checked.founding = false
    if (recovered) this.#listener.onRecovered(endpoint, now)
    if (changed) this.#listener.onChanged(checked, founding, now)
    // Whoever was told may have taken it off the list.
    if (this.#checked.get(endpoint) !== checked) return
    this.#listener.onChecked(checked)
    this.#see(checked)
  }

  /** Another kind of check has opened its gate in front of an endpoint, which may have been what kept calls from it. */
  seeAgain(endpoint: LiveEndpoint): void {
    const checked = this.#checked.get(endpoint)
    if (checked?.healthy === true) this.#see(checked)
  }

  /** First calls wait for somebody who is well and may be called, or until nobody is left to be looked at. */
  #see(checked: CheckedEndpoint): void {
    if (this.#first) return
    this.#unseen.delete(checked)
    const isFound = checked.healthy === true && isWell(checked.endpoint)
    if (!isFound && this.#unseen.size > 0) return
    this.#unseen.clear()
    this.#first = true
    this.#listener.onFirst()
  }

  #varied(interval: number): number {
    return interval * (1 + this.settings.jitter * (2 * this.#random() - 1))
  }
}
