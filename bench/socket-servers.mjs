// The process of three servers that answer at once.
import { listen } from './lib/listener.mjs'
import { freePorts } from './lib/ports.mjs'
import { obey } from './lib/program.mjs'

obey({
  async listen() {
    const ports = await freePorts(3)
    await Promise.all(ports.map((port) => listen(port, (_, respond) => respond())))
    return ports
  },
})
