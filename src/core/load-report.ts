/**
 * What a server says of its own load, riding on a response. All fields are optional; utilisations are
 * fractions, 1 for "all that there is".
 *
 * Source: the Open Request Cost Aggregation standard (ORCA), `xds.data.orca.v3.OrcaLoadReport`.
 */
export interface LoadReport {
  /** CPU in use; may exceed 1. */
  readonly cpuUtilization?: number
  /** Memory in use, 0 to 1. */
  readonly memUtilization?: number
  /** The application's own measure, which goes before that of the CPU; may exceed 1. */
  readonly applicationUtilization?: number
  /** Requests a second that it serves now. */
  readonly rps?: number
  /** Errors a second that it answers now. */
  readonly eps?: number
  /** Requests that it has under way now. */
  readonly inFlight?: number
  /** How long in ms it takes, as it sees it, for a request at its present load. */
  readonly latency?: number
  /** Utilisations of other resources, by name. */
  readonly utilization?: Readonly<Record<string, number>>
  /** Whatever else it measures, by name. */
  readonly namedMetrics?: Readonly<Record<string, number>>
}
