/** Milliseconds on a clock that all processes of this machine share: CLOCK_MONOTONIC on Linux. */
export const sharedNow = () => performance.now() + OFFSET

const OFFSET = Number(process.hrtime.bigint()) / 1e6 - performance.now()
