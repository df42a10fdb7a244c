import type { Endpoint, EndpointInput } from '../core/endpoint.js'
import type { CallPriority } from '../overload/call-priority.js'
import type { HedgeOptions } from '../resilience/hedge-options.js'
import type { RetryOptions } from '../resilience/retry-options.js'
import type { Subset } from '../routing/subset.js'
import type { BalancerEventName, BalancerListener } from '../telemetry/events.js'
import type { Action, Classify, CompletionOf, LoadOf } from './action-call.js'
import type { Completion, TimeoutOptions } from './balancer-options.js'
import type { Loss, LossVerdict } from './loss.js'
import type { Pick, PickOptions } from './pick.js'
import type { BalancerSnapshot } from './snapshot.js'

/** What one call may ask for, over what its balancer says. */
export interface CallOptions {
  /** May it be sent twice without harm? Default: for `fetch` by method and `Idempotency-Key`, else no. */
  readonly idempotent?: boolean
  /** Timeouts of this call; `false` for none. */
  readonly timeout?: TimeoutOptions | false
  /** Retries of this call; `false` for none. The budget is the balancer's. */
  readonly retry?: Omit<RetryOptions, 'budget'> | false
  /** Hedging of this call; `false` for none. It takes what is idempotent, and a body that can be sent twice. */
  readonly hedge?: HedgeOptions | false
  /**
   * Which attempt of its own caller's request this call is made for: `attemptOf(request.headers)` in a
   * server. From 2 on the layer above is trying again, and so this one does not: only what was never sent
   * is. Default 1.
   */
  readonly attempt?: number
  /** Sends this call where others of the same key go, with a policy that hashes. */
  readonly hashKey?: string
  /**
   * Sends this call to these endpoints and, with all of its attempts, nowhere else, whatever `routes` say.
   * Checked and looked up at each call: the 64 subsets that were used last are kept at hand, another one
   * costs a look at every endpoint.
   */
  readonly subset?: Subset
  /**
   * What is given up first when not all calls can be served, with `concurrency` or `throttle`. Default
   * `'default'`.
   */
  readonly priority?: CallPriority
}

/** Options of a call by `fetch`. */
export interface FetchCallOptions extends CallOptions {
  /** When this call is no longer in flight. */
  readonly completion?: Completion
}

/** Options of a call by `execute`. */
export interface ExecuteOptions<T = unknown> extends CallOptions {
  /** Ends the call: the attempt, a pause, or the wait for endpoints. */
  readonly signal?: AbortSignal
  /**
   * Says what an error of the action means. `'ignored'` is an error that is not the endpoint's (a
   * query with a mistake in it): it goes to the caller as it is, is not tried again, and is not held
   * against the endpoint. `undefined`: by the error's code, and `'server-error'` where it has none.
   */
  readonly classify?: Classify
  /**
   * Says what a result tells of its server's load, for policies and for `redundancy` that go by that. It is
   * not asked otherwise, and not for a `Response`, whose headers are read. What it throws is reported as an
   * uncaught error.
   */
  readonly loadOf?: LoadOf<T>
  /**
   * For a result that lasts, such as a connection: it counts as in flight until the promise that this gives has
   * settled. Latency is the time to the result. If the promise rejects within the first second, the connection
   * was worth nothing, which is held against the endpoint (`'broken'`); later that says nothing. Default: an
   * attempt ends with its result.
   */
  readonly completion?: CompletionOf<T>
  /**
   * Lets go of a result that nobody gets, since the attempt was given up, or overtaken by another one, as it
   * came. Default: only the body of a `Response` is cancelled.
   */
  readonly discard?: (result: T) => void
}

/** The options of `fetch`, and those of this library. */
export interface BalancedRequestInit extends RequestInit {
  /** What this call asks for, over what its balancer says. */
  readonly balancer?: FetchCallOptions
}

