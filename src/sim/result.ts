/** Latencies of calls that were answered, from arrival to answer, in ms; NaN becomes null: there were none. */
export interface LatencySummary {
  readonly mean: number | null
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
}

/** How one group of servers fared. */
export interface GroupResult {
  readonly name: string
  readonly servers: number
  /** Attempts sent to it, and its share of all after the warm-up, 0 to 1. */
  readonly attempts: number
  readonly share: number
  /** Its share of the last tenth of the run. */
  readonly endShare: number
  /** What its share would be if each server had the same. */
  readonly evenShare: number
  /** Share of its slots that were at work, 0 to 1. */
  readonly utilization: number
  /** Requests in one of its servers on average, at work and waiting. */
  readonly inside: number
}

/** The run in stretches of the same length; one number for each. */
export interface Series {
  /** Ms from the beginning to the stretch's middle. */
  readonly at: readonly number[]
  /** Requests that arrived, a second. */
  readonly rate: readonly number[]
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  readonly failed: readonly number[]
  readonly retries: readonly number[]
  readonly ejections: readonly number[]
  /** Of each group, in the order of `groups`, its share of the attempts; null where there were hardly any. */
  readonly shares: readonly (readonly (number | null)[])[]
}

/** What came of a run: plain JSON, the same bytes for the same scenario, variant and seed. */
export interface SimulationResult {
  readonly scenario: string
  readonly title: string
  /** What was compared: the name of the policy, or of the variant. */
  readonly variant: string
  readonly policy: string
  readonly seed: number
  readonly clients: number
  readonly servers: number
  /** Ms in which the requests arrived, as planned, and until the last call had ended. */
  readonly duration: number
  readonly end: number
  /** Requests a second, and as a share of what the fleet of the start can do. */
  readonly rate: number
  readonly load: number
  /** The whole run. `unfinished`: without an answer and without a timeout. */
  readonly calls: {
    readonly total: number
    readonly answered: number
    readonly failed: number
    readonly unfinished: number
  }
  /** After the warm-up. A call fails when its error or status reaches the caller. */
  readonly measured: {
    readonly calls: number
    readonly failed: number
    /** Share of the calls that were answered, 0 to 1. */
    readonly success: number
    readonly latency: LatencySummary
  }
  readonly attempts: number
  /** Attempts beyond the first of a call: retries, and hedges. */
  readonly retries: number
  readonly ejections: number
  /** Breakers that opened. */
  readonly openings: number
  /** Times that a client fell into panic mode. */
  readonly panics: number
  readonly groups: readonly GroupResult[]
  readonly series: Series
}

/** Several variants on the same arrivals. */
export interface Comparison {
  readonly scenario: string
  readonly title: string
  readonly seed: number
  readonly oracle: SimulationResult
  /** In the order they were given. */
  readonly results: readonly SimulationResult[]
}

/** Several variants at several loads. */
export interface Sweep {
  readonly scenario: string
  readonly title: string
  readonly seed: number
  readonly loads: readonly number[]
  /** For each load one comparison. */
  readonly comparisons: readonly Comparison[]
}
