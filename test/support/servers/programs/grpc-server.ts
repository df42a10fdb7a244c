import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'

// Serves the health service on the given port, or on a free one, which it tells its parent.
const server = new Server()
new HealthImplementation({ '': 'SERVING' }).addToServer(server)
const address = `127.0.0.1:${process.argv[3] ?? 0}`
const bind = () =>
  server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
    // Its old port may be the local end of somebody else's connection for a moment.
    if (error !== null) setTimeout(bind, 20)
    else process.send?.(port)
  })
bind()
process.on('disconnect', () => process.exit())
