import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { endWithUs, hasEnded, killGroup } from './process-group.js'
import { Tail } from './tail.js'

/** So long a script that is given up has to put things in order, in ms: then it is killed. */
const GRACE = 250

/** So long a script that has ended is listened to, in ms, where others hold its output open. */
const LAST_WORDS = 100

/** What is run, and where. */
export interface Script {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string | undefined
}

/**
 * Runs a command without a shell, in a process group of its own, and resolves if it exits with code 0. However it
 * ends, what it has started and left behind ends with it. Given up, it gets SIGTERM, and then SIGKILL.
 */
export async function runScript(script: Script, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = start(script)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const [stdout, stderr] = [child.stdout, child.stderr].map(listen)
  const giveUp = () => dismiss(child)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    const [code, killer] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    killGroup(child, 'SIGKILL')
    if (code === 0) return
    await Promise.race([closed, delay(LAST_WORDS, undefined, { ref: false })])
    const said = `${stderr}` || `${stdout}`
    const end = code === null ? `was ended by ${killer}` : `exited with code ${code}`
    throw new Error(`${script.command} ${end}${said && `: ${said}`}`)
  } catch (error) {
    throw explained(error, script)
  } finally {
    signal.removeEventListener('abort', giveUp)
    hasEnded(child)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function start({ command, args, env, cwd }: Script): ChildProcess {
  const child = spawn(command, args, {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Which makes it the leader of a group; on Windows it would open a window.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  // It does not keep this process alive, and so must not outlive it.
  child.unref()
  endWithUs(child)
  return child
}

/** Reads all that it says, lest it wait for somebody to do so, and keeps the end of it. */
function listen(output: ChildProcess['stdout']): Tail {
  const tail = new Tail()
  // There is none where the process has no more file descriptors.
  output?.on('data', (chunk: Uint8Array) => tail.add(chunk)).on('error', () => {})
  ;(output as Socket | null)?.unref?.()
  return tail
}

function dismiss(child: ChildProcess): void {
  killGroup(child, 'SIGTERM')
  const timer = setTimeout(killGroup, GRACE, child, 'SIGKILL').unref()
  child.once('exit', () => clearTimeout(timer))
}

/** Why it could not even be started. */
function explained(error: unknown, { command, cwd }: Script): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (!syscall?.startsWith('spawn')) return error
  const where = cwd === undefined ? '' : ` in ${cwd}`
  const why =
    code === 'ENOENT'
      ? `there is no such command${cwd === undefined ? '' : ', or no such folder'}; arguments go into \`args\`, since no shell reads them`
      : code === 'EACCES'
        ? 'it may not be executed: chmod +x?'
        : (error as Error).message
  return new Error(`scriptCheck cannot run ${command}${where}: ${why}`, { cause: error })
}
