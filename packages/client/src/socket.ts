/** As much of a WebSocket as is needed: what browsers and Node have, and what a mini-program's socket can be made to look like. */
export interface Socket {
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: (() => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

export type OpenSocket = (url: string, protocols: string[]) => Socket

export const openWebSocket: OpenSocket = (url, protocols) => {
  if (!globalThis.WebSocket) throw new Error('There is no WebSocket here: give openSocket, with the `ws` package for instance.')
  return new WebSocket(url, protocols) as unknown as Socket
}

/** A socket that is left alone: it is closed, and whatever it still says is heard by nobody. */
export function abandon(socket: Socket): void {
  socket.onopen = socket.onmessage = socket.onclose = null
  // A socket that fails while nobody listens must not become an uncaught error (the `ws` package throws).
  socket.onerror = () => undefined
  try {
    socket.close(1000)
  } catch {
    // It was closed already.
  }
}
