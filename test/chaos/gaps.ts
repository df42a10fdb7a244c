/** A promise that the library does not keep yet. It is reported, and fails nothing. */
interface Gap {
  /** Of the words that say what was broken. */
  readonly promise: RegExp
  /** By default all. */
  readonly faults?: readonly string[]
  readonly why: string
}

const GAPS: readonly Gap[] = []

/** Parts what is broken into what is news and what is known. */
export function sortOut(fault: string, all: readonly string[]): { broken: string[]; gaps: string[] } {
  const isKnown = (broken: string) =>
    GAPS.some(
      ({ promise, faults }) => promise.test(broken) && (faults === undefined || faults.includes(fault)),
    )
  return { broken: all.filter((one) => !isKnown(one)), gaps: all.filter(isKnown) }
}
