/** One line on stderr that says what is being done, out of how much, and how long it will be. */
export function progress(steps, stream = process.stderr) {
  const start = performance.now()
  let done = 0
  const show = (text) => stream.write(stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
  return {
    step(what) {
      const left = ((performance.now() - start) / done) * (steps - done)
      const time = done > 0 ? `, ${duration(left / 1000)} left` : ''
      show(`[${++done}/${steps}${time}] ${what}`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}

const duration = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`)
