import type { BalancerOptions } from '../client/balancer-options.js'
import type { Policy } from '../policies/policy.js'
import type { Distribution } from './distribution.js'

/** A time within a run: virtual ms from its beginning, or a share of its length, `'33%'`. */
export type Moment = number | `${number}%`

/**
 * Which servers: the name of a group, `'10%'` of all or the first 3 (from the beginning of the fleet,
 * in the order of the groups), or their numbers from 0.
 */
export type ServerSelection = string | number | readonly number[]

/** Servers that are alike. Times in ms. */
export interface ServerGroup {
  /** For results and plots. Default `'servers'`, or `'group-2'` and so on. */
  readonly name?: string
  /** How many. Default 1. */
  readonly count?: number
  /** How long a request takes while it is worked on. */
  readonly service: Distribution
  /** How many requests a server works on at once. Default 4. */
  readonly slots?: number
  /** How many may wait for a slot; one more is answered 503 at once. Default: no limit. */
  readonly queue?: number
  /** Times as slow as `service` says: 5 is five times slower. Default 1. */
  readonly slowdown?: number
  /** Share of requests that are answered with an error at once, 0 to 1. Default 0. */
  readonly errorRate?: number
  /** The status of those. Default 500. */
  readonly errorStatus?: number
  /** As told to the balancers. Default 1. */
  readonly weight?: number
  /** As told to the balancers. Default 0. */
  readonly priority?: number
  /** Where they are. */
  readonly zone?: string
  /** Do they report their load with every response, as `requestTracker()` does? Default false. */
  readonly reports?: boolean
}

/** Clients that are alike: each is a balancer of its own that knows nothing of the others. */
export interface ClientGroup {
  /** How many. Default 1. */
  readonly count?: number
  /** How much traffic one of them has, relative to one of another group. Default 1. */
  readonly weight?: number
  /** Where they are. */
  readonly zone?: string
}

/** When requests arrive; exactly one of `load` and `rate`. */
export interface Arrivals {
  /** As a share of what all servers of the start can do together: 0.72 is 72 %. Default 0.72. */
  readonly load?: number
  /** Requests a second, over all clients. */
  readonly rate?: number
  /** `poisson`: at random; `even`: with the same gap between any two. Default `poisson`. */
  readonly process?: 'poisson' | 'even'
  /** The rate times these factors, from each moment to the next one. Default: 1 all the time. */
  readonly pattern?: readonly { readonly at: Moment; readonly factor: number }[]
  /** From one factor to the next in a straight line instead of a step. Default false. */
  readonly ramp?: boolean
}

/** Something that happens to servers in the course of a run. */
export type Change =
  /** They become `factor` times slower. */
  | {
      readonly kind: 'slow'
      readonly servers: ServerSelection
      readonly factor: number
      readonly from?: Moment
      readonly until?: Moment
    }
  /** Always `count` of them, others every `every` ms, are `factor` times slower: noisy neighbours. */
  | {
      readonly kind: 'antagonist'
      readonly servers?: ServerSelection
      readonly count: number | `${number}%`
      readonly factor: number
      readonly every: number
      readonly from?: Moment
      readonly until?: Moment
    }
  /**
   * They refuse connections and lose what they have (`refuse`), take requests and never answer
   * (`silent`), or answer with a status at once.
   */
  | {
      readonly kind: 'outage'
      readonly servers: ServerSelection
      readonly how: 'refuse' | 'silent' | number
      readonly from?: Moment
      readonly until?: Moment
    }
  /** One after the other, one every `every` ms: refuses for `downtime` ms, and comes back cold. */
  | {
      readonly kind: 'restart'
      readonly servers: ServerSelection
      readonly every: number
      readonly downtime: number
      readonly cold?: ColdStart
      readonly from?: Moment
    }
  /** They are not there before, and join the list of endpoints then. */
  | {
      readonly kind: 'join'
      readonly servers: ServerSelection
      readonly from: Moment
      readonly cold?: ColdStart
    }
  /** They leave the list of endpoints, and finish what they have. */
  | { readonly kind: 'leave'; readonly servers: ServerSelection; readonly from: Moment }

/** A server that has just started is `factor` times slower; that wears off in a straight line. */
export interface ColdStart {
  readonly factor: number
  /** Ms until it is gone. */
  readonly duration: number
}

/** A policy by name, with its options: `{ name: 'leastLatency', decay: 2000 }`. */
export interface PolicyConfig {
  readonly name: string
  readonly [option: string]: unknown
}

/** Options of the balancers. In code a policy may be an object; in YAML it is named. */
export interface BalancerConfig
  extends Omit<
    BalancerOptions,
    'name' | 'endpoints' | 'discovery' | 'transport' | 'clock' | 'random' | 'policy' | 'hashKey'
  > {
  /** Default: the library's own. `'oracle'` knows every queue. */
  readonly policy?: string | PolicyConfig | Policy
}

/** A fleet, its clients, what they ask and what goes wrong: plain data. */
export interface Scenario {
  /** Default `'scenario'`. */
  readonly name?: string
  /** One line: what it is about. */
  readonly title?: string
  /** What is to be seen in it. */
  readonly description?: string
  readonly servers: ServerGroup | readonly ServerGroup[]
  /** How many clients, or groups of them. Default 1. */
  readonly clients?: number | readonly ClientGroup[]
  readonly arrivals?: Arrivals
  /** How many requests arrive. Default 100 000. */
  readonly requests?: number
  /** Share of the requests at the beginning that totals leave out, 0 to 0.9. Default 0.1. */
  readonly warmUp?: number
  readonly network?: {
    /** One way. Default 0. */
    readonly latency?: Distribution
    /** Ms on top, one way, between zones. Default 0. */
    readonly crossZone?: number
  }
  /** Up to so many ms pass until a client hears of servers that joined or left. Default 0. */
  readonly discoveryDelay?: number
  /** The method of the requests: `POST` is not repeated once it may have been seen. Default `GET`. */
  readonly method?: string
  /** What policies that hash are given: a key of so many, some asked for more than others (Zipf). */
  readonly keys?: {
    readonly count: number
    /** 0: all alike; 1: the second half as often as the first, the third a third ... Default 0. */
    readonly skew?: number
  }
  readonly changes?: readonly Change[]
  readonly balancer?: BalancerConfig
}
