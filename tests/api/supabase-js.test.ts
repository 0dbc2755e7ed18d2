import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sampleText } from '@recto/local/sample'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type System, startSystem } from '../support/system.ts'

const document = readFileSync(join(import.meta.dirname, '../../docs/supabase-js.md'), 'utf8').split('\n')

const Coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({ ranges: z.array(z.object({ startOffset: z.int(), endOffset: z.int(), count: z.int() })) }),
      ),
    }),
  ),
})

let system: System
beforeAll(async () => {
  system = await startSystem()
  // The document waits for an answer, also where a test would have it at once.
  system.model.setScript([{ latency_ms: 1_500 }])
  await system.startWorker()
})
afterAll(() => system?.stop())

/** The code of the document on the lines that it has there, and nothing on the other lines. */
const codeOf = (lines: string[]): string[] => {
  let inside = false
  return lines.map((line) => {
    const fence = line.startsWith('```')
    if (fence) inside = !inside
    return inside && !fence ? line : ''
  })
}

/** The lines, counted from 1, that have a part that Node did not run. */
const linesNotRun = (folder: string, file: string, code: string): number[] =>
  readdirSync(folder)
    .flatMap((name) => Coverage.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).result)
    .filter(({ url }) => url.endsWith(file))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .filter(({ count }) => count === 0)
    .map(({ startOffset }) => code.slice(0, startOffset).split('\n').length)

it('runs every line of docs/supabase-js.md in order, and prints what the comments say', async () => {
  const fences = document.filter((line) => line.startsWith('```'))
  expect(new Set(fences)).toEqual(new Set(['```js', '```']))
  const lines = codeOf(document)
  const code = lines.join('\n')
  const coverage = join(system.folder, 'coverage')
  mkdirSync(coverage)
  symlinkSync(join(import.meta.dirname, '../node_modules'), join(system.folder, 'node_modules'))
  writeFileSync(join(system.folder, 'notes.txt'), sampleText)
  writeFileSync(join(system.folder, 'supabase-js.mjs'), code)

  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['supabase-js.mjs'], {
    cwd: system.folder,
    timeout: 150_000,
    env: {
      ...process.env,
      NODE_V8_COVERAGE: coverage,
      SUPABASE_URL: system.supabase.supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: system.supabase.publishableKey,
    },
  })

  expect(stderr).toBe('')
  const printing = lines.filter((line) => line.includes('console.log('))
  expect(stdout.trim().split('\n')).toEqual(printing.map((line) => line.split(' // ')[1]))
  expect(linesNotRun(coverage, '/supabase-js.mjs', code)).toEqual([])
  expect(printing.length).toBeGreaterThan(20)
})
