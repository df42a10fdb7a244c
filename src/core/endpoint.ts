import { RecentVolume } from './recent-volume.js'

/** The priority of a backup: behind all that can be given. */
export const BACKUP = 1001

/** An endpoint as policies, events and attempts see it. */
export interface Endpoint {
  /** Stable identity; by default the canonical URL. What was learned is kept under it. */
  readonly id: string
  /** Canonical URL: scheme, host, port, base path; no trailing slash, query or credentials. */
  readonly url: string
  /** Scheme without the colon, `'http'`. */
  readonly scheme: string
  /** Host name or address without brackets or port; empty where the scheme has none. */
  readonly hostname: string
  /** Port; the scheme's own for http and https; 0 when unknown. Where it is dialled, whatever stands in the URL. */
  readonly port: number
  /** Where it is dialled, if not at `hostname`: an address, a host name, or `unix:/path`. */
  readonly address: string | undefined
  /** Share of traffic relative to the others; 0 means "no new calls". */
  readonly weight: number
  /** 0 is served first; higher numbers take over as lower ones fail. 1001 for a `backup`. */
  readonly priority: number
  readonly zone: string | undefined
  readonly region: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  /** Calls of this process that are under way there now. */
  readonly inFlight: number
}

/** An endpoint with everything but its id and url optional. */
export interface EndpointOptions {
  /** Stable identity. Default: the canonical form of `url`; with an `address`, `url@address:port`. */
  readonly id?: string | undefined
  /** `http(s)` for `fetch`, any scheme for `execute` and `pick`. A base path is kept. */
  readonly url: string | URL
  /**
   * Where to connect, when that is not the host of `url`, which then only names the server: in `Host`, and to TLS,
   * which checks the certificate against it. An IP address, a host name, or a socket of Unix as nginx writes it,
   * `unix:/run/users.sock`. For `fetch` it takes a transport that can dial addresses: `undiciTransport()` of
   * `evenkeel/node`.
   */
  readonly address?: string | undefined
  /** The port to connect to. Default: that of `url`. Like `address`, it does not change what the server is called. */
  readonly port?: number | undefined
  /** Share of traffic relative to the others, at least 0; 0 means "no new calls". Default 1. */
  readonly weight?: number | undefined
  /** 0 is served first; higher numbers, up to 1000, take over as lower ones fail. Default 0. */
  readonly priority?: number | undefined
  /**
   * Stands by for all others, whatever their priorities: it gets calls, and retries, only when none of them can
   * be picked. As nginx's `backup`. It has no `priority` beside that. Default false.
   */
  readonly backup?: boolean | undefined
  readonly zone?: string | undefined
  readonly region?: string | undefined
  /** Anything of your own; it is carried along and never looked at. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** How users write an endpoint: a URL, or an object when there is more to say. */
export type EndpointInput = string | URL | EndpointOptions

/** A checked and completed endpoint description. */
export interface EndpointSpec {
  readonly id: string
  readonly url: string
  readonly scheme: string
  readonly hostname: string
  readonly port: number
  readonly address: string | undefined
  /** `scheme://host:port`, what goes before a path. */
  readonly origin: string
  /** The path that comes before every request's own, without a trailing slash; often empty. */
  readonly basePath: string
  readonly weight: number
  readonly priority: number
  readonly zone: string | undefined
  readonly region: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Why an endpoint gets no new calls: bits, since several can hold at once. */
export const Gate = {
  /** Its weight is 0. */
  WEIGHT: 1,
  /** Outlier detection ejected it. The only gate that panic mode may override. */
  EJECTED: 2,
  /** Its circuit breaker is open. */
  CIRCUIT: 4,
  /** It asked to be left alone (`Retry-After`). */
  COOLDOWN: 8,
  /** It left the list and is finishing what it has. */
  REMOVED: 16,
  /** It is not in the subset of the fleet that this process uses. */
  OUTSIDE: 32,
  /** Active health checks say that it is not well. */
  UNHEALTHY: 64,
  /** A tracked check says that it must not be master, whoever else is left. */
  FAULT: 128,
  /** It has as many calls of this process under way as it may. Not a sign of ill health: it is only passed over. */
  FULL: 256,
} as const

/** As many calls as there may be: unlike `Infinity` an integer that engines keep in the object itself, not in a box of its own. */
export const UNLIMITED = 2 ** 30 - 1

/** Is nothing wrong with it? It may be full all the same. */
export function isWell({ gates }: { readonly gates: number }): boolean {
  return (gates & ~Gate.FULL) === 0
}

/** The gates that one call opens again, as a trial, when their time is up. */
export const TRIED = Gate.EJECTED | Gate.CIRCUIT

/**
 * Whether an ejected or broken endpoint is to be tried with one call.
 * It is `DUE` when its time is up, and `RUNNING` while that one call is under way.
 */
export const Trial = { NONE: 0, DUE: 1, RUNNING: 2 } as const

/** When the trial of an ejected or broken endpoint falls due: when nothing keeps it out any more. */
export function trialDueAt({ gates, ejectedUntil, circuitUntil }: LiveEndpoint): number {
  return Math.max(gates & Gate.EJECTED ? ejectedUntil : 0, gates & Gate.CIRCUIT ? circuitUntil : 0)
}

/**
 * One endpoint and all that is known of it. It keeps its identity across discovery updates, so what
 * was learned survives them. All fields are set here, once: one hidden class, whatever the options.
 */
export class LiveEndpoint implements Endpoint {
  // What a pick reads of every endpoint that it compares comes first, and so is side by side in memory.
  weight: number
  /** What policies go by: weight x warmth x share. Written by the endpoint set. */
  effectiveWeight: number
  inFlight = 0
  /** Calls that it has not answered since it was last heard of. Written by outlier detection. */
  unanswered = 0
  /** So many calls may be under way there at a time. Written by the endpoint set. */
  limit = UNLIMITED
  /** Its number among those that are known now, for side tables; taken over by another once it is gone. */
  readonly index: number
  /** Order of arrival: unique, and breaks ties where an order must not depend on where it sits. */
  readonly order: number

