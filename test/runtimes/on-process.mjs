import { FREEZE } from './freeze.mjs'
import { start } from './process.mjs'
import { NEED_UNDICI } from './runtimes.mjs'
import { startFleet } from './servers.mjs'

/** Runs a program file on Node, Bun or Deno, and returns its report. */
export async function runProgram(
  { command, options = [], saysRefused },
  file,
  { project, withUndici, home },
) {
  const fleet = await startFleet(() => program.freeze(FREEZE))
  const said = []
  const program = start([command, ...options, file], {
    cwd: NEED_UNDICI.includes(file) ? withUndici : project,
    // Nothing of the machine's configuration, and nothing left in its caches.
    env: {
      PATH: process.env.PATH,
      HOME: home,
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      FLEET: JSON.stringify({ ...fleet.addresses, saysRefused }),
    },
    onLine: (line) => said.push(parse(line)),
  })
  const { problem, stderr } = await program.ended
  fleet.close()
  const checks = said.filter(({ name }) => name !== undefined)
  return { checks, problems: problems({ said, checks, problem, stderr }) }
}

/** A program prints a line of JSON for each check, and at its end how many there were. */
function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return { noise: line }
  }
}

function problems({ said, checks, problem, stderr }) {
  const found = said.flatMap(({ noise }) => (noise === undefined ? [] : `it printed: ${noise}`))
  const total = said.at(-1)?.total
  const last = checks.at(-1)?.name
  if (total === undefined) found.push(`it did not come to its end; its last check: ${last ?? 'none'}`)
  else if (total !== checks.length || total === 0)
    found.push(`it reports ${checks.length} of ${total} checks`)
  else if (problem) found.push('all of its checks were done')
  if (problem) found.push(problem)
  if (stderr) found.push(`it wrote to stderr: ${stderr.trimEnd()}`)
  return found
}
