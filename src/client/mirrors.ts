import type { LiveEndpoint } from '../core/endpoint.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'
import { AttemptFailure } from '../resilience/retry-loop.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import type { MirrorSkip, MirrorTarget } from '../routing/mirror-target.js'
import { discardResponse } from '../runtime/discard-response.js'
import type { RequestTemplate } from '../transport/request-template.js'
import type { Transport } from '../transport/transport.js'
import { Attempt, type AttemptOwner } from './attempt.js'
import type { Engine } from './engine.js'
import type { Lease } from './lease.js'
import { MirrorCall } from './mirror-call.js'

/** A copy that was asked for and has not ended. */
interface Copy {
  readonly mirror: MirrorTarget
  readonly template: RequestTemplate
  readonly transport: Transport
  readonly key: string | undefined
  /** Ends it, whether it is waiting or under way. */
  readonly controller: AbortController
  timer: unknown
}

/**
 * Sends copies of calls. Nothing of that reaches the caller: a copy has a turn of the event loop to
 * itself after the call was sent, and no error of it goes anywhere but into events and counts.
 */
export class Mirrors {
  readonly #engine: Engine
  readonly #retry: RetrySettings
  readonly #usesLoadReports: boolean
  readonly #copies = new Set<Copy>()
  #closed = false

  constructor(engine: Engine, retry: RetrySettings, usesLoadReports: boolean) {
    this.#engine = engine
    this.#retry = retry
    this.#usesLoadReports = usesLoadReports
  }

  /** A call was sent that may be one to copy. Never throws. */
  offer(
    mirror: MirrorTarget,
    template: RequestTemplate,
    transport: Transport,
    key: string | undefined,
  ): void {
    if (this.#closed) return
    try {
      if (!mirror.wants(template.method, key, this.#engine.random)) return
      if (!template.body.shareable) return this.#skip(mirror, 'body')
      if (mirror.inFlight >= mirror.settings.maxInFlight) return this.#skip(mirror, 'busy')
      const controller = new AbortController()
      const copy: Copy = { mirror, template, transport, key, controller, timer: undefined }
      copy.timer = this.#engine.clock.setTimer(() => this.#send(copy), 0)
      mirror.inFlight++
      this.#copies.add(copy)
    } catch (error) {
      // The user's own random numbers, or clock.
      reportUncaught(error)
    }
  }

  /** Gives up all copies, and sends no more. */
  close(): void {
    this.#closed = true
    for (const copy of this.#copies) {
      this.#engine.clock.clearTimer(copy.timer)
      copy.controller.abort()
      this.#end(copy)
    }
  }

  #send(copy: Copy): void {
    const engine = this.#engine
    const { mirror, template, transport, key, controller } = copy
    let lease: Lease | undefined
    try {
      const onEnd = (endpoint: LiveEndpoint, outcome: Outcome) => this.#tell(mirror, endpoint, outcome)
      lease = engine.leasing.leaseCopy(engine.clock.now(), key, mirror.pool, onEnd)
      if (lease === undefined) this.#skip(mirror, 'nobody')
    } catch (error) {
      // A policy that threw.
      reportUncaught(error)
    }
    if (lease === undefined) return this.#end(copy)
    mirror.sent++
    engine.totals.mirrored++
    const { header, timeout } = mirror.settings
    const call = new MirrorCall(
      { template, transport, retry: this.#retry, header, usesLoadReports: this.#usesLoadReports },
      controller.signal,
    )
    const limit = { limit: timeout, fair: true, left: timeout }
    // How it ends is told of when its endpoint is given back.
    const owner: AttemptOwner<Response> = {
      succeeded: (response) => {
        discardResponse(response)
        this.#end(copy)
      },
      failed: (error) => {
        if (error instanceof AttemptFailure) discardResponse(error.result as Response)
        this.#end(copy)
      },
      record() {},
    }
    new Attempt(call, lease, engine.clock, engine.deadlines, limit, owner).run()
  }

  #tell(mirror: MirrorTarget, endpoint: LiveEndpoint, outcome: Outcome): void {
    const { kind, status, latency, error } = outcome
    if (isFailure(kind)) mirror.failed++
    this.#engine.events.emit('mirrored', { route: mirror.route, endpoint, kind, status, latency, error })
  }

  #skip(mirror: MirrorTarget, reason: MirrorSkip): void {
    mirror.skipped[reason]++
    this.#engine.totals.mirrorsSkipped++
    this.#engine.events.emit('mirrorskipped', { route: mirror.route, reason })
  }

  /** Once for each. */
  #end(copy: Copy): void {
    if (this.#copies.delete(copy)) copy.mirror.inFlight--
  }
}
