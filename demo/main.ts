import { constants } from 'node:os'
import { Fleet } from './fleet.ts'
import { paintFor } from './format.ts'
import { type DemoOptions, HELP, parseOptions, UsageError } from './options.ts'
import { perform } from './perform.ts'
import { report } from './report.ts'
import { SERVERS } from './story.ts'
import { lineView, liveView, noView, type View } from './views.ts'

/** The whole demo; returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions
  try {
    options = parseOptions(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`demo: ${error.message}\nTry: npm run demo -- --help`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  return run(options)
}

async function run({ seconds, json }: DemoOptions): Promise<number> {
  const view = json ? noView() : viewFor(process.stdout)
  const fleet = new Fleet(SERVERS)
  // The last resort for whatever ends this process without its own help; the servers also end by
  // themselves when their parent is gone.
  process.on('exit', () => {
    view.close()
    fleet.killNow()
  })
  // The reader has gone (`npm run demo | head`).
  process.stdout.on('error', () => process.exit(1))
  const interruption = interrupts()
  try {
    if (!json) console.log(`\nStarting ${SERVERS.length} servers ...\n`)
    await fleet.start()
    const result = await perform(fleet, view, seconds, interruption.signal)
    view.close()
    console.log(json ? JSON.stringify(result, legible, 2) : report(result, paintFor(process.stdout)))
    return 0
  } catch (error) {
    view.close()
    if (!interruption.signal.aborted) throw error
    console.error('demo: interrupted')
    return 128 + interruption.number
  } finally {
    await fleet.stop()
  }
}

/** A millionth is exact enough. */
function legible(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(6)) : value
}

function viewFor(stream: NodeJS.WriteStream): View {
  if (stream.isTTY && process.env['TERM'] !== 'dumb') return liveView(stream)
  return lineView((line) => console.log(line))
}

/** Ends the demo in good order at the first signal; at the second, at once. */
function interrupts(): { readonly signal: AbortSignal; readonly number: number } {
  const controller = new AbortController()
  const interruption = { signal: controller.signal, number: 0 }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const number = constants.signals[name]
      if (controller.signal.aborted) process.exit(128 + number)
      interruption.number = number
      controller.abort()
    })
  }
  return interruption
}
