import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { expectedOutput, fillIn, placeholdersOf, readGuide, type Step } from './guide.ts'
import { startProjectPooler, startPublicSites } from './internet.ts'
import type { Server } from './namespaces.ts'
import { writeRepository } from './repository.ts'
import { startServer } from './server.ts'

const SETUP_MS = 15 * 60_000
const domain = 'recto.example.com'
const project = 'abcdefghijklmnopqrst'
const names = {
  certificates: 'acme-v02.api.letsencrypt.org',
  supabase: `${project}.supabase.co`,
  pooler: 'aws-0-eu-central-1.pooler.supabase.com',
  models: 'openrouter.ai',
}
const sections = readGuide('deploy-vps.md')
const systemd = [...sections].filter(([name]) => name.startsWith('With systemd > '))

let supabase: Supabase
let model: ModelServer
let server: Server
let pooler: Awaited<ReturnType<typeof startProjectPooler>>
let sites: Awaited<ReturnType<typeof startPublicSites>>
let folder: string
let values: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recto-guide-'))
  supabase = await startThrowaway({ migrate: false })
  model = await startModelServer({})
  server = await startServer(Object.values(names), domain, [`${writeRepository(folder)}:/srv/recto.git`])
  const host = server.outside
  pooler = await startProjectPooler(host, Number(new URL(supabase.databaseUrl).port))
  sites = await startPublicSites({
    host,
    names,
    upstreams: { supabase: supabase.supabaseUrl, models: model.url },
    domain: { name: domain, address: server.address },
  })
  const path = '/usr/local/share/ca-certificates/internet.crt'
  const trusted = await server.run(`cat > ${path} <<'END'\n${sites.authority}END\nupdate-ca-certificates`)
  expect(trusted).toMatchObject({ status: 0 })
  values = {
    '<address of this repository>': 'file:///srv/recto.git',
    '<project>': project,
    '<password>': supabase.secrets.passwords.postgres,
    '<host>': names.pooler,
    '<the first>': 'a'.repeat(48),
    '<the second>': 'b'.repeat(48),
    "<the project's publishable key>": supabase.publishableKey,
    '<a key>': 'sk-or-v1-guide',
  }
}, SETUP_MS)
afterAll(async () => {
  await server?.stop()
  await sites?.stop()
  pooler?.stop()
  await model?.stop()
  await supabase?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** Carries out a command of the guide as printed, and compares what it prints with what the guide says. */
const follow = async ({ command, prints }: Step): Promise<void> => {
  const { status, output } = await server.run(fillIn(command, values))
  const journal = status === 0 ? '' : (await server.run('journalctl --lines 40 --output cat --no-pager')).output
  expect(status, `${command}\n${output}${journal}`).toBe(0)
  if (prints.length > 0) expect(output.trimEnd(), command).toMatch(expectedOutput(prints))
}

const followSection = async (heading: string): Promise<void> => {
  const [, steps] = systemd.find(([name]) => name.includes(heading)) ?? []
  if (!steps) throw new Error(`the guide has no section ${heading}`)
  for (const step of steps) await follow(step)
}

/** A person who calls the API by its public name, from the server. */
const addPerson = async () => {
  const { id } = await supabase.addPerson('ana')
  const token = await supabase.issueToken({ sub: id, iss: `https://${names.supabase}/auth/v1` })
  const call = async (path: string, body?: unknown) => {
    const data = body === undefined ? '' : `--json '${JSON.stringify(body)}'`
    const { output } = await server.run(
      `curl --silent --show-error -H 'Authorization: Bearer ${token}' ${data} https://${domain}${path}`,
    )
    return z.looseObject({}).parse(JSON.parse(output))
  }
  return {
    submit: async (source_text: string) => {
      const { generation_id } = z
        .object({ generation_id: z.string() })
        .parse(await call('/api/ai/generations', { source_text }))
      return generation_id
    },
    succeeds: (id: string) =>
      until(async () => (await call(`/api/ai/generations/${id}?wait=10`)).status === 'succeeded', {
        what: 'the cards',
        timeoutMs: 120_000,
      }),
  }
}

/** What the migration of the second version says. */
const commentOnSchema = async () => {
  const client = new pg.Client({ connectionString: supabase.adminUrl })
  await client.connect()
  const { rows } = await client.query(`select obj_description('recto'::regnamespace) as comment`)
  await client.end()
  return rows[0]?.comment
}

describe('the guide to a server with systemd, followed as printed on a new Debian', () => {
  test('has no placeholder without a value here, and there is no value that it lacks', () => {
    const used = systemd.flatMap(([, steps]) => steps.flatMap(({ command }) => placeholdersOf(command)))
    expect([...new Set(used)].sort()).toEqual(Object.keys(values).sort())
  })

  test(
    'leads from packages to cards by the public name, and to a new version while a generation runs',
    async () => {
      expect(systemd.map(([name]) => name.replace('With systemd > ', ''))).toEqual([
        '1. Packages and sources',
        '2. The database',
        '3. The processes',
        '4. The proxy',
        '5. A new version',
      ])
      for (const section of ['1.', '2.', '3.', '4.']) await followSection(section)
      const ana = await addPerson()
      await ana.succeeds(await ana.submit(newText()))

      const marker = crypto.randomUUID()
      model.setScript([{ match: { text: marker }, times: 1, hang: 'headers' }])
      const pending = await ana.submit(newText({ marker }))
      await until(() => model.requests.length > 1, { what: 'the call of the model', timeoutMs: 60_000 })
      await followSection('5.')
      await ana.succeeds(pending)
      // The worker of the first version gave it up, and the one of the second did it.
      const sent = model.requests.filter(({ generationMarker }) => generationMarker?.startsWith(marker))
      expect(sent.map(({ aborted }) => aborted)).toEqual([true, false])
      expect(await commentOnSchema()).toBe('v0.1.1')
    },
    SETUP_MS,
  )
})
