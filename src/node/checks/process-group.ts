import type { ChildProcess } from 'node:child_process'

/**
 * Those that are under way. When this process ends, whatever they have come to, they end with it: that happens once in
 * a process, and so this is kept once, with one listener however many checks there are.
 */
const underWay = new Set<ChildProcess>()

const onExit = () => {
  for (const child of underWay) killGroup(child, 'SIGKILL')
}

/** Has a process that leads a group of its own ended together with this one. */
export function endWithUs(child: ChildProcess): void {
  if (underWay.size === 0) process.on('exit', onExit)
  underWay.add(child)
}

/** It has ended. */
export function hasEnded(child: ChildProcess): void {
  if (underWay.delete(child) && underWay.size === 0) process.off('exit', onExit)
}

/** Signals a process and all that it has started. On Windows, which has no such groups, only the process itself. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // Nobody is left, or they are another user's by now.
  }
}
