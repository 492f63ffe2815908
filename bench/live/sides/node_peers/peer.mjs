// Sends each line of its input to all viewers, at once or gathered: `node peer.mjs uwebsockets|ws|socket.io PORT MILLISECONDS`.
// Nobody's messages are compressed, as Headway's are not. What is gathered travels as one JSON array.

import { createInterface } from 'node:readline'

const [kind, port, gather] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]

const servers = {
  async uwebsockets() {
    const { default: uws } = await import('uwebsockets')
    const app = uws.App().ws('/*', {
      compression: uws.DISABLED,
      maxBackpressure: 16 * 1024 * 1024,
      idleTimeout: 0,
      open: (viewer) => viewer.subscribe('run'),
    })
    app.listen('127.0.0.1', port, () => {})
    return (text) => app.publish('run', text, false)
  },
  async ws() {
    const { WebSocketServer, WebSocket } = await import('ws')
    const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false, backlog: 4096 })
    return (text) => {
      const bytes = Buffer.from(text)
      for (const viewer of server.clients) {
        if (viewer.readyState === WebSocket.OPEN) viewer.send(bytes, { binary: false })
      }
    }
  },
  async 'socket.io'() {
    const { Server } = await import('socket.io')
    const server = new Server(port, { transports: ['websocket'], serveClient: false, perMessageDeflate: false })
    return (text) => server.emit('event', JSON.parse(text))
  },
}

const send = await servers[kind]()
let waiting = []

function flush() {
  if (waiting.length) send(`[${waiting.join(',')}]`)
  waiting = []
}

if (gather > 0) setInterval(flush, gather)
for await (const line of createInterface({ input: process.stdin })) {
  waiting.push(line)
  if (gather === 0) flush()
}
