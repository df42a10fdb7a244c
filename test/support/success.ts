import type { Outcome } from 'evenkeel'

/** The outcome of a call that went well. */
export const success = (latency: number): Outcome => ({
  kind: 'success',
  progress: 'answered',
  latency,
  status: 200,
  retryAfter: undefined,
  load: undefined,
  final: false,
  error: undefined,
})
