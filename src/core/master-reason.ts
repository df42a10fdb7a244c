/** Why an endpoint is master now, or nobody. */
export type MasterReason =
  /** There was no master before. */
  | 'first'
  /** There was nobody who could be, and now there is. */
  | 'available'
  /** One of higher rank is there, and has been for long enough. */
  | 'preempted'
  /** Tracked checks took it from the last one: they lowered its rank, or say that it must not be master. */
  | 'track'
  /** The last one was lost: outlier detection ejected it, */
  | 'ejected'
  /** its breaker opened, */
  | 'circuit'
  /** its health checks fail, */
  | 'unhealthy'
  /** it asked to be left alone (`Retry-After`), */
  | 'cooldown'
  /** its weight is 0, */
  | 'weight'
  /** or it left the list, or the subset. */
  | 'removed'
