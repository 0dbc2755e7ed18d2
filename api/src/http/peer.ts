import { IncomingMessage } from 'node:http'
import { endianness } from 'node:os'

/** The connection of a request, as something that may stop to take what is sent. */
export type Peer = {
  /** Names the connection as `readUnacknowledged` does. */
  name: string
  /** The bytes that were handed to the operating system. */
  sent(): number
  /** The bytes that this process still holds for it. */
  held(): number
  onClose(listener: () => void): void
  destroy(): void
}

const groupsOf = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'))

/** The bytes of an address as Node.js writes it. */
const bytesOf = (address: string): number[] => {
  const [plain = ''] = address.split('%')
  if (!plain.includes(':')) return plain.split('.').map(Number)
  // The last 32 bits of an address that holds one of IPv4.
  const [a = 0, b = 0, c = 0, d = 0] = /\d+\.\d+\.\d+\.\d+$/.exec(plain)?.[0].split('.').map(Number) ?? []
  const text = plain.replace(/\d+\.\d+\.\d+\.\d+$/, `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`)
  const [front, back] = text.split('::')
  const zeros = 8 - groupsOf(front).length - groupsOf(back).length
  const groups = [
    ...groupsOf(front),
    ...Array.from({ length: back === undefined ? 0 : zeros }, () => '0'),
    ...groupsOf(back),
  ]
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255])
}

/** An address as Linux writes it in /proc/net/tcp: each 32 bits as a number of this machine. */
const kernelHex = (address: string): string => {
  const bytes = bytesOf(address)
  const words = Array.from({ length: bytes.length / 4 }, (_, n) => bytes.slice(4 * n, 4 * n + 4))
  return words
    .flatMap((word) => (endianness() === 'LE' ? word.toReversed() : word))
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

const portHex = (port: number): string => port.toString(16).padStart(4, '0').toUpperCase()

/** A connection by the port of this process, and the address and port of the other side. */
export const connectionName = (localPort: number, remoteAddress: string, remotePort: number): string =>
  `${portHex(localPort)} ${kernelHex(remoteAddress)}:${portHex(remotePort)}`

/** The peer of a request, from the environment that the Node.js adapter gives it. Undefined without a connection. */
export const peerOf = (env: unknown): Peer | undefined => {
  const incoming = typeof env === 'object' && env !== null && 'incoming' in env ? env.incoming : undefined
  if (!(incoming instanceof IncomingMessage)) return undefined
  const { socket } = incoming
  const { localPort, remoteAddress, remotePort } = socket
  if (localPort === undefined || remoteAddress === undefined || remotePort === undefined) return undefined
  return {
    name: connectionName(localPort, remoteAddress, remotePort),
    sent: () => socket.bytesWritten - socket.writableLength,
    held: () => socket.writableLength,
    onClose: (listener) => void socket.once('close', listener),
    destroy: () => void socket.destroy(),
  }
}
