// How others pick: their own code, over connections that are there and ready but lead nowhere.
import grpc from '@grpc/grpc-js'
import { BalancedPool, Pool } from 'undici'
import { keepInFlight } from '../pick.mjs'

const { ChildLoadBalancerHandler, selectLbConfigFromList } = grpc.experimental
const { READY } = grpc.connectivityState

/** The picker that grpc-js makes for a load balancing policy: `pick()` gives the subchannel for a call. */
export function grpcPicker({ policy, endpoints }) {
  let picker
  const handler = new ChildLoadBalancerHandler({
    createSubchannel: (address) => new ReadySubchannel(address),
    updateState: (state, latest) => {
      if (state === READY) picker = latest
    },
    requestReresolution() {},
    addChannelzChild() {},
    removeChannelzChild() {},
  })
  const value = Array.from({ length: endpoints }, (_, i) => ({
    addresses: [{ host: `10.0.${i >> 8}.${i & 255}`, port: 8080 }],
  }))
  handler.updateAddressList({ ok: true, value }, selectLbConfigFromList([{ [policy]: {} }]), {}, '')
  if (picker === undefined) throw new Error(`grpc-js has no picker for ${policy}`)
  const args = { metadata: new grpc.Metadata(), extraPickInfo: {} }
  return { run: keepInFlight(() => picker.pick(args).subchannel) }
}

/** What a load balancing policy asks of a connection. */
class ReadySubchannel {
  inFlight = 0
  #address

  constructor(address) {
    this.#address = address
  }

  getConnectivityState = () => READY
  getAddress = () => this.#address
  getChannelzRef = () => undefined
  isHealthy = () => true
  realSubchannelEquals = (other) => other === this
  ref() {}
  unref() {}
  startConnecting() {}
  addConnectivityStateListener() {}
  removeConnectivityStateListener() {}
  addHealthStateWatcher() {}
  removeHealthStateWatcher() {}
}

/** BalancedPool's own choice among pools without connections. It is not public, so it is found by its description. */
export function balancedPoolPicker({ endpoints }) {
  const urls = Array.from({ length: endpoints }, (_, i) => `http://10.0.${i >> 8}.${i & 255}:8080`)
  const factory = (origin, options) => Object.assign(new Pool(origin, options), { inFlight: 0 })
  const pool = new BalancedPool(urls, { factory })
  const symbols = Object.getOwnPropertySymbols(BalancedPool.prototype)
  const choose = symbols.find(({ description }) => description === 'get dispatcher')
  return { run: keepInFlight(() => pool[choose]()) }
}
