import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { type Child, childReady, startChild, stopChild } from '@recto/local/processes'
import { unzipSync } from 'fflate'
import { expect } from 'vitest'
import type { System } from './system.ts'

/** Packages the function, and unpacks it where nothing of the project can be found. */
const unpack = async (folder: string): Promise<string> => {
  const script = join(projectRoot, 'deploy', 'lambda', 'package.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder })
  expect(stdout).toMatch(
    /^deploy\/lambda\/dist\/recto-api\.zip: \d\.\d MB, unpacked \d\.\d MB \(index\.mjs \d\.\d MB\)\n$/,
  )
  const archive = readFileSync(join(projectRoot, 'deploy', 'lambda', 'dist', 'recto-api.zip'))
  // AWS takes an archive of up to 50 MB directly.
  expect(archive.length).toBeLessThan(5_000_000)
  for (const [name, content] of Object.entries(unzipSync(archive))) {
    mkdirSync(dirname(join(folder, 'function', name)), { recursive: true })
    writeFileSync(join(folder, 'function', name), content)
  }
  return join(folder, 'function', 'index.mjs')
}

/** Starts one instance of the packaged function behind a stand-in for API Gateway. It ends with the system. */
export const startLambda = async (
  { supabase, folder, onStop }: Pick<System, 'supabase' | 'folder' | 'onStop'>,
  env: Record<string, string> = {},
): Promise<Child & { url: string }> => {
  const program = await unpack(folder)
  const port = await freePort()
  const lambda = await startChild({
    name: 'lambda',
    command: process.execPath,
    args: [fileURLToPath(new URL('./lambda-gateway.ts', import.meta.url)), program, String(port)],
    env: {
      API_DATABASE_URL: supabase.apiDatabaseUrl,
      SUPABASE_URL: supabase.supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
      ...env,
    },
    logFile: join(folder, 'lambda.log'),
  })
  onStop(() => stopChild(lambda, 'SIGKILL', 5_000))
  const url = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await childReady(lambda, { title: 'the function', isReady, timeoutMs: 60_000 })
  return { ...lambda, url }
}
