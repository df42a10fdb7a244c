import { createServer } from 'node:net'

const END = '\r\n\r\n'
const RESPONSES = new Map(
  Object.entries({ 200: 'OK', 503: 'Service Unavailable' }).map(([status, text]) => [
    Number(status),
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok`,
  ]),
)

/**
 * As much of an HTTP server as GETs on kept-alive connections need, at a third of what a whole one costs: it shares
 * its processor with the client that is measured. `answer(path, respond)` is to call `respond(status)`, or never.
 */
export async function listen(port, answer) {
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket)
    serve(socket, answer)
    socket.on('close', () => sockets.delete(socket))
    // The client is gone: so is what it asked for.
    socket.on('error', () => socket.destroy())
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve)
  })
  /** From now on connections are refused, and those that there are end at once. */
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { close }
}

function serve(socket, answer) {
  let head = ''
  const respond = (status = 200) => {
    if (!socket.destroyed) socket.write(RESPONSES.get(status))
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
}
