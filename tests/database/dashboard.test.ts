import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobs } from '../support/generations.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const root = join(import.meta.dirname, '..', '..')
const password = randomUUID()
/** Stands in the text of the generation and nowhere else. */
const word = 'lighthousekeeper'

let system: System
let readerUrl: string
let id: string
const running: ChildProcess[] = []

/** Starts a program with nothing of this environment but its path, and answers what it has printed so far. */
const start = (args: string[], env: Record<string, string>) => {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH ?? '', ...env } })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return { child, output: () => output, ended: once(child, 'exit') }
}
const runDashboard = (env: Record<string, string>) =>
  start([join(root, 'scripts', 'run.mjs'), 'node', join(root, 'scripts', 'dashboard.ts')], env)

const whenServed = (url: string, { child, output }: ReturnType<typeof start>) =>
  until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the dashboard ended:\n${output()}`)
      return (await fetch(url).catch(() => undefined)) !== undefined
    },
    { what: 'the dashboard', timeoutMs: 60_000 },
  )

beforeAll(async () => {
  system = await startSystem()
  const url = new URL(system.supabase.adminUrl)
  Object.assign(url, { username: 'recto_dashboard', password })
  readerUrl = url.href
  await system.admin.query(`alter role recto_dashboard password '${password}'`)
  const api = await system.startApi()
  const { token } = await system.person()
  const response = await fetch(`${api.url}/api/ai/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source_text: newText({ marker: word }) }),
  })
  id = String(response.headers.get('location')).split('/').at(-1) ?? ''
})
afterAll(async () => {
  for (const child of running) child.kill()
  await system?.stop()
})

describe('the role recto_dashboard', () => {
  it.each([
    ['cancel', `update pgboss.job set state = 'cancelled'`],
    ['retry', `update pgboss.job set state = 'retry', retry_limit = 9`],
    ['delete', 'delete from pgboss.job'],
    ['add', `insert into pgboss.job (name) values ('generation')`],
    ['add a queue by its function', `select pgboss.create_queue('mine', '{"policy": "standard"}')`],
    ['delete a queue by its function', `select pgboss.delete_queue('generation')`],
    ['empty', 'truncate pgboss.job_common'],
    ['read a text', 'select source_text from public.ai_generations'],
    ['read a key', 'select * from recto.webhook_secrets'],
    ['become another', 'set role recto_worker'],
  ])('cannot %s, also after it has switched off read only', async (_what, text) => {
    const client = new pg.Client({ connectionString: readerUrl })
    await client.connect()
    try {
      await client.query('set default_transaction_read_only = off')
      await expect(client.query(text)).rejects.toMatchObject({ code: '42501' })
    } finally {
      await client.end()
    }
  })
})

describe('npm run dashboard', () => {
  let base: string
  let signedIn: Record<string, string>
  let dashboard: ReturnType<typeof start>
  beforeAll(async () => {
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    signedIn = { authorization: `Basic ${Buffer.from('operator:a long password').toString('base64')}` }
    dashboard = runDashboard({
      DASHBOARD_DATABASE_URL: readerUrl,
      DASHBOARD_PORT: String(port),
      DASHBOARD_PASSWORD: 'a long password',
    })
    await whenServed(base, dashboard)
  })

  it('asks for the password', async () => {
    expect((await fetch(base)).status).toBe(401)
    expect((await fetch(base, { headers: signedIn })).status).toBe(200)
  })

  it('shows queues and jobs, and neither a text nor the password of the database', async () => {
    for (const [path, shown] of [
      ['/', 'generation'],
      ['/queues', 'generation_dead'],
      ['/queues/generation', id],
      ['/jobs', id],
      ['/queues/generation/metrics', 'generation'],
      ['/schedules', 'Schedules'],
      ['/warnings', 'Warnings'],
    ] as const) {
      const response = await fetch(`${base}${path}`, { headers: signedIn })
      const page = await response.text()
      expect([path, response.status, page.includes(shown)]).toEqual([path, 200, true])
      expect([page.includes(word), page.includes(password)]).toEqual([false, false])
    }
  })

  it('asks no other host, and answers no name that leads here from elsewhere', async () => {
    const page = await fetch(base, { headers: signedIn })
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; .*style-src 'self' 'unsafe-inline';/,
    )
    const asked = request(base, { headers: { ...signedIn, host: 'ids.example:80' } }).end()
    const [answer] = await once(asked, 'response')
    expect(answer.statusCode).toBe(421)
    answer.resume()
  })

  it('changes nothing', async () => {
    for (const intent of ['cancel', 'retry', 'resume', 'delete']) {
      const body = new URLSearchParams({ intent })
      const headers = { ...signedIn, origin: base }
      const response = await fetch(`${base}/queues/generation/jobs/${id}`, { method: 'POST', headers, body })
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('read-only')])
    }
    expect(await jobs(system, id)).toMatchObject([{ state: 'created' }])
  })

  it('ends with its signal', async () => {
    dashboard.child.kill('SIGTERM')
    await dashboard.ended
    await expect(fetch(base)).rejects.toThrow()
  })

  const expectRefusal = async (url: string) => {
    const refused = runDashboard({ DASHBOARD_DATABASE_URL: url, DASHBOARD_PORT: '0' })
    expect((await refused.ended)[0]).toBe(1)
    expect(refused.output()).toContain('use recto_dashboard')
  }
  it('refuses a role that can change jobs', () => expectRefusal(system.supabase.workerDatabaseUrl))

  it('refuses a role that can become one that changes jobs', async () => {
    await system.admin.query(
      `create role becomes_worker login noinherit password 'becomes-worker' in role recto_worker`,
    )
    const url = new URL(system.supabase.workerDatabaseUrl)
    Object.assign(url, { username: 'becomes_worker', password: 'becomes-worker' })
    await expectRefusal(url.href).finally(() => system.admin.query('drop role becomes_worker'))
  })
})

it('the dashboard without its switch for read-only changes nothing either, because the database refuses', async () => {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const env = { NODE_ENV: 'production', DATABASE_URL: readerUrl, PGBOSS_SCHEMA: 'pgboss', PORT: String(port) }
  await whenServed(base, start([join(root, 'dashboard', 'serve.mjs')], env))
  for (const intent of ['cancel', 'retry', 'resume', 'delete']) {
    const body = new URLSearchParams({ intent, jobId: id })
    const response = await fetch(`${base}/queues/generation`, { method: 'POST', headers: { origin: base }, body })
    expect([intent, await response.text()]).toEqual([intent, expect.stringContaining('Database error occurred')])
  }
  expect(await jobs(system, id)).toMatchObject([{ state: 'created' }])
})
