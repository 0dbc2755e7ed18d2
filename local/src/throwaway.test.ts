import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { commandLineOf } from './processes.ts'
import { startThrowaway } from './throwaway.ts'

const rolesOf = async (connectionString: string): Promise<string[]> => {
  const client = new Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ rolname: string }>(
    "select rolname from pg_roles where rolname like 'recto%' order by 1",
  )
  await client.end()
  return rows.map(({ rolname }) => rolname)
}

const runningOf = (pids: number[]): number[] => pids.filter((pid) => commandLineOf(pid) !== undefined)

test('startThrowaway starts two separate migrated systems at once that leave nothing behind', async () => {
  const systems = await Promise.all([startThrowaway(), startThrowaway()])
  const [first, second] = systems
  expect(first.supabaseUrl).not.toBe(second.supabaseUrl)
  await first.addPerson('ada')
  expect(await rolesOf(first.databaseUrl)).toEqual(['recto_analyst', 'recto_api', 'recto_dashboard', 'recto_worker'])
  for (const url of [second.apiDatabaseUrl, second.workerDatabaseUrl]) expect(await rolesOf(url)).toHaveLength(4)
  const pids = systems.flatMap((system) => system.children().map(({ pid }) => pid))
  await Promise.all(systems.map((system) => system.stop()))
  expect(runningOf(pids)).toEqual([])
  expect(systems.filter(({ dataDir }) => existsSync(dataDir))).toEqual([])
})

/**
 * Gives this process and those that it starts a temporary folder of their own until the end of the test. In the usual
 * one, any test file that starts a system at that moment removes the systems of killed processes.
 */
const useOwnTemporaryFolder = (): void => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-own-'))
  chmodSync(folder, 0o711)
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
}

/** A process with a system of its own, as a test file is one. */
const startTestProcess = async () => {
  const script = `
    const { startThrowaway } = await import(${JSON.stringify(new URL('./throwaway.ts', import.meta.url).href)})
    const { dataDir, children } = await startThrowaway({ migrate: false })
    console.log(JSON.stringify({ dataDir, pids: children().map(({ pid }) => pid) }))
    setInterval(() => 0, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [line] = await once(child.stdout, 'data')
  const { dataDir, pids }: { dataDir: string; pids: number[] } = JSON.parse(String(line))
  onTestFinished(() => {
    for (const pid of runningOf(pids)) process.kill(pid, 'SIGKILL')
  })
  return { child, dataDir, pids }
}

test('startThrowaway removes the system of a test process that was killed', async () => {
  useOwnTemporaryFolder()
  const { child, dataDir, pids } = await startTestProcess()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(runningOf(pids)).toHaveLength(2)
  const next = await startThrowaway({ migrate: false })
  expect(runningOf(pids)).toEqual([])
  expect(existsSync(dataDir)).toBe(false)
  await next.stop()
})

test('startThrowaway ends its processes with a test process that Vitest ends by a signal', async () => {
  useOwnTemporaryFolder()
  const { child, pids } = await startTestProcess()
  child.kill('SIGTERM')
  await once(child, 'exit')
  await vi.waitFor(() => expect(runningOf(pids)).toEqual([]), { timeout: 10_000 })
})
