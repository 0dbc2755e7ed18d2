import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A record of the DNS. `of`: the name that has it, the asked one if absent. */
export type NameRecord = { type: number; data: Buffer; of?: string }

/** What a name server answers: records, the code of an error (3: no such name), or nothing at all. */
export type NameAnswer = NameRecord[] | number | 'silence'

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.of(0),
  ])

/** A record with an IPv4 address. */
export const a = (address: string): NameRecord => ({ type: 1, data: Buffer.from(address.split('.').map(Number)) })

/** A record with an IPv6 address that is written at full length. */
export const aaaa = (address: string): NameRecord => ({
  type: 28,
  data: Buffer.from(address.replaceAll(':', ''), 'hex'),
})

/** A record that leads to another name. */
export const cname = (target: string): NameRecord => ({ type: 5, data: encodeName(target) })

const header = (id: number, code: number, records: number): Buffer => {
  const bytes = Buffer.alloc(12)
  for (const [index, value] of [id, 0x8180 + code, 1, records].entries()) bytes.writeUInt16BE(value, 2 * index)
  return bytes
}

const encodeRecord = ({ type, data, of }: NameRecord, asked: string): Buffer => {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(type, 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([encodeName(of ?? asked), fixed, data])
}

/** The name and the type that a message asks for, and where its question ends. */
const questionOf = (message: Buffer): { name: string; type: number; end: number } => {
  const labels: string[] = []
  let at = 12
  while (message.readUInt8(at) > 0) {
    const next = at + 1 + message.readUInt8(at)
    labels.push(message.toString('latin1', at + 1, next))
    at = next
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 }
}

/** A name server on 127.0.0.1. `asked`: each question that came, for example `hooks.example.com 28`. */
export const nameServer = async (answerTo: (name: string, type: number) => NameAnswer) => {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (message, { port, address }) => {
    const { name, type, end } = questionOf(message)
    asked.push(`${name} ${type}`)
    const answer = answerTo(name, type)
    if (answer === 'silence') return
    const [code, records] = typeof answer === 'number' ? [answer, []] : [0, answer]
    const parts = records.map((record) => encodeRecord(record, name))
    const bytes = [header(message.readUInt16BE(0), code, parts.length), message.subarray(12, end), ...parts]
    socket.send(Buffer.concat(bytes), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: async () => void socket.close(),
  }
}
