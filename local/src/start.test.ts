import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readLocalInfo } from './home.ts'
import { startModelServer } from './model-server/server.ts'
import { commandLineOf } from './processes.ts'
import { until } from './until.ts'

let home: string
let started: Launcher[]
// All tests use one home. Each one starts on what the one before left, as a person does.
beforeAll(() => {
  home = join(mkdtempSync(join(tmpdir(), 'start-')), 'home')
})
beforeEach(() => {
  started = []
})
afterEach(async () => {
  for (const launcher of started) if (launcher.child.exitCode === null) launcher.child.kill('SIGTERM')
  await Promise.all(started.map(({ closed }) => closed))
})
afterAll(() => {
  const data = join(home, 'postgres')
  if (existsSync(data)) rmSync(realpathSync(data), { recursive: true })
  rmSync(join(home, '..'), { recursive: true })
})

type Launcher = { child: ChildProcess; output: () => string; closed: Promise<unknown> }

const run = (script: string, ...args: string[]): Launcher => runIn({}, script, ...args)

const runIn = (more: Record<string, string>, script: string, ...args: string[]): Launcher => {
  const { npm_lifecycle_event: _, ...env } = process.env
  const own = { RECTO_HOME: home, PORT: '', WORKER_PORT: '', OPENROUTER_API_KEY: '', RECTO_TOKEN: '' }
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { ...env, ...own, ...more },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const launcher = { child, output: () => text, closed: once(child, 'close') }
  started.push(launcher)
  return launcher
}

const up = (launcher: Launcher): Promise<void> =>
  until(
    () => {
      if (launcher.child.exitCode !== null) throw new Error(`it ended: ${launcher.output()}`)
      return launcher.output().includes('(up in')
    },
    { what: 'the start', timeoutMs: 50_000 },
  )
const ended = async (script: string, ...args: string[]) => {
  const launcher = run(script, ...args)
  await launcher.closed
  return { code: launcher.child.exitCode, output: launcher.output() }
}
const bare = ['--no-api', '--no-worker']
const pids = () => Object.values(readLocalInfo(join(home, 'local.json'))?.pids ?? {})
const alive = () => pids().filter((pid) => commandLineOf(pid) !== undefined)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'npm start ends with exit code 0 and leaves no process after repeated %s',
  async (signal) => {
    const launcher = run('main.ts', ...bare)
    await up(launcher)
    const before = pids()
    expect(before.length).toBeGreaterThan(2)
    for (const _ of [1, 2, 3]) launcher.child.kill(signal)
    await launcher.closed
    expect(launcher.child.exitCode).toBe(0)
    expect(before.filter((pid) => commandLineOf(pid) !== undefined)).toEqual([])
    expect(pids()).toEqual([])
  },
)

test('npm start refuses a second start in the same home, names the first one and leaves it running', async () => {
  const first = run('main.ts', ...bare)
  await up(first)
  const { code, output } = await ended('main.ts', ...bare)
  expect([code, output]).toEqual([1, expect.stringContaining(`process ${first.child.pid}`)])
  expect(alive()).toContain(first.child.pid)
})

test('npm start ends the leftover processes of a start that was killed with SIGKILL', async () => {
  const killed = run('main.ts', ...bare)
  await up(killed)
  killed.child.kill('SIGKILL')
  await killed.closed
  const left = alive()
  expect(left).toHaveLength(2)
  const next = run('main.ts', ...bare)
  await up(next)
  expect(next.output()).toContain('postgrest')
  expect(left.filter((pid) => commandLineOf(pid) !== undefined)).toEqual([])
})

test('npm start names a process that ends unexpectedly, and stops everything with exit code 1', async () => {
  const launcher = run('main.ts', ...bare)
  await up(launcher)
  const { postgrest } = readLocalInfo(join(home, 'local.json'))?.pids ?? {}
  process.kill(postgrest ?? 0, 'SIGKILL')
  await launcher.closed
  expect(launcher.child.exitCode).toBe(1)
  expect(launcher.output()).toContain('the process postgrest ended unexpectedly')
  expect(alive()).toEqual([])
})

test('npm start explains an unknown flag, a missing DATABASE_URL and --help', async () => {
  expect(await ended('main.ts', '--no-smaple')).toMatchObject({
    code: 2,
    output: expect.stringContaining("'--no-smaple'"),
  })
  expect(await ended('main.ts', '--help')).toMatchObject({ code: 0, output: expect.stringContaining('--no-worker') })
  process.env.SUPABASE_URL = 'http://127.0.0.1:9'
  const half = await ended('main.ts').finally(() => delete process.env.SUPABASE_URL)
  expect(half).toMatchObject({ code: 1, output: expect.stringContaining('DATABASE_URL') })
})

test('npm run token prints only a JWT, for the same person each time, and fails without a running system', async () => {
  expect(await ended('token-command.ts', '--user', 'ada')).toMatchObject({
    code: 1,
    output: expect.stringContaining('npm start'),
  })
  await up(run('main.ts', ...bare))
  const tokens = [
    await ended('token-command.ts', '--user', 'ada', '--expires', '2h'),
    await ended('token-command.ts', '--user', 'ada'),
  ]
  const claims = tokens.map(({ output }) => decodeJwt(output.trimEnd()))
  expect(claims[0]?.sub).toBe(claims[1]?.sub)
  expect(Number(claims[0]?.exp) - Number(claims[0]?.iat)).toBe(7200)
  expect(await ended('token-command.ts')).toMatchObject({ code: 1, output: expect.stringContaining('--user') })
  expect(await ended('generate-command.ts', '/nowhere.txt')).toMatchObject({
    code: 1,
    output: expect.stringContaining('/nowhere.txt'),
  })
})

