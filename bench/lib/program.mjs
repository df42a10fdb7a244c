// Processes of ours that do as they are told, one order at a time.
import { fork } from 'node:child_process'
import { atEnd } from '../../scripts/at-end.mjs'

/** Starts a program that calls `obey`. `tell` gives it an order and resolves to its answer; `stop` ends it. */
export function startProgram(url, execArgv = []) {
  const child = fork(url, { execArgv })
  const stop = atEnd(() => child.kill('SIGKILL'))
  const tell = (order, args) =>
    new Promise((resolve, reject) => {
      const died = (code) => reject(new Error(`${url.pathname} ended with exit code ${code} at ${order}`))
      child.once('exit', died)
      child.once('message', ({ answer, error }) => {
        child.off('exit', died)
        if (error === undefined) resolve(answer)
        else reject(new Error(`${url.pathname} failed at ${order}: ${error}`))
      })
      child.send({ order, args })
    })
  return { tell, stop }
}

/** The other side: one function for each order. */
export function obey(orders) {
  process.on('message', async ({ order, args }) => {
    try {
      process.send({ answer: (await orders[order](args)) ?? null })
    } catch (error) {
      process.send({ error: error.stack })
    }
  })
  // What it runs may have timers that would keep it alive; and whoever started it may have been killed.
  process.on('disconnect', () => process.exit())
}
