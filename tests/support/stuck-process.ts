// Breaks a worker or an API as a fault of its own code would, on SIGUSR2. Tests load this file into it with
// `node --import`. From then on, statements that fetch jobs, and all those of the API's pool for writes, keep their
// connection and never end. The clock that measures durations goes on by two minutes with the first of them.
import pg from 'pg'

type Connected = pg.Client & { connectionParameters: { application_name?: string } }

const { query } = pg.Client.prototype
const durations = performance.now.bind(performance)
let isBroken = false
let passedMs = 0

const isStuck = ({ connectionParameters }: Connected, [statement]: unknown[]): boolean =>
  connectionParameters.application_name === 'recto_api' ||
  (typeof statement === 'object' && statement !== null && 'name' in statement && statement.name === 'take')

Object.assign(pg.Client.prototype, {
  query(this: Connected, ...args: unknown[]): unknown {
    if (!isBroken || !isStuck(this, args)) return Reflect.apply(query, this, args)
    passedMs = 120_000
    return new Promise(() => undefined)
  },
})
performance.now = () => durations() + passedMs
process.on('SIGUSR2', () => {
  isBroken = true
})
