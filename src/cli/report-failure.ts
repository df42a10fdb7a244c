import { CommanderError } from 'commander'
import { isBalancerError } from '../index.js'

/** The command was used wrongly, or a scenario has a mistake in it. */
const USAGE = 2
const FAILURE = 1

/** Tells what went wrong in a line, and returns the exit code. */
export function reportFailure(error: unknown): number {
  // Commander has said what there is to say; `--help` is a way to end, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
  const invalid = isBalancerError(error) && error.code === 'ERR_INVALID_CONFIG'
  const expected = invalid || (error as NodeJS.ErrnoException | undefined)?.code !== undefined
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error)
  process.stderr.write(`evenkeel: ${text}\n`)
  return invalid ? USAGE : FAILURE
}
