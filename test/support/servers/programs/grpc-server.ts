import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'

// Serves the health service on the given port, or on a free one, which it tells its parent.
const server = new Server()
new HealthImplementation({ '': 'SERVING' }).addToServer(server)
server.bindAsync(`127.0.0.1:${process.argv[3] ?? 0}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  process.send?.(port)
})
process.on('disconnect', () => process.exit())
