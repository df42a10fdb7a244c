import type { BalancerOptions } from 'evenkeel'
import type { ServerProcess } from './fleet.ts'
import type { Observation } from './observation.ts'
import type { PolicyName, Setup } from './programs/client.ts'

/** Where a fault happens: the servers, and what can be done to the process of the callers. */
export interface Scene {
  /** In the order of the balancer's list, at first. */
  readonly servers: readonly ServerProcess[]
  /** Those that the fault is to hit. */
  readonly victims: readonly ServerProcess[]
  /** Servers that are up and not in the list. */
  readonly spares: readonly ServerProcess[]
  /** With `registry`: the server that discovery asks. */
  readonly registry: ServerProcess | undefined
  /** For how long the fault is to last, in ms. */
  readonly lasting: number
  readonly quick: boolean
  setEndpoints(servers: readonly ServerProcess[]): Promise<void>
  /** Holds up the event loop of the callers' process. */
  block(ms: number): Promise<void>
  /** Moves the clock on the wall of the callers' process. */
  jump(ms: number): Promise<void>
  /** Remembers when something happened, for `besides`. */
  mark(name: string): void
  marked(name: string): number
}

/**
 * What the caller may see. A limit that is left out is not promised. All but `success` are of the whole time
 * from the beginning of the fault until everybody is in use again, if it does not say otherwise.
 */
export interface Promised {
  /** The least share of idempotent calls that succeed, 0 to 1; by default all. */
  readonly success?: number
  /** At most so many idempotent calls may fail, instead of a share. */
  readonly failed?: number
  /** The same of POSTs; by default none may. */
  readonly postsFailed?: number
  /** p99 while the fault lasts, as a multiple of p99 before it. Not checked in short runs, which have no p99. */
  readonly p99?: number
  /** Calls that take longer than 500 ms. */
  readonly slow?: number
  /** Requests that reach servers, divided by calls. */
  readonly amplification?: number
  /** All victims are out of selection after so many ms. */
  readonly ejected?: number
  /**
   * All servers are in use again so many ms after the fault has ended: get a third call or, where the policy gives
   * each the same, half of their share.
   */
  readonly recovered?: number
  /** What else is promised: says what was broken. */
  readonly besidesInWords?: string
  readonly besides?: (seen: Observation, scene: Scene) => readonly string[]
}

/** Something that goes wrong, and what it may cost. */
export interface Fault {
  readonly name: string
  /** What goes wrong, and the caller's settings where they are not those of every fault. */
  readonly what: string
  /** What the caller may see of it. */
  readonly sees: string
  /** How many of the servers are hit; by default one of ten. */
  readonly victims?: number | 'all'
  /** How many servers are in the list and beside it; by default 10, and 4 in a short run. */
  readonly fleet?: (quick: boolean) => { readonly size: number; readonly spares: number }
  /** Endpoints come from a registry. */
  readonly registry?: boolean
  /** The share of POSTs; by default none. */
  readonly posts?: number
  readonly options?: BalancerOptions
  readonly policy?: PolicyName
  readonly check?: Partial<Setup['check']>
  /** It is the callers' process that has no time. */
  readonly holdsUpCallers?: boolean
  readonly promised: Promised
  /** May take as long as it has to. The fault lasts `scene.lasting` at least. */
  begin(scene: Scene): Promise<unknown>
  end(scene: Scene): Promise<unknown>
}

/** Does each server get the same under a policy? By latency those do that answer alike, in the long run. */
export function hasShares(policy: PolicyName | undefined): boolean {
  return policy === 'roundRobin'
}
