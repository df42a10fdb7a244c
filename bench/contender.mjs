// A process with one contender in it, which does as it is told: get ready, time a batch, count bytes.
import { wholeCall } from './call.mjs'
import { obey } from './lib/program.mjs'
import { batchFor, bytesPerOperation, knownObject, settle, time, warmUp } from './measure.mjs'
import { balancedPoolPicker, grpcPicker } from './peers/pickers.mjs'
import { policyAlone, roundRobinByHand, wholePick } from './pick.mjs'
import { socketCall } from './socket.mjs'
import { changeTable } from './table.mjs'
import { firstList, parseEach, replaceAll, replaceOne } from './update.mjs'

const KINDS = {
  ...{ roundRobinByHand, policyAlone, wholePick, grpcPicker, balancedPoolPicker },
  ...{ wholeCall, socketCall, changeTable, knownObject },
  ...{ parseEach, firstList, replaceAll, replaceOne },
}

let contender
let count

obey({
  async prepare({ kind, modules, ms, ...args }) {
    contender = await KINDS[kind](args, (name) => import(modules[name]))
    count = await warmUp(contender.run, ms, contender.atLeast)
  },
  async size({ ms }) {
    count = await batchFor(contender.run, ms, count)
  },
  time: async () => (await time(contender.run, count)) / count,
  async bytes() {
    const { run, counted } = contender
    if (counted === undefined) return bytesPerOperation(run, count)
    // The compiler has not seen this one yet, and has to think again.
    await settle(counted, count)
    return bytesPerOperation(counted, count)
  },
})
