import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { until } from '@recto/local/until'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { findingRow } from '../support/seed.ts'
import { type ApiSystem, startApiSystem } from './api-system.ts'

const run = promisify(execFile)

/** The script of the workflow, as the page prints it. */
const script = (): string => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'code-review.md'), 'utf8')
  const [, block = ''] = /\n {8}run: \|\n(.*?)\n```/s.exec(page) ?? []
  return block.replaceAll(/^ {10}/gm, '')
}

const Upload = z.object({ commit_sha: z.string(), ref: z.string(), sarif: z.string(), tool_name: z.string() })

let apiSystem: ApiSystem
/** What was uploaded to a server that stands for GitHub. */
const uploads: z.infer<typeof Upload>[] = []
const github = createServer(async (request, response) => {
  uploads.push(Upload.parse(await json(request)))
  response.writeHead(202).end('{}')
})
let environment: NodeJS.ProcessEnv
beforeAll(async () => {
  apiSystem = await startApiSystem()
  const { supabaseUrl, publishableKey } = apiSystem.system.supabase
  const account = { email: 'ci@example.org', password: 'correct horse 🐎' }
  await createClient(supabaseUrl, publishableKey, { auth: { persistSession: false } }).auth.signUp(account)
  github.listen(0, '127.0.0.1')
  await once(github, 'listening')
  const address = github.address()
  environment = {
    PATH: process.env.PATH,
    HOME: apiSystem.system.folder,
    RECTO_URL: apiSystem.api.url,
    SUPABASE_URL: supabaseUrl,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    RECTO_EMAIL: account.email,
    RECTO_PASSWORD: account.password,
    GITHUB_TOKEN: 'github-token',
    GITHUB_API_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    GITHUB_REPOSITORY: 'example/app',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_STEP_SUMMARY: join(apiSystem.system.folder, 'summary.md'),
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
})
afterAll(async () => {
  github.close()
  await apiSystem?.stop()
})

/** A repository whose second commit writes these files. */
const repository = async (files: Record<string, string>) => {
  const cwd = mkdtempSync(join(apiSystem.system.folder, 'repository-'))
  const git = async (...words: string[]) => {
    const person = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.org']
    return (await run('git', [...person, ...words], { cwd, env: environment })).stdout.trim()
  }
  await git('init', '--quiet')
  await git('commit', '--quiet', '--allow-empty', '--message=one')
  const base = await git('rev-parse', 'HEAD')
  mkdirSync(join(cwd, 'src'))
  for (const [path, content] of Object.entries(files)) writeFileSync(join(cwd, path), content)
  await git('add', '.')
  await git('commit', '--quiet', '--message=two')
  const head = await git('rev-parse', 'HEAD')
  const env = { ...environment, BASE: base, GITHUB_SHA: head }
  return { head, review: () => run('bash', ['-c', script()], { cwd, env }) }
}

const Row = z.object({ id: z.string(), user_id: z.string(), input: z.record(z.string(), z.unknown()) })
const submitted = async () => {
  const { rows } = await apiSystem.system.admin.query(
    `select id, user_id, input from public.ai_generations where kind = 'code_review' and status = 'pending'`,
  )
  return rows.map((row) => Row.parse(row))
}

/** Ends a review as the worker would, with one finding. */
const finish = async ({ id, user_id }: z.infer<typeof Row>) => {
  const row = { generation_id: id, user_id, ...findingRow }
  const columns = Object.keys(row)
  await apiSystem.system.admin.query(
    `with ended as (update public.ai_generations set status = 'succeeded', attempts = 1, started_at = now(), finished_at = now(),
       output = '{"summary": "One remark."}' where id = $1)
     insert into public.ai_findings (${columns}) values (${columns.map((_, n) => `$${n + 1}`)})`,
    Object.values(row),
  )
}

const code = `{\n${findingRow.quote}\n`

describe('the workflow in docs/code-review.md', () => {
  it('submits the changed code that one review takes, uploads SARIF, and reviews a commit once', async () => {
    const { head, review } = await repository({
      'src/add.ts': code,
      'src/größe [1].kt': 'val a = "\\n"\n',
      'src/large.py': `#${'x'.repeat(60_000)}`,
      'notes.txt': 'no code',
    })
    const running = review()
    await until(async () => (await submitted()).length === 1, { what: 'the submission', timeoutMs: 30_000 })
    const [generation] = await submitted()
    if (!generation) throw new Error('nothing was submitted')
    expect(generation.input).toEqual({
      files: [
        { path: 'src/add.ts', content: code },
        { path: 'src/größe [1].kt', content: 'val a = "\\n"\n' },
      ],
    })
    await finish(generation)
    expect((await running).stdout).toContain('2 of 3 files are reviewed.')
    await review()
    expect(await submitted()).toEqual([])
    expect(uploads).toHaveLength(2)
    const { sarif, ...upload } = Upload.parse(uploads[0])
    expect(upload).toEqual({ commit_sha: head, ref: 'refs/pull/7/merge', tool_name: 'Recto' })
    const log = JSON.parse(gunzipSync(Buffer.from(sarif, 'base64')).toString())
    expect(log).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'bug', level: 'warning' }] }] })
    expect(readFileSync(environment.GITHUB_STEP_SUMMARY ?? '', 'utf8')).toContain('## Loose comparison')
  })

  it('sends the change of the code along, where it is not too long', async () => {
    const { review } = await repository({ 'src/add.ts': code, 'notes.txt': 'no code' })
    const running = review()
    await until(async () => (await submitted()).length === 1, { what: 'the submission', timeoutMs: 30_000 })
    const [generation] = await submitted()
    const diff = z.string().parse(generation?.input.diff)
    expect(diff).toContain('+  if (a == b) {')
    expect(diff).not.toContain('no code')
    if (generation) await finish(generation)
    await running
  })

  it('fails with the problem when the review was cancelled, and uploads nothing', async () => {
    const { review } = await repository({ 'src/other.go': 'package other\n' })
    const before = uploads.length
    const running = review().catch((error: unknown) => error)
    await until(async () => (await submitted()).length === 1, { what: 'the submission', timeoutMs: 30_000 })
    await apiSystem.system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where status = 'pending'`,
    )
    expect(await running).toMatchObject({ code: 1, stdout: expect.stringContaining('generation_cancelled') })
    expect(uploads).toHaveLength(before)
  })

  it('submits nothing when no code has changed', async () => {
    const { review } = await repository({ 'notes.txt': 'no code' })
    expect((await review()).stdout).toBe('No file to review.\n')
    expect(await submitted()).toEqual([])
  })
})
