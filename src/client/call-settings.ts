import { invalidConfig } from '../core/errors.js'
import { checkBoolean, checkFunction, checkNumber, checkObject } from '../core/validate.js'
import { checkPriority, DEFAULT } from '../overload/call-priority.js'
import { checkHedge } from '../resilience/hedge-options.js'
import { checkRetry, type RetryOptions, type RetrySettings } from '../resilience/retry-options.js'
import type { Router } from '../routing/router.js'
import { BodyTracker } from '../transport/track-body.js'
import type { Transport } from '../transport/transport.js'
import type { ActionSettings } from './action-call.js'
import type { CallOptions, ExecuteOptions, FetchCallOptions } from './balancer.js'
import type { FetchSettings } from './fetch-call.js'
import { checkKey } from './hash-key.js'
import type { Mirrors } from './mirrors.js'
import { checkSignal } from './option-checks.js'
import { checkCompletion, checkTimeout, type Settings } from './options.js'
import { type Route, routeTo } from './route.js'

const CALL_KEYS = ['idempotent', 'timeout', 'retry', 'hedge', 'attempt', 'hashKey', 'subset', 'priority']
const FETCH_KEYS = [...CALL_KEYS, 'completion']
const EXECUTE_KEYS = [...CALL_KEYS, 'signal', 'classify', 'loadOf', 'completion', 'discard']

/** What calls are done with: what their balancer says and, over that, what one asks for itself. */
export class CallSettings {
  readonly #settings: Settings
  readonly #router: Router
  readonly #bodies = new BodyTracker()
  readonly #fetch: FetchSettings
  readonly #action: ActionSettings<never> & Record<'loadOf' | 'completion' | 'discard', undefined>

  constructor(settings: Settings, router: Router, mirrors: Mirrors, usesLoadReports: boolean) {
    this.#settings = settings
    this.#router = router
    const { transport, timeout, retry, hedge, hashKey, routes } = settings
    const common = { timeout, retry, hedge, usesLoadReports }
    this.#fetch = {
      ...common,
      transport,
      inbound: 1,
      idempotent: undefined,
      bodies: settings.completion === 'body' ? this.#bodies : undefined,
      key: undefined,
      hashKey,
      target: undefined,
      router: routes && router,
      mirrors,
      rank: DEFAULT,
    }
    this.#action = {
      ...common,
      signal: undefined,
      idempotent: false,
      classify: undefined,
      loadOf: undefined,
      completion: undefined,
      discard: undefined,
    }
  }

  /** Of a `fetch`, which may go by another transport than the balancer's. */
  ofFetch(via: Transport | undefined, options: FetchCallOptions | undefined): FetchSettings {
    const base = this.#fetch
    if (options === undefined) return via === undefined ? base : { ...base, transport: via }
    checkObject(options, 'balancer', FETCH_KEYS)
    const { completion } = this.#settings
    return {
      ...base,
      transport: via ?? base.transport,
      timeout: checkTimeout(options.timeout, 'balancer.timeout', base.timeout),
      ...this.#again(options, 'balancer'),
      idempotent: checkBoolean(options.idempotent, 'balancer.idempotent'),
      bodies:
        checkCompletion(options.completion, 'balancer.completion', completion) === 'body'
          ? this.#bodies
          : undefined,
      key: checkKey(options.hashKey, 'balancer.hashKey'),
      target:
        options.subset === undefined ? undefined : this.#router.subset(options.subset, 'balancer.subset'),
      rank: checkPriority(options.priority, 'balancer.priority'),
    }
  }

  /** Of an `execute`, but for its route. */
  ofAction<T>(options: ExecuteOptions<T> | undefined): ActionSettings<T> {
    const base = this.#action
    if (options === undefined) return base
    checkObject(options, 'execute', EXECUTE_KEYS)
    return {
      signal: checkSignal(options.signal, 'execute.signal'),
      timeout: checkTimeout(options.timeout, 'execute.timeout', base.timeout),
      ...this.#again(options, 'execute'),
      idempotent: checkBoolean(options.idempotent, 'execute.idempotent') ?? base.idempotent,
      classify: checkFunction(options.classify, 'execute.classify', 'a function'),
      loadOf: checkFunction(options.loadOf, 'execute.loadOf', 'a function'),
      completion: checkFunction(options.completion, 'execute.completion', 'a function'),
      discard: checkFunction(options.discard, 'execute.discard', 'a function'),
      usesLoadReports: base.usesLoadReports,
    }
  }

  /** Where a call goes that is no request. */
  route(options: CallOptions | undefined, path: string): Route {
    const key = checkKey(options?.hashKey, `${path}.hashKey`)
    const rank = checkPriority(options?.priority, `${path}.priority`)
    if (options?.subset === undefined) return routeTo(this.#router.choose(undefined, key), key, rank)
    return routeTo(this.#router.subset(options.subset, `${path}.subset`), key, rank)
  }

  /** What is sent more than once. What somebody else sends again is not sent again here as well. */
  #again({ retry, hedge, attempt }: CallOptions, path: string) {
    const inbound = checkNumber(attempt, `${path}.attempt`, 1, { min: 1, max: 1_000_000, integer: true })
    const settings = this.#retry(retry, `${path}.retry`)
    if (inbound > 1) return { inbound, retry: { ...settings, attempts: 1 }, hedge: undefined }
    return {
      inbound,
      retry: settings,
      hedge: hedge === undefined ? this.#settings.hedge : checkHedge(hedge, `${path}.hedge`),
    }
  }

  #retry(options: RetryOptions | false | undefined, path: string): RetrySettings {
    const { retry } = this.#settings
    if (options === undefined) return retry
    if (options !== false && options.budget !== undefined) {
      throw invalidConfig(`${path}.budget`, options.budget, 'set on the balancer, for all of its calls')
    }
    return checkRetry(options, path, retry)
  }
}
