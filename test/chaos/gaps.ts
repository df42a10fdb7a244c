/** A promise that the library does not keep yet. It is reported, and fails nothing. */
interface Gap {
  /** Of the words that say what was broken. */
  readonly promise: RegExp
  /** By default all. */
  readonly faults?: readonly string[]
  readonly why: string
}

const GAPS: readonly Gap[] = [
  {
    // Not "never", which is not within ten seconds.
    promise: /^in use again after: \d/,
    why: 'leastLatency looks at one that it has forgotten with every hundredth pick, and takes a slow first answer for its way.',
  },
  {
    promise: /probes\/s/,
    faults: ['all down and back'],
    why: 'Ejections are capped, and a breaker opens when half of the calls of its last 10 s have failed: that takes 3 s of them.',
  },
]

/** Parts what is broken into what is news and what is known. */
export function sortOut(fault: string, all: readonly string[]): { broken: string[]; gaps: string[] } {
  const isKnown = (broken: string) =>
    GAPS.some(
      ({ promise, faults }) => promise.test(broken) && (faults === undefined || faults.includes(fault)),
    )
  return { broken: all.filter((one) => !isKnown(one)), gaps: all.filter(isKnown) }
}
