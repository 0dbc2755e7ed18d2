// The usual way to submit: insert the row with supabase-js, and then send a job to pg-boss, without a transaction.
import { generationQueue, queueSchema } from '@recto/shared/queue'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { settings } from './settings.ts'

const Run = z.object({ connections: z.int(), ms: z.number(), tokens: z.array(z.string()), text: z.string() })

const boss = new PgBoss({
  connectionString: settings.url,
  max: 10,
  schema: queueSchema,
  migrate: false,
  supervise: false,
  schedule: false,
})
boss.on('error', () => undefined)
await boss.start()

const clients = new Map<string, SupabaseClient>()
const clientOf = (token: string) => {
  const known = clients.get(token)
  if (known) return known
  const made: SupabaseClient = createClient(String(settings.more.supabaseUrl), String(settings.more.key), {
    accessToken: async () => token,
  })
  clients.set(token, made)
  return made
}

const submit = async (token: string, text: string): Promise<void> => {
  const inserted = await clientOf(token).from('ai_generations').insert({ source_text: text }).select('id').single()
  if (inserted.error) throw new Error(inserted.error.message)
  await boss.send(generationQueue, { generation_id: z.object({ id: z.string() }).parse(inserted.data).id })
}

process.on('message', async (message) => {
  const { connections, ms, tokens, text } = Run.parse(message)
  const startedAt = performance.now()
  let done = 0
  let turn = 0
  const loop = async () => {
    while (performance.now() - startedAt < ms) {
      await submit(tokens[turn++ % tokens.length] ?? '', text)
      done++
    }
  }
  await Promise.all(Array.from({ length: connections }, loop))
  process.send?.((done * 1000) / (performance.now() - startedAt))
})
process.send?.('ready')
