import { fork } from 'node:child_process'
import { Agent, fetch as ufetch, request } from 'undici'
import { createBalancer, fetchTransport } from './dist/index.js'
import { undiciTransport } from './dist/node/index.js'
const child = fork('/tmp/s/server.mjs')
const ports = await new Promise(r => child.once('message', r))
const urls = ports.map(p => `http://127.0.0.1:${p}`)
let n=0
const rr = f => p => f(urls[n++%3]+p)
const read = f => async (...a) => (await f(...a)).text()
const agent = new Agent()
const c = {
  fetch: rr(read(globalThis.fetch)),
  ufetch: rr(read(ufetch)),
  request: async p => { const { body } = await agent.request({ method:'GET', path:p, origin: urls[n++%3] }); return body.text() },
  ours: read(createBalancer({ endpoints: urls, transport: undiciTransport() }).fetch),
  oursBody: read(createBalancer({ endpoints: urls, transport: undiciTransport(), completion: 'body' }).fetch),
  oursFetch: read(createBalancer({ endpoints: urls }).fetch),
}
console.log(await c.ours('/x'))
async function run(f, callers, ms) { let done=0; const end=performance.now()+ms; const t0=performance.now(); await Promise.all(Array.from({length:callers}, async()=>{ while(performance.now()<end){ await f('/v1/me'); done++ } })); return (performance.now()-t0)*1000/done }
const only = process.argv[2]
if (only) { await run(c[only], 64, 6000); process.exit(child.kill()) }
for (const callers of [1,64]) {
  const res = {}
  for (let round=0; round<9; round++) for (const k in c) (res[k]??=[]).push(await run(c[k], callers, 250))
  const med = a => a.sort((x,y)=>x-y)[a.length>>1]
  const base = med(res.fetch)
  for (const k in c) console.log(callers, k, med(res[k]).toFixed(1)+' us', 'x'+(base/med(res[k])).toFixed(2))
}
process.exit(child.kill())
