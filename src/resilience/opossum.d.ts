// The part of opossum that is used. `@types/opossum` lacks `newStatus`' options and `status.increment`.
declare module 'opossum' {
  export interface RotateController {
    on(event: string, rotate: () => void): unknown
    removeListener(event: string, rotate: () => void): unknown
    listenerCount(event: string, rotate: () => void): number
  }
  export interface Options {
    name?: string
    timeout?: number | false
    errorThresholdPercentage?: number
    resetTimeout?: number
    rollingCountTimeout?: number
    rollingCountBuckets?: number
    rollingPercentilesEnabled?: boolean
    enableSnapshots?: boolean
    volumeThreshold?: number
    rotateBucketController?: RotateController
    status?: Status
    state?: { enabled: boolean; closed: boolean; halfOpen: boolean }
  }
  export interface Status {
    increment(property: 'fires'): void
  }
  export default class CircuitBreaker {
    constructor(action: (outcome: unknown) => unknown, options: Options)
    static newStatus(options: Options & { stats?: { fires: number } }): Status
    fire(outcome: unknown): Promise<unknown>
    open(): void
    shutdown(): void
    readonly status: Status
    readonly closed: boolean
    readonly opened: boolean
  }
}
