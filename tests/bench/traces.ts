import { startSpanReceiver } from '../support/span-receiver.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import * as backlog from './backlog.ts'
import { idleSpans } from './idle-spans.ts'
import { inTurn } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { drainWith, submitting } from './measured-operations.ts'
import { everyLimit } from './plan.ts'
import { context, type Part, type Row } from './row.ts'
import { cpu, measureUsed, medianUsed, type Used, writeUsed } from './spent.ts'
import { signIn } from './tokens.ts'

const rounds = 3

type Measure = (share: number) => Promise<Used>

/** Measures an operation with each of the settings in turn, and compares all with the first, which has no SDK. */
const compare = async (what: string, settings: ReadonlyMap<string, Measure>): Promise<Row[]> => {
  const measures = (share: number) => new Map([...settings].map(([name, measure]) => [name, () => measure(share)]))
  await inTurn(measures(0.3), 1)
  const found = await inTurn(measures(1), rounds)
  const [plain, ...exporting] = [...found].map(([name, used]) => ({ name, used: medianUsed(used) }))
  return exporting.map(({ name, used }) => {
    const before = plain?.used ?? used
    const line = { what: `${what}, CPU, ${name}`, recto: writeUsed(used), against: `no SDK ${writeUsed(before)}` }
    return context({ ...line, ratio: cpu(used) / cpu(before) })
  })
}

/** Submits for a while. Each row counts, also that of a request whose answer came too late for its client. */
const submitTo = (system: System, api: Service, requests: string[]) => async (share: number) => {
  const clients = startLoad()
  const port = Number(new URL(api.url).port)
  const rows = async () => {
    const { rows } = await system.admin.query<{ count: number }>('select count(*)::integer from public.ai_generations')
    return rows[0]?.count ?? 0
  }
  const used = await measureUsed(system.admin, { pid: api.pid, name: 'recto_api' }, async () => {
    const before = await rows()
    const { connections, ms } = submitting
    await clients.latencies({ port, connections, ms: ms * share, requests, status: 202 })
    return (await rows()) - before
  })
  await clients.stop()
  return used
}

/**
 * Measures what spans cost without an SDK, and what the SDK of OpenTelemetry costs an API and a worker that export to a
 * receiver in this process.
 */
export const traces: Part = async ({ say }) => {
  const receiver = await startSpanReceiver()
  const exporting = { ...receiver.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_BSP_SCHEDULE_DELAY: '5000' }
  const settings = new Map<string, Record<string, string>>([
    ['no SDK', {}],
    ['all traces', exporting],
    ['a tenth of the traces', { ...exporting, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }],
  ])
  const system = await startSystem({ durable: true })
  try {
    await system.plan('free', everyLimit)
    const people = await signIn(system, 100)
    const body = JSON.stringify({ source_text: backlog.text })
    const requests = people.map(({ token }) =>
      httpRequest(
        'POST',
        '/api/ai/generations',
        { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      ),
    )
    const submits = new Map<string, Measure>()
    const drains = new Map<string, Measure>()
    for (const [name, env] of settings) {
      submits.set(name, async (share) => {
        await backlog.resetBacklog(system.admin)
        // Back ends of another API that end meanwhile would count as well.
        const api = await system.startApi(env)
        const submit = submitTo(system, api, requests)
        await submit(0.5)
        const used = await submit(share)
        await api.stop()
        return used
      })
      drains.set(name, drainWith(system, backlog, 8, env))
    }
    const rows = await idleSpans()
    for (const [what, measures] of [['submit', submits] as const, ['drain, 8 frames', drains] as const])
      rows.push(...(await compare(what, measures)))
    for (const { what, recto, ratio } of rows) say(`${what}: ${ratio || recto}`)
    return rows
  } finally {
    await system.stop()
    receiver.stop()
  }
}
