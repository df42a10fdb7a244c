import { Presets, SingleBar } from 'cli-progress'
import type { Progress } from '../../sim/index.js'

/** A bar on stderr, so that stdout is only the result. None where nobody looks at it. */
export function progressBar(wanted: boolean): { update(progress: Progress): void; stop(): void } | undefined {
  if (!wanted || !process.stderr.isTTY) return undefined
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: '{bar} {percentage} %  {variant}  {eta_formatted} left',
      clearOnComplete: true,
      hideCursor: true,
      // From the simulator's own steps: a timer would only wait for it.
      fps: 10,
    },
    Presets.shades_classic,
  )
  let started = false
  return {
    update({ done, total, variant }) {
      if (!started) bar.start(total, 0, { variant })
      started = true
      bar.update(done, { variant })
    },
    stop() {
      if (started) bar.stop()
    },
  }
}
