// Processes of ours that do as they are told.
import { fork } from 'node:child_process'
import { atEnd } from '../../scripts/at-end.mjs'

/**
 * Starts a program that calls `obey`. `tell` gives it an order and resolves to its answer, `signal` sends it a signal,
 * `stop` ends it. What it says without being asked (`sayNews`) goes to `onNews`.
 *
 * @param {URL} url
 * @param {string[]} [execArgv]
 * @param {(news: any) => void} [onNews]
 */
export function startProgram(url, execArgv = [], onNews = () => {}) {
  const child = fork(url, { execArgv })
  const stop = atEnd(() => child.kill('SIGKILL'))
  const waiting = new Map()
  let orders = 0
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.on('message', ({ id, answer, error, news }) => {
    if (id === undefined) return onNews(news)
    const { order, resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(answer)
    else reject(new Error(`${url.pathname} failed at ${order}: ${error}`))
  })
  child.on('exit', (code) => {
    for (const { order, reject } of waiting.values())
      reject(new Error(`${url.pathname} ended with exit code ${code} at ${order}`))
  })
  /** @type {(order: string, args?: unknown) => Promise<any>} */
  const tell = (order, args) =>
    new Promise((resolve, reject) => {
      const id = orders++
      waiting.set(id, { order, resolve, reject })
      child.send({ id, order, args })
    })
  const signal = (name) => child.kill(name)
  return { tell, stop, signal, exited }
}

/** On the other side: tells whoever started it something that was not asked for. */
export function sayNews(news) {
  process.send?.({ news })
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
