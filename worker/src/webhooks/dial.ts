import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parseAddress } from '@recto/shared/webhooks/address'
import type { Endpoint } from '@recto/shared/webhooks/endpoint-url'
import { WEBHOOK_DIAL_MS, WEBHOOK_READ_CHECK_MS } from '../deadlines.ts'
import { codeOf, NotDelivered } from './posted.ts'

/** Begins a connection. */
export type Connect = (address: string, port: number) => Socket

/** Node looks nothing up for an address, so no other one is dialled. */
export const connect: Connect = (host, port) => connectTcp({ host, port, autoSelectFamily: false })

export type DialOptions = {
  /** Judged ones in canonical form, in the order in which they are tried. */
  addresses: string[]
  connect: Connect
  /** Certificates of authorities in place of those that Node trusts. */
  ca: string | undefined
  signal: AbortSignal
}

/** A second error of a socket without a listener would end the process. */
const ignore = () => undefined

/** Many times what certificates, headers and the begin of a body have. */
const maxBytesRead = 262_144

/** Closes a connection of which too much is read: a parser skips what has no meaning, as fast as it comes. */
const limitReading = (socket: Socket): void => {
  const timer = setInterval(() => socket.bytesRead > maxBytesRead && socket.destroy(), WEBHOOK_READ_CHECK_MS)
  socket.once('close', () => clearInterval(timer))
}

/** An abort closes the connection at any time. */
const openTcp = async (address: string, port: number, { connect, signal }: DialOptions): Promise<Socket> => {
  signal.throwIfAborted()
  const inTime = AbortSignal.timeout(WEBHOOK_DIAL_MS)
  const socket = connect(address, port).on('error', ignore)
  signal.addEventListener('abort', () => socket.destroy(), { once: true })
  limitReading(socket)
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, inTime]) })
  } catch (error) {
    socket.destroy()
    throw new NotDelivered('connection', `no connection (${inTime.aborted ? 'ETIMEDOUT' : codeOf(error)})`)
  }
  if (String(parseAddress(socket.remoteAddress ?? '')) === address) return socket
  socket.destroy()
  throw new NotDelivered('blocked_address', 'the connection leads to another address than the one looked up')
}

const openFirst = async (port: number, options: DialOptions): Promise<Socket> => {
  const { addresses, signal } = options
  let failure: unknown
  for (const address of addresses) {
    try {
      return await openTcp(address, port, options)
    } catch (error) {
      failure = error
      if (signal.aborted) break
    }
  }
  throw failure
}

/** The certificate must be for the host. An address has no server name (SNI), and a session is never resumed. */
const secure = async (socket: Socket, host: string, { ca, signal }: DialOptions): Promise<Socket> => {
  const secured = connectTls({
    socket,
    host,
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    ...(ca !== undefined && { ca }),
  }).on('error', ignore)
  try {
    await once(secured, 'secureConnect', { signal })
    return secured
  } catch (error) {
    secured.destroy()
    socket.destroy()
    throw new NotDelivered('tls', `no TLS connection (${codeOf(error)})`)
  }
}

/**
 * Opens a connection to the first address that accepts one, and checks that its other end is that address before a byte
 * is sent.
 * @throws NotDelivered
 */
export const dial = async ({ protocol, host, port }: Endpoint, options: DialOptions): Promise<Socket> => {
  const socket = await openFirst(port, options)
  return protocol === 'https:' ? secure(socket, host, options) : socket
}
