import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { freePort } from '@recto/local/ports'
import { type Child, startChild, stopChild } from '@recto/local/processes'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createPerson } from '../support/person.ts'
import { startSpanReceiver } from '../support/span-receiver.ts'
import { newText } from '../support/text.ts'
import { buildImages, containerCommand, type Image, type Target, targets, tracedTargets } from './images.ts'

const run = promisify(execFile)
const BUILD_MS = 20 * 60_000
const START_MS = 120_000

let built: Awaited<ReturnType<typeof buildImages>>
let supabase: Supabase
let model: ModelServer
let logs: string
const started: Child[] = []
beforeAll(async () => {
  built = await buildImages()
  supabase = await startThrowaway({ migrate: false })
  model = await startModelServer({})
  logs = mkdtempSync(join(tmpdir(), 'recto-image-'))
}, BUILD_MS)
afterAll(async () => {
  await Promise.all(started.map((child) => stopChild(child, 'SIGKILL', 5_000)))
  await model?.stop()
  await supabase?.stop()
  await built?.remove()
  if (logs) rmSync(logs, { recursive: true, force: true })
})

/** Runs a command in an image until it ends. Rejects with its output when it fails. */
const runIn = (image: Image, env: Record<string, string>, command?: string[]) => {
  const [program = '', ...args] = containerCommand(image, env, command)
  return run(program, args)
}

/** Whether the health check of the image says that the process with these variables is healthy. */
const healthy = ({ target, env }: { target: Target; env: Record<string, string> }): Promise<boolean> => {
  const image = built.images[target]
  return runIn(image, env, image.config.Healthcheck.Test.slice(1)).then(
    () => true,
    () => false,
  )
}

/** Starts the process of an image and waits until its health check passes. */
const start = async (target: Target, env: Record<string, string>): Promise<Child> => {
  const [command = '', ...args] = containerCommand(built.images[target], env)
  const logFile = join(logs, `${target}.log`)
  const child = await startChild({ name: target, command, args, env: process.env, logFile })
  started.push(child)
  const ready = async () => {
    if (!child.alive()) throw new Error(readFileSync(logFile, 'utf8'))
    return healthy({ target, env })
  }
  await until(ready, { what: `the health of ${target}`, timeoutMs: START_MS })
  return child
}

/** Sends SIGTERM to the first process in a container, as an engine does. bubblewrap itself would pass nothing on. */
const stopInside = ({ pid }: Child): void => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  process.kill(Number(children.trim()), 'SIGTERM')
}

const migrateProject = () =>
  runIn(built.images.migrate, {
    DATABASE_URL: supabase.databaseUrl,
    RECTO_API_PASSWORD: supabase.secrets.passwords.recto_api,
    RECTO_WORKER_PASSWORD: supabase.secrets.passwords.recto_worker,
  })

const newApiEnv = async () => ({
  PORT: String(await freePort()),
  API_DATABASE_URL: supabase.apiDatabaseUrl,
  SUPABASE_URL: supabase.supabaseUrl,
  SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
})

const newWorkerEnv = async () => ({
  WORKER_PORT: String(await freePort()),
  WORKER_DATABASE_URL: supabase.workerDatabaseUrl,
  OPENROUTER_API_KEY: 'test-key',
  OPENROUTER_BASE_URL: model.url,
})

/** The names of packages in the node_modules of an image. */
const packagesOf = ({ root }: Image): string[] =>
  globSync('app/node_modules/.pnpm/node_modules/{*,@*/*}', { cwd: root })
    .map((path) => path.replace('app/node_modules/.pnpm/node_modules/', ''))
    .filter((name) => !/^@[^/]+$/.test(name))

