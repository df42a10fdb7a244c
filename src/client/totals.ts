/** What a balancer has counted since it was made. */
export interface Totals {
  calls: number
  attempts: number
  retries: number
  hedges: number
  hedgesWon: number
  failures: number
  panicPicks: number
  mirrored: number
  mirrorsSkipped: number
  rejected: number
  throttled: number
  queued: number
}

export function noTotals(): Totals {
  return {
    calls: 0,
    attempts: 0,
    retries: 0,
    hedges: 0,
    hedgesWon: 0,
    failures: 0,
    panicPicks: 0,
    mirrored: 0,
    mirrorsSkipped: 0,
    rejected: 0,
    throttled: 0,
    queued: 0,
  }
}
