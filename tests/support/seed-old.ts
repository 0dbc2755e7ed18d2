import { seedGeneration } from './seed.ts'
import type { System } from './system.ts'
import { newText } from './text.ts'

/** Adds a finished generation of some days ago with its call. Returns its id and a word that only its text contains. */
export const seedOld = async ({ admin }: Pick<System, 'admin'>, personId: string, days: number) => {
  const { id } = await seedGeneration(admin, personId)
  const word = crypto.randomUUID()
  const client = await admin.connect()
  try {
    // Without triggers, because one of them forbids changes of ended generations.
    await client.query(`begin; set local session_replication_role = 'replica'`)
    await client.query(
      `update public.ai_generations set source_text = $2, created_at = at, finished_at = at
       from (select now() - make_interval(days => $3, mins => 1) as at) then_at where id = $1`,
      [id, newText({ marker: word }), days],
    )
    await client.query(
      'update public.ai_calls set started_at = now() - make_interval(days => $2, mins => 1) where generation_id = $1',
      [id, days],
    )
    await client.query('commit')
  } finally {
    client.release()
  }
  return { id, word }
}
