// A process with one contender in it, which does as it is told: get ready, time a batch, count bytes.
import { wholeCall } from './call.mjs'
import { batchFor, bytesPerOperation, knownObject, time } from './measure.mjs'
import { policyAlone, roundRobinByHand, wholePick } from './pick.mjs'
import { parseEach, replaceOne } from './update.mjs'

const KINDS = { roundRobinByHand, policyAlone, wholePick, wholeCall, parseEach, replaceOne, knownObject }

let contender
let count

const orders = {
  async prepare({ kind, modules, ms, ...args }) {
    contender = await KINDS[kind](args, (name) => import(modules[name]))
    count = await batchFor(contender.run, ms, contender.atLeast)
  },
  time: async () => (await time(contender.run, count)) / count,
  bytes: () => bytesPerOperation(contender.counted ?? contender.run, count),
}

process.on('message', async ({ order, args }) => process.send((await orders[order](args)) ?? null))
// Some contenders have timers that would keep the process alive.
process.on('disconnect', () => process.exit())
