// Processes of ours that do as they are told.
import { fork } from 'node:child_process'
import { atEnd } from '../../scripts/at-end.mjs'

/** Starts a program that calls `obey`. `tell` gives it an order and resolves to its answer; `stop` ends it. */
export function startProgram(url, execArgv = []) {
  const child = fork(url, { execArgv })
  const stop = atEnd(() => child.kill('SIGKILL'))
  const waiting = new Map()
  let orders = 0
  child.on('message', ({ id, answer, error }) => {
    const { order, resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(answer)
    else reject(new Error(`${url.pathname} failed at ${order}: ${error}`))
  })
  child.on('exit', (code) => {
    for (const { order, reject } of waiting.values())
      reject(new Error(`${url.pathname} ended with exit code ${code} at ${order}`))
  })
  const tell = (order, args) =>
    new Promise((resolve, reject) => {
      const id = orders++
      waiting.set(id, { order, resolve, reject })
      child.send({ id, order, args })
    })
  return { tell, stop }
}

/** The other side: one function for each order. */
export function obey(orders) {
  process.on('message', async ({ id, order, args }) => {
    try {
      process.send({ id, answer: (await orders[order](args)) ?? null })
    } catch (error) {
      process.send({ id, error: error.stack })
    }
  })
  // What it runs may have timers that would keep it alive; and whoever started it may have been killed.
  process.on('disconnect', () => process.exit())
}
