import type { OutcomeKind } from './outcome.js'

/** Why outlier detection ejects an endpoint, or would: the rule, and the numbers that decided it. Times in ms. */
export type EjectionCause =
  | {
      readonly rule:
        | 'consecutive-failures'
        | 'consecutive-gateway-failures'
        | 'consecutive-local-origin-failures'
      /** Failures in a row, and how many of them eject. */
      readonly failures: number
      readonly limit: number
    }
  | {
      readonly rule: 'failure-share'
      /** Of so many calls so many failed, which is `share` of them. */
      readonly calls: number
      readonly failures: number
      readonly share: number
      readonly limit: number
    }
  | {
      readonly rule: 'success-rate'
      readonly calls: number
      readonly failures: number
      readonly share: number
      /** The same of all other endpoints together. */
      readonly peerCalls: number
      readonly peerFailures: number
      readonly peerShare: number
      /** How likely so many failures would be, if it were no worse than the others. */
      readonly chance: number
    }
  | {
      readonly rule: 'latency'
      readonly latency: number
      /** The median of so many others of the same priority and region. */
      readonly peerLatency: number
      readonly peers: number
      readonly limit: number
    }
  | {
      readonly rule: 'overdue'
      /** Calls that it has not answered, at least. */
      readonly calls: number
      /** For how long two or more have been waiting, or those that were given up have waited together. */
      readonly silentFor: number
      /** By then the others would have answered: a multiple of what answers took lately. */
      readonly limit: number
    }
  | {
      readonly rule: 'trial-failed'
      /** Trials that failed since it was ejected. */
      readonly failures: number
      /** How the trial ended: a success that was still much too slow fails, too. */
      readonly kind: OutcomeKind
    }

/** Why an endpoint was ejected, in words. */
export function inWords(cause: EjectionCause): string {
  switch (cause.rule) {
    case 'consecutive-failures':
      return `${cause.failures} failures in a row`
    case 'consecutive-gateway-failures':
      return `${cause.failures} failures in a row of a gateway, or of reaching it`
    case 'consecutive-local-origin-failures':
      return `${cause.failures} times in a row nothing came back from it`
    case 'failure-share':
      return `${cause.failures} of ${cause.calls} calls failed`
    case 'success-rate':
      return `${cause.failures} of ${cause.calls} calls failed, and of the others' ${cause.peerFailures} of ${cause.peerCalls}`
    case 'latency':
      return `its answers take ${ms(cause.latency)}, and its peers' ${ms(cause.peerLatency)}`
    case 'overdue':
      return `silent for ${ms(cause.silentFor)} after ${cause.calls} calls, while others answered`
    case 'trial-failed':
      return `${cause.failures} trial${cause.failures === 1 ? '' : 's'} failed, the last one with '${cause.kind}'`
  }
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}