/** `fetch`, balanced. */
export type BalancedFetch = (input: string | URL | Request, init?: BalancedRequestInit) => Promise<Response>

/** Balances the calls to one service over its endpoints. Made by `createBalancer`. */
export interface Balancer extends AsyncDisposable {
  /** The name that it was given. */
  readonly name: string
  /**
   * Sends a request to the endpoint that is chosen for it, and to another one if that fails and it is
   * safe. Takes what the platform's `fetch` takes and returns what it returns: a status, whatever it
   * is, is a `Response` and not an error. A path is relative to the endpoint's URL; of an absolute
   * URL path and query are used. It can be passed around without its balancer.
   *
   * @throws BalancerError `ERR_ATTEMPT_FAILED`, `ERR_ATTEMPT_TIMEOUT`, `ERR_DEADLINE_EXCEEDED`,
   * `ERR_NO_ENDPOINTS`, `ERR_CIRCUIT_OPEN`, `ERR_CONCURRENCY_LIMIT`, `ERR_THROTTLED`, `ERR_CLOSED`; the reason of `init.signal`; TypeError for
   * a request that `fetch` refuses as well
   */
  readonly fetch: BalancedFetch
  /**
   * Gives any async function the same treatment. It is tried again if nothing was sent (a refused
   * connection), or if it is `idempotent`. Its errors come back as the `cause` of a BalancerError.
   *
   * @throws BalancerError as `fetch`; what `classify` calls `'ignored'`, as it is
   */
  execute<T>(action: Action<T>, options?: ExecuteOptions<T>): Promise<T>
  /**
   * Hands out one endpoint, for protocols of your own; give it back with one of its three methods.
   * Synchronous, so it needs endpoints to be there: with discovery, await `ready()` first.
   *
   * @throws BalancerError `ERR_NO_ENDPOINTS`, `ERR_CIRCUIT_OPEN`, `ERR_CONCURRENCY_LIMIT` (it never waits),
   * `ERR_THROTTLED`, `ERR_CLOSED`
   */
  pick(options?: PickOptions): Pick
  /**
   * Resolves when there has been a list of endpoints, and the transport has opened what it opens ahead; starts
   * discovery if nothing else has.
   * @throws BalancerError `ERR_CLOSED`, `ERR_NO_ENDPOINTS` when discovery cannot be started; the reason of
   * `signal`; what the transport says if it is no use
   */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>
  /**
   * Replaces a static list. What was learned of endpoints that stay is kept; those that are gone get
   * no new calls and finish the old ones, then `drained` is emitted.
   *
   * @throws BalancerError `ERR_INVALID_CONFIG`, and the old list stays; `ERR_CLOSED`
   */
  setEndpoints(endpoints: readonly EndpointInput[]): void
  /** The endpoints of the list, in order of arrival. */
  endpoints(): readonly Endpoint[]
  /** Everything there is to know, as plain JSON: each endpoint, its state, why and until when. */
  snapshot(): BalancerSnapshot
  /**
   * Would what is left be enough for the traffic, if a zone were lost now, or some endpoints, or any so many?
   * Needs the option `redundancy`. Endpoints that are out already are counted as out.
   *
   * @throws BalancerError `ERR_INVALID_CONFIG` without `redundancy`, and for a zone or an endpoint that the list
   * does not have
   */
  canLose(loss: Loss): LossVerdict
  /**
   * Calls `listener` at each event of that name, synchronously. What it throws does not reach the call
   * that caused the event: it is reported as an uncaught error.
   */
  on<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this
  /** As `on`, for the next such event only. */
  once<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this
  /** Takes a listener away that `on` or `once` was given. */
  off<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this
  /**
   * Stops: new calls are refused, pauses and waits end with `ERR_CLOSED`, and attempts under way go on
   * to their end, which this waits for; a body that was handed out is its reader's. Nothing is left
   * running. Also `await using`.
   */
  close(): Promise<void>
}
