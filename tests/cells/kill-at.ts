// Loaded into `npm run move` or an API by a test: kills the process when it writes a line, or sends a statement, that begins
// so.
import pg from 'pg'

const at = process.env.KILL_AT ?? ''
const killIfReached = (text: unknown) => {
  if (typeof text === 'string' && text.startsWith(at)) process.kill(process.pid, 'SIGKILL')
}

const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (chunk: string | Uint8Array) => {
  killIfReached(chunk)
  return write(chunk)
}
const { query } = pg.Client.prototype
const queryUnlessReached = function (this: pg.Client, ...args: Parameters<typeof query>) {
  const [statement]: unknown[] = args
  killIfReached(typeof statement === 'string' ? statement : Object(statement).text)
  return query.apply(this, args)
}
Object.assign(pg.Client.prototype, { query: queryUnlessReached })
