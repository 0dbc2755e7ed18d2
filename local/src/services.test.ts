import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { START_MS } from './deadlines.ts'
import { projectRoot } from './home.ts'
import { nodeArguments, serviceReady } from './services.ts'

const Manifest = z.object({ scripts: z.object({ api: z.string(), worker: z.string() }) })

it.each(['api', 'worker'] as const)('the local system starts the %s with the arguments that npm run has', (name) => {
  const { scripts } = Manifest.parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')))
  const command = ['node', ...nodeArguments[name], `${name}/src/main.ts`].join(' ')
  expect(scripts[name].endsWith(` ${command}`), scripts[name]).toBe(true)
})

const folder = mkdtempSync(join(tmpdir(), 'recto-services-'))
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['ends before it is ready', false, 'the api did not start:\nno database'],
  ['is not ready in time', true, 'the start of the api took longer than 60 s:\nno database'],
])('a service that %s is told of with the end of its log', async (_, alive, message) => {
  const logFile = join(folder, 'api.log')
  writeFileSync(logFile, 'no database')
  const child = {
    name: 'api',
    pid: 1,
    logFile,
    exited: Promise.resolve({ code: null, signal: null }),
    alive: () => alive,
    kill: vi.fn(),
  }
  const service = { name: 'api' as const, env: {}, readyUrl: 'http://127.0.0.1:1/readyz', logFile }
  const now = vi
    .spyOn(Date, 'now')
    .mockReturnValueOnce(0)
    .mockReturnValue(START_MS + 1)
  await expect(serviceReady(child, service)).rejects.toThrow(message)
  now.mockRestore()
})
