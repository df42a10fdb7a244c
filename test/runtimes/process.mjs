import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { atEnd } from '../../scripts/at-end.mjs'

/** Nothing takes longer than this many ms, installing included, unless it hangs. */
const LIMIT = 60_000

const KILLED = 'it ended with SIGKILL'

/**
 * Starts a program. It leads a process group, so that whatever it starts ends with it. `onLine` gets each line of its
 * stdout, `onControl` each line that it writes to file descriptor 3.
 */
export function start([command, ...args], { onLine = () => {}, onControl, ...options }) {
  const stdio = ['ignore', 'pipe', 'pipe', ...(onControl ? ['pipe'] : [])]
  const child = spawn(command, args, { ...options, stdio, detached: true })
  const kill = atEnd(() => signal(child, 'SIGKILL'))
  createInterface(child.stdout).on('line', onLine)
  if (onControl) createInterface(child.stdio[3]).on('line', onControl)
  const ended = end(child, kill)
  let stopped = false
  let thawing
  return {
    /** Ends it, which is then nothing wrong. */
    stop() {
      stopped = true
      kill()
    },
    ended: ended.then(({ problem, ...rest }) => {
      clearTimeout(thawing)
      return { ...rest, problem: stopped && problem === KILLED ? undefined : problem }
    }),
    /** Stops it for real, and lets it go on after so many ms. */
    freeze(ms) {
      signal(child, 'SIGSTOP')
      thawing = setTimeout(signal, ms, child, 'SIGCONT')
    },
  }
}

function signal({ pid }, name) {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch (error) {
    // All of the group have ended already.
    if (error.code !== 'ESRCH') throw error
  }
}

/** Waits for its end, and says what is wrong about that, if anything is, and what it wrote to stderr. */
async function end(child, kill) {
  const errors = []
  child.stderr.setEncoding('utf8').on('data', (text) => errors.push(text))
  let late
  const expiry = setTimeout(() => {
    late = `it was still running after ${LIMIT / 1000} s, and was ended`
    kill()
  }, LIMIT)
  const problem = await new Promise((resolve) => {
    child.on('error', (error) => resolve(`it could not be started: ${error.message}`))
    child.on('close', (code, name) => resolve(code === 0 ? undefined : `it ended with ${name ?? code}`))
  })
  clearTimeout(expiry)
  kill()
  return { problem: late ?? problem, stderr: errors.join('') }
}

/** Runs a program to its end, and returns what it wrote to stdout. */
export async function run(command, options) {
  const lines = []
  const { problem, stderr } = await start(command, { ...options, onLine: (line) => lines.push(line) }).ended
  const stdout = lines.join('\n')
  if (problem) throw new Error(`${command.join(' ')}: ${problem}\n${stdout}\n${stderr}`.trimEnd())
  return stdout
}
