import { bundledCatalog } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { kindContracts } from '@recto/shared/kinds/registry'
import { escapeLiteral } from 'pg'
import { createJobs } from '../../api/src/db/jobs.ts'
import { createWriteAs } from '../../api/src/db/write-as.ts'
import { submitGeneration } from '../../api/src/generations/submit.ts'
import type { System } from '../support/system.ts'
import { addPeople, personId, text } from './backlog.ts'

type Sent = { text: string; values: unknown[] }

/** Submits one generation with the API's own code. Returns the statements that the code sent. */
const record = async (system: System): Promise<Sent[]> => {
  const sent: Sent[] = []
  const pool = createPool(
    { url: system.supabase.apiDatabaseUrl, name: 'bench', max: 1, connectMs: 5_000 },
    () => undefined,
  )
  const jobs = createJobs(pool, () => undefined)
  await jobs.start(async () => undefined)
  const client = await pool.connect()
  const query = client.query.bind(client)
  const recorded = (statement: string | Sent) => {
    sent.push(typeof statement === 'string' ? { text: statement, values: [] } : statement)
    return query(statement)
  }
  Object.assign(client, { query: recorded })
  client.release()
  const submit = submitGeneration({
    catalog: bundledCatalog(),
    kinds: kindContracts(),
    residency: 'any',
    readAs: async () => [],
    writeAs: createWriteAs(pool),
    jobs,
    notifyJobs: () => undefined,
  })
  const caller = {
    userId: personId(1),
    claims: JSON.stringify({ sub: personId(1), role: 'authenticated' }),
    expiresAt: 0,
  }
  await submit(
    { caller, requestId: 'bench' },
    {
      kind: 'flashcards',
      input: { source_text: text },
      model: 'balanced',
      prompt_version: 'flashcards@1',
      options: {},
      data_residency: 'any',
      account_id: personId(1),
    },
    undefined,
  )
  await jobs.stop()
  await pool.end()
  return sent
}

const person = `'00000000-0000-4000-8000-' || lpad(:person::text, 12, '0')`

/** A value as SQL of the script. pgbench reads a colon before a letter or digit as the start of a variable's name. */
const sqlOf = (value: unknown, generationId: string): string => {
  if (value === text) return ':text::text'
  if (value === null || value === undefined) return 'null'
  if (value === personId(1)) return `(${person})::uuid`
  const literal = escapeLiteral(String(value).replace(/:(?=\w)/g, ': '))
  if (literal.includes(personId(1))) return `replace(${literal}, '${personId(1)}', ${person})`
  if (literal.includes(generationId)) return `replace(${literal}, '${generationId}', current_setting('bench.id'))`
  return literal
}

const statement = (sent: Sent, generationId: string): string => {
  const filled = sent.text.replace(/\$(\d+)/g, (_, n) => sqlOf(sent.values?.[Number(n) - 1], generationId))
  // The API puts the id of the response into the next statement. The script passes the id in a setting.
  const kept = /insert into public\.ai_generations/.test(filled)
    ? `${filled}, set_config('bench.id', id::text, true)`
    : filled
  return `${kept.replace(/\s+/g, ' ').trim()};`
}

/** A pgbench script of the API's submission. Its two pipelines are the round trips: up to the id, and the rest. */
export const submitScript = async (system: System, people: number): Promise<string> => {
  await addPeople(system.admin, people)
  const sent = await record(system)
  const job = sent.findIndex(({ text: sql }) => /insert into pgboss/i.test(sql))
  if (job < 1) throw new Error('the submission adds no job')
  const generationId = /"id":"([0-9a-f-]{36})"/.exec(String(sent[job]?.values[0]))?.[1]
  if (!generationId) throw new Error('the job has no id')
  const lines = (part: Sent[]) => part.map((one) => statement(one, generationId))
  return [
    `\\set person random(1, ${people})`,
    '\\startpipeline',
    ...lines(sent.slice(0, job)),
    '\\endpipeline',
    '\\startpipeline',
    ...lines(sent.slice(job)),
    '\\endpipeline',
    '',
  ].join('\n')
}
