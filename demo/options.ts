import { parseArgs } from 'node:util'

/** What the demo is asked to do. */
export interface DemoOptions {
  readonly seconds: number
  readonly json: boolean
  readonly help: boolean
}

const SHORTEST = 2
const LONGEST = 600

export const HELP = `Drives six small HTTP servers, real processes on this machine, in two ways at once: through
evenkeel, and in plain round robin. One server turns slow, one answers 503 in bursts, one is
killed and restarted. Shows what happens while it happens, and compares the two at the end.

Usage: npm run demo -- [options]

  --seconds N  how long the servers are driven, ${SHORTEST} to ${LONGEST}; default 20
  --json       only the result, as JSON (npm run -s demo -- --json, for nothing but JSON)
  --help       this text

Exit code: 0, 1 when something went wrong, 2 for an option that is not known or not right.
NO_COLOR=1 turns colours off. When the output is not a terminal it is plain lines.
`

/** The command line was not understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { seconds, json, help } = parse(args)
  return { seconds: checkSeconds(seconds), json, help }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    // Node adds advice about what is not possible here: its first sentence is enough.
    const [problem = ''] = (error as Error).message.split('. ')
    // `npm run demo --seconds 5` keeps the option and hands on the 5.
    const hint = problem.startsWith('Unexpected argument') ? " (npm wants '--' before options)" : ''
    throw new UsageError(problem + hint)
  }
}

function checkSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= SHORTEST && seconds <= LONGEST) return seconds
  throw new UsageError(`--seconds takes a number from ${SHORTEST} to ${LONGEST}, not '${text}'`)
}
