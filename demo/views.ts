import type { WriteStream } from 'node:tty'
import type { Entry } from './chronicle.ts'
import { count, milliseconds, paintFor, percent } from './format.ts'
import { frame } from './frame.ts'
import type { Scene } from './monitor.ts'
import { Screen } from './screen.ts'
import type { Summary } from './statistics.ts'

/** Shows what is going on. */
export interface View {
  /** Milliseconds between two looks; `Infinity` for none. */
  readonly period: number
  show(scene: Scene): void
  /** Tells of something at once. */
  tell(entry: Entry): void
  close(): void
}

/** For a terminal: a picture that moves. */
export function liveView(stream: WriteStream): View {
  const screen = new Screen(stream)
  const paint = paintFor(stream)
  return {
    period: 100,
    show: (scene) => screen.draw(frame(scene, paint, screen.rows)),
    tell() {},
    close: () => screen.close(),
  }
}

/** For a file or a pipe: a line every second, and one for everything that happens. */
export function lineView(print: (line: string) => void): View {
  let shownAt: number | undefined
  return {
    period: 1000,
    show(scene) {
      if (shownAt === undefined) for (const line of heading(scene)) print(line)
      // The end comes soon after the last second.
      else if (scene.elapsed - shownAt >= 0.5) print(line(scene))
      else return
      shownAt = scene.elapsed
    },
    tell: ({ at, by, text }) => print(`${time(at)}  ${by === 'fleet' ? text : `evenkeel ${text}`}`),
    close() {},
  }
}

/** Nothing to see. */
export function noView(): View {
  return { period: Number.POSITIVE_INFINITY, show() {}, tell() {}, close() {} }
}

function heading({ servers }: Scene): string[] {
  const names = servers.map(({ name }) => name.padStart(8)).join('')
  const way = `${'failed'.padStart(9)}${'p99'.padStart(9)}`
  return [
    `${' '.repeat(9)} ${'calls through evenkeel go to'.padEnd(names.length)}${'evenkeel'.padStart(17)}${'round robin'.padStart(18)}`,
    `${' '.repeat(9)}${names}${way}${way}`,
  ]
}

function line({ elapsed, servers, balanced, plain }: Scene): string {
  const shares = servers.map((server) => percent(server.balanced.share).padStart(8)).join('')
  const way = ({ failed, p99 }: Summary) => `${count(failed).padStart(9)}${milliseconds(p99).padStart(9)}`
  return `${time(elapsed)}  ${shares}${way(balanced)}${way(plain)}`
}

function time(seconds: number): string {
  return `${seconds.toFixed(1).padStart(5)} s`
}