const cardsIn = (text: string) => text.split('\n').filter((line) => line.trimStart().startsWith('«'))

test('npm start shows cards of the sample with their quotes, and the same cards again at the next start', async () => {
  const first = run('main.ts')
  await up(first)
  const sample = readFileSync(join(home, 'sample.json'), 'utf8')
  const quotes = cardsIn(first.output())
  expect(quotes.length).toBeGreaterThan(2)
  for (const quote of quotes) expect(sample).toContain(quote.trim().slice(2, -2))
  const file = join(home, 'text.txt')
  writeFileSync(file, JSON.parse(sample).source_text)
  const made = await ended('generate-command.ts', file, '--json', '--user', 'bob')
  expect(made.code).toBe(0)
  expect(JSON.parse(made.output)).toMatchObject({ generation: { status: 'succeeded' }, suggestions: expect.anything() })
  first.child.kill('SIGINT')
  await first.closed

  const second = run('main.ts')
  await up(second)
  expect(cardsIn(second.output())).toEqual(quotes)
  expect(second.output()).toContain('Kept from an earlier start')
  writeFileSync(file, 'Too short.')
  expect(await ended('generate-command.ts', file)).toMatchObject({
    code: 1,
    output: expect.stringContaining('source_text'),
  })
})

test('npm start answers a placeholder key with the local model server, says so, and lets local pages call the API', async () => {
  const env = { OPENROUTER_API_KEY: 'Dummy', RECTO_VAULT: 'on', CORS_ORIGINS: 'https://app.example' }
  const launcher = runIn(env, 'main.ts')
  await up(launcher)
  expect(launcher.output()).toContain('OPENROUTER_API_KEY is a placeholder: the local model server answers')
  expect(cardsIn(launcher.output()).length).toBeGreaterThan(2)
  const { api_url, model_url } = readLocalInfo(join(home, 'local.json')) ?? {}
  expect(launcher.output()).toContain(`Model     ${model_url}`)
  const allowedFor = async (origin: string) =>
    (await fetch(`${api_url}/api/ai/models`, { headers: { origin } })).headers.get('access-control-allow-origin')
  for (const origin of ['http://localhost:5173', 'http://127.0.0.1:4321', 'https://app.example'])
    expect(await allowedFor(origin)).toBe(origin)
  expect(await allowedFor('https://localhost.example')).toBeNull()
})

test('npm start without a key checks and bills models as a provider of its own, in the EU too', async () => {
  await up(runIn({ RECTO_DATA_RESIDENCY: 'eu' }, 'main.ts'))
  const info = readLocalInfo(join(home, 'local.json'))
  const token = (await ended('token-command.ts', '--user', 'ada')).output.trim()
  const answer = await fetch(`${info?.api_url}/api/ai/test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'best', message: 'Is anybody there?' }),
  })
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { data: { provider: 'recto-local', text: expect.stringContaining('“Is anybody there?”') } },
  ])
  const db = new Client({ connectionString: info?.database_url })
  await db.connect()
  const calls = await db
    .query('select distinct provider, cost_source, cost_usd > 0 as paid from public.ai_calls where purpose = $1', [
      'connection_check',
    ])
    .finally(() => db.end())
  expect(calls.rows).toEqual([{ provider: 'recto-local', cost_source: 'price_list', paid: true }])
})

test('npm start names the providers whose keys are set, and leaves placeholders out', async () => {
  const server = await startModelServer({ name: 'paris' })
  const keyFile = join(home, '..', 'placeholder.key')
  writeFileSync(keyFile, 'placeholder\n')
  const env = { SCW_SECRET_KEY: 'sk-1', SCALEWAY_BASE_URL: server.url, OPENAI_API_KEY_FILE: keyFile }
  const launcher = runIn(env, 'main.ts')
  await up(launcher).finally(() => server.stop())
  expect(launcher.output()).toContain('OPENAI_API_KEY_FILE is a placeholder: it is left out')
  expect(launcher.output()).toContain(`Model     scaleway (${server.url})\n`)
  expect(cardsIn(launcher.output()).length).toBeGreaterThan(2)
  expect(server.requests.length).toBeGreaterThan(0)
})

test('npm start applies the limits of RECTO_LIMITS, and those of a file that changed since', async () => {
  const limits = join(home, '..', 'limits.json')
  const perDay = async (count: number) => {
    writeFileSync(limits, JSON.stringify({ plans: { free: { per_day: count } } }))
    const launcher = runIn({ RECTO_LIMITS: limits }, 'main.ts', ...bare)
    await up(launcher)
    const db = new Client({ connectionString: readLocalInfo(join(home, 'local.json'))?.database_url })
    await db.connect()
    const { rows } = await db.query("select per_day from public.plans where name = 'free'").finally(() => db.end())
    launcher.child.kill('SIGTERM')
    await launcher.closed
    return rows
  }
  expect(await perDay(77)).toEqual([{ per_day: 77 }])
  expect(await perDay(78)).toEqual([{ per_day: 78 }])
})
