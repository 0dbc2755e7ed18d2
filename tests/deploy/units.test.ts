import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { type Child, logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const run = promisify(execFile)
const units = globSync(join(projectRoot, 'deploy', 'systemd', '*.service')).sort()
/** Where the guide puts the repository. */
const place = '/opt/recto'
/** The program of the project's Node.js, which is elsewhere when the machine's own is new enough. */
const node = `${place}/.tools/node_modules/.bin/node`

const values = (path: string, key: string) =>
  [...readFileSync(path, 'utf8').matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

let system: System
let folder: string
const started: Child[] = []
beforeAll(async () => {
  system = await startSystem()
  folder = mkdtempSync(join(tmpdir(), 'recto-units-'))
})
afterAll(async () => {
  await Promise.all(started.map((child) => stopChild(child, 'SIGKILL', 5_000)))
  await system?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** Starts what a unit says, in its folder, with its variables, as a user that can change no file but in /tmp. */
const startUnit = async (name: string, env: Record<string, string>): Promise<Child> => {
  const path = join(projectRoot, 'deploy', 'systemd', `${name}.service`)
  const [command = ''] = values(path, 'ExecStart')
  const variables = [...values(path, 'Environment').map((entry) => entry.split('=')), ...Object.entries(env)]
  const args = [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--unshare-user'],
    ...['--uid', '65534', '--gid', '65534', '--unshare-pid', '--as-pid-1', '--die-with-parent'],
    ...['--chdir', projectRoot, '--clearenv'],
    ...variables.flatMap(([key = '', value = '']) => ['--setenv', key, value]),
    ...command.replace(node, process.execPath).split(' '),
  ]
  const child = await startChild({ name, command: 'bwrap', args, env: process.env, logFile: join(folder, name) })
  started.push(child)
  const url = `http://127.0.0.1:${env.PORT ?? env.WORKER_PORT}/readyz`
  const ready = async () => {
    if (!child.alive()) throw new Error(logTail(child.logFile))
    return (await fetch(url).catch(() => undefined))?.ok ?? false
  }
  await until(ready, { what: `the start of ${name}`, timeoutMs: 120_000 })
  return child
}

describe('units of systemd', () => {
  test('are valid', async () => {
    expect(units.map((path) => basename(path))).toEqual(['recto-api.service', 'recto-worker.service'])
    // systemd-analyze wants to see the program.
    const root = join(folder, 'root')
    mkdirSync(join(root, 'bin'), { recursive: true })
    symlinkSync(process.execPath, join(root, 'bin', 'node'))
    for (const path of units) {
      const copy = join(root, basename(path))
      const text = readFileSync(path, 'utf8')
        .replace(node, join(root, 'bin', 'node'))
        .replaceAll(place, root)
      writeFileSync(copy, text)
      const { stderr } = await run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', copy])
      expect(stderr.split('\n').filter((line) => line.includes('recto-'))).toEqual([])
    }
  })

  test('start processes that make cards, by a user who can change no file', async () => {
    const port = String(await freePort())
    const { supabase } = system
    await startUnit('recto-worker', {
      WORKER_PORT: String(await freePort()),
      WORKER_DATABASE_URL: supabase.workerDatabaseUrl,
      OPENROUTER_API_KEY: 'test-key',
      OPENROUTER_BASE_URL: system.model.url,
    })
    await startUnit('recto-api', {
      PORT: port,
      API_DATABASE_URL: supabase.apiDatabaseUrl,
      SUPABASE_URL: supabase.supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
    })
    const ana = await system.person({ url: `http://127.0.0.1:${port}` })
    const submitted = await ana.submit({ source_text: newText() })
    const { generation_id } = z.object({ generation_id: z.string() }).parse(await submitted.json())
    const status = async () => {
      const answer = await ana.api(`/api/ai/generations/${generation_id}?wait=10`)
      return z.object({ status: z.string() }).parse(await answer.json()).status
    }
    await until(async () => (await status()) === 'succeeded', { what: 'the cards', timeoutMs: 120_000 })
  })
})