describe('the images', () => {
  test('have production dependencies alone, each those of its process', () => {
    for (const target of targets) {
      const packages = packagesOf(built.images[target])
      expect(packages).toContain('pg-protocol')
      expect(packages.filter((name) => name.startsWith('@types/'))).toEqual([])
      expect(packages).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(typescript|vite|vitest|rolldown)$/)]),
      )
    }
    const top = (target: Target, folder: string) =>
      globSync('*', { cwd: join(built.images[target].root, 'app', folder, 'node_modules') })
    expect(top('api', 'api')).toContain('swagger-ui-dist')
    expect(top('worker', 'worker')).toContain('openai')
    expect(packagesOf(built.images.api)).not.toContain('openai')
    expect(packagesOf(built.images.worker).join(' ')).not.toContain('supabase')
    const sdk = '@opentelemetry/sdk-node'
    for (const target of targets) expect(packagesOf(built.images[target])).not.toContain(sdk)
    for (const target of tracedTargets) expect(packagesOf(built.images[target])).toContain(sdk)
  })

  test('have no shell, no package manager, no tests, no local system and no file of the environment', () => {
    const unwanted = /^(sh|bash|dash|busybox|apt|apt-get|dpkg|npm|npx|pnpm|yarn|corepack|\.env|.*\.test\.ts)$/
    for (const target of targets) {
      const { root } = built.images[target]
      const files = globSync('{etc,lib,lib64,usr}/**', { cwd: root }).concat(
        globSync('app/**', { cwd: root, exclude: (name) => basename(name) === 'node_modules' }),
      )
      expect(files.length).toBeGreaterThan(100)
      expect(files.filter((path) => unwanted.test(basename(path)))).toEqual([])
      expect(globSync('app/local/src', { cwd: root })).toEqual([])
    }
  })

  test('run as a user that is not root and can change no file', async () => {
    const script = `process.stdout.write(String(process.getuid())); require('fs').writeFileSync('/app/new', '')`
    const failed = await runIn(built.images.api, {}, ['/usr/local/bin/node', '-e', script]).catch((error) => error)
    expect(failed).toMatchObject({ stdout: '65532', stderr: expect.stringContaining('EROFS') })
  })
})

describe('containers with a read-only root over an empty Supabase project', () => {
  test('migrate, start, answer health checks, make cards of a text, serve the console, and end on SIGTERM', async () => {
    await migrateProject()
    // It may be repeated at any time.
    await migrateProject()

    const apiEnv = await newApiEnv()
    expect(await healthy({ target: 'api', env: apiEnv })).toBe(false)
    const worker = await start('worker', await newWorkerEnv())
    const api = await start('api', apiEnv)

    const url = `http://127.0.0.1:${apiEnv.PORT}`
    const ana = await createPerson(supabase, { url })
    const submitted = await ana.submit({ source_text: newText() })
    expect(submitted.status).toBe(202)
    const { generation_id } = z.object({ generation_id: z.string() }).parse(await submitted.json())
    const result = async () =>
      z
        .object({ status: z.string() })
        .parse(await (await ana.api(`/api/ai/generations/${generation_id}?wait=10`)).json())
    await until(async () => (await result()).status === 'succeeded', { what: 'the cards', timeoutMs: START_MS })
    const page = await fetch(url)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<script type="module"')

    for (const child of [api, worker]) {
      stopInside(child)
      expect(await child.exited).toEqual({ code: 0, signal: null })
    }
  })

  test('export one trace of a submission and its run from the targets with telemetry', async () => {
    await migrateProject()
    const receiver = await startSpanReceiver()
    // The images load the SDK by themselves.
    const { NODE_OPTIONS: _, ...exporting } = receiver.env
    const apiEnv = await newApiEnv()
    const worker = await start('worker-telemetry', { ...(await newWorkerEnv()), ...exporting })
    const api = await start('api-telemetry', { ...apiEnv, ...exporting })
    const ana = await createPerson(supabase, { url: `http://127.0.0.1:${apiEnv.PORT}` })
    expect((await ana.submit()).status).toBe(202)
    const names = () => receiver.spans().map(({ service, name }) => `${service}: ${name.split(' ')[0]}`)
    await until(() => receiver.spans().length >= 3, { what: 'the spans', timeoutMs: START_MS })
    expect(names().toSorted()).toEqual(['recto-api: POST', 'recto-worker: chat', 'recto-worker: process'])
    expect(new Set(receiver.spans().map(({ traceId }) => traceId)).size).toBe(1)
    for (const child of [api, worker]) {
      stopInside(child)
      expect(await child.exited).toEqual({ code: 0, signal: null })
    }
    receiver.stop()
  })
})
