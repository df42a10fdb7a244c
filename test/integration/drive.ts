/** What came of a number of calls. */
export interface DriveReport {
  /** What each call that failed was rejected with. */
  readonly failures: unknown[]
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<number, number>>
  /** How many answers came from which server, by its `x-server`. */
  readonly servers: Readonly<Record<string, number>>
}

/** Makes `count` calls, `concurrency` at a time, and reads each answer to its end. */
export async function drive(
  count: number,
  concurrency: number,
  call: (index: number) => Promise<Response>,
): Promise<DriveReport> {
  let begun = 0
  return driveWhile(() => begun++ < count, concurrency, call)
}

/** Makes calls, `concurrency` at a time, for as long as `goOn` says so before each. */
export async function driveWhile(
  goOn: () => boolean,
  concurrency: number,
  call: (index: number) => Promise<Response>,
): Promise<DriveReport> {
  const failures: unknown[] = []
  const statuses: Record<number, number> = {}
  const servers: Record<string, number> = {}
  let index = 0
  const worker = async (): Promise<void> => {
    while (goOn()) {
      try {
        const response = await call(index++)
        await response.arrayBuffer()
        statuses[response.status] = (statuses[response.status] ?? 0) + 1
        const server = response.headers.get('x-server') ?? 'unknown'
        servers[server] = (servers[server] ?? 0) + 1
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { failures, statuses, servers }
}
