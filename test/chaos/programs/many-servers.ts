// The process of as many servers as are asked for, which answer at once, whatever they are sent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { obey } from '../../../bench/lib/program.mjs'

obey({
  listen: (count: number) => Promise.all(Array.from({ length: count }, listen)),
})

async function listen(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume()
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
