import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readLocalInfo } from './home.ts'
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

const run = (script: string, ...args: string[]): Launcher => {
  const { npm_lifecycle_event: _, ...env } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { ...env, RECTO_HOME: home, PORT: '', WORKER_PORT: '', OPENROUTER_API_KEY: '', RECTO_TOKEN: '' },
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
