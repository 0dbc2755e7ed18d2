import { parseArgs } from 'node:util'
import { startModelServer } from './server.ts'

const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string' } } })

const server = await startModelServer({
  port: Number(values.port ?? 0),
  ...(values.host === undefined ? {} : { host: values.host }),
})
process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port, pid: process.pid })}\n`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop())
