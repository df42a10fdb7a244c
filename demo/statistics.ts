/** How a call ended. */
export interface CallRecord {
  /** Milliseconds since the beginning. */
  readonly at: number
  /** From the moment that it was due to the end of its answer, in ms. */
  readonly latency: number
  /** What went wrong, `503` or `ECONNREFUSED`; undefined for a success. */
  readonly failure: string | undefined
  /** Where it went, if that was chosen beforehand. */
  readonly server: string | undefined
}

/** Slower than this is slow, in ms. */
export const SLOW_CALL = 500

/** All calls of one way, in numbers. Latencies are those of the calls that succeeded, in ms. */
export interface Summary {
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  /** 0 to 1; 1 before the first call. */
  readonly successRate: number
  /** How many failed of what. */
  readonly failures: Readonly<Record<string, number>>
  /** `null` when no call succeeded. */
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly max: number | null
  /** Calls that succeeded, but took longer than {@link SLOW_CALL}. */
  readonly slow: number
}

/** Every call of one way. */
export class CallLog {
  readonly records: CallRecord[] = []

  add(record: CallRecord): void {
    this.records.push(record)
  }

  summary(): Summary {
    const failures: Record<string, number> = {}
    const latencies: number[] = []
    for (const { failure, latency } of this.records) {
      if (failure === undefined) latencies.push(latency)
      else failures[failure] = (failures[failure] ?? 0) + 1
    }
    const sorted = Float64Array.from(latencies).sort()
    const calls = this.records.length
    const succeeded = sorted.length
    return {
      calls,
      succeeded,
      failed: calls - succeeded,
      successRate: calls === 0 ? 1 : succeeded / calls,
      failures,
      p50: percentile(sorted, 0.5),
      p90: percentile(sorted, 0.9),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1),
      slow: sorted.reduce((count, latency) => count + Number(latency > SLOW_CALL), 0),
    }
  }

  /** The calls that ended after `at`, newest first. */
  *since(at: number): Generator<CallRecord> {
    for (let i = this.records.length - 1; i >= 0; i--) {
      const record = this.records[i] as CallRecord
      if (record.at < at) return
      yield record
    }
  }
}

/** The smallest sample that at least `share` of all samples do not exceed (nearest rank); exact. */
export function percentile(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
