import { migrate } from '@recto/local/migrate'
import { startThrowaway } from '@recto/local/throwaway'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** A new project whose publication is as `sql` leaves it, after the migrations. Answers the published tables. */
const publishedAfter = async (sql: string): Promise<string[]> => {
  const supabase = await startThrowaway({ migrate: false })
  const admin = new pg.Client({ connectionString: supabase.adminUrl })
  await admin.connect()
  stops.push(async () => {
    await admin.end()
    await supabase.stop()
  })
  await admin.query(sql)
  const databaseUrl = supabase.databaseUrl
  await migrate({ databaseUrl, apiPassword: undefined, workerPassword: undefined, limits: undefined })
  const { rows } = await admin.query<{ name: string }>(
    `select pubname || ': ' || schemaname || '.' || tablename as name from pg_publication_tables
     where tablename like 'ai_%' or tablename = 'of_the_app' order by 1`,
  )
  return rows.map(({ name }) => name)
}

describe('the migrations publish generations to Realtime', () => {
  it('in the publication of a hosted project, beside the tables of the app', async () => {
    const sql = `create table public.of_the_app (id int primary key);
      alter publication supabase_realtime add table public.of_the_app`
    expect(await publishedAfter(sql)).toEqual([
      'supabase_realtime: public.ai_generations',
      'supabase_realtime: public.of_the_app',
    ])
  })

  it('not where there is no such publication', async () => {
    expect(await publishedAfter('drop publication supabase_realtime')).toEqual([])
  })

  it('by nothing more where the publication has all tables already', async () => {
    const all = 'drop publication supabase_realtime; create publication supabase_realtime for all tables'
    expect(await publishedAfter(all)).toContain('supabase_realtime: public.ai_generations')
  })

  it('not where the publication belongs to a role whose rights the migrations lack', async () => {
    expect(await publishedAfter('alter publication supabase_realtime owner to supabase_admin')).toEqual([])
  })
})