  readonly id: string
  readonly url: string
  readonly scheme: string
  readonly hostname: string
  readonly port: number
  readonly address: string | undefined
  readonly origin: string
  readonly basePath: string
  priority: number
  zone: string | undefined
  region: string | undefined
  metadata: Readonly<Record<string, unknown>>

  /** How far it has warmed up, above 0 to 1. Written by the endpoint set. */
  warmth = 1
  /** How much of it this process uses, 0 to 1. Written by the endpoint set. */
  share = 1
  /** What tracked checks add to its rank. Written by the endpoint set. */
  tracked = 0
  gates = 0
  trial: number = Trial.NONE
  /** When the trial fell due or, while it is running, when it began. */
  trialAt = 0

  calls = 0
  successes = 0
  failures = 0
  /** Smoothed time to an answer in ms, for people to look at; NaN until there is one. */
  latency = Number.NaN

  readonly volume = new RecentVolume()

  consecutiveFailures = 0
  consecutiveGatewayFailures = 0
  consecutiveLocalOriginFailures = 0
  /** How many ejections its next ejection time is multiplied by; shrinks while it behaves. */
  ejections = 0
  ejectedUntil = 0
  circuitUntil = 0
  cooldownUntil = 0
  /** Counts its ejections, breaker openings, trials and returns: a result from before one is late. */
  epoch = 0
  /** The epoch that its last trial began. */
  trialEpoch = 0

  constructor(spec: EndpointSpec, order: number, index: number) {
    this.id = spec.id
    this.url = spec.url
    this.scheme = spec.scheme
    this.hostname = spec.hostname
    this.port = spec.port
    this.address = spec.address
    this.origin = spec.origin
    this.basePath = spec.basePath
    this.weight = spec.weight
    this.priority = spec.priority
    this.zone = spec.zone
    this.region = spec.region
    this.metadata = spec.metadata
    this.order = order
    this.index = index
    this.effectiveWeight = spec.weight
    if (spec.weight === 0) this.gates = Gate.WEIGHT
  }
}
