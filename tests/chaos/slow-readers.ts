import { connect } from 'node:net'

const STREAMS = 10

/** Opens streams of generations at an API, and reads nothing of them. Answers how to close them. */
export const openSlowReaders = (url: string, token: string, ids: readonly string[]): (() => void) => {
  const { hostname, port } = new URL(url)
  const sockets = ids.slice(0, STREAMS).map((id) => {
    const socket = connect(Number(port), hostname).pause()
    socket.on('error', () => undefined)
    socket.write(
      `GET /api/ai/generations/${id}/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`,
    )
    return socket
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}
