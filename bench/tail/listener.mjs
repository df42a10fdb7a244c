import { createServer } from 'node:net'

const END = '\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok'

/**
 * As much of an HTTP server as GETs on kept-alive connections need, at a third of what a whole one costs: it shares
 * its processor with the client that is measured. `answer(path, respond)`.
 */
export function listen(port, answer) {
  const server = createServer((socket) => {
    let head = ''
    const respond = () => {
      if (!socket.destroyed) socket.write(RESPONSE)
    }
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      head += chunk
      if (!head.endsWith(END)) return
      // GET /path HTTP/1.1
      const path = head.slice(4, head.indexOf(' ', 4))
      head = ''
      answer(path, respond)
    })
    // The client is gone: so is what it asked for.
    socket.on('error', () => socket.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve)
  })
}
