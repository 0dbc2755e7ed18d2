import { request } from 'node:http'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../support/system.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { connect } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
})
afterAll(() => apiSystem?.stop())

const dataPath = '/api/ai/data'

/** Inserts cancelled generations of 8,250 characters with one suggestion and one call each. Triggers are off. */
const seedMany = async (personId: string, count: number) => {
  const client = await apiSystem.system.admin.connect()
  try {
    await client.query(`begin; set local session_replication_role = 'replica'`)
    await client.query(
      `with made as (
         insert into public.ai_generations (user_id, account_id, source_text, status, finished_at, created_at)
         select $1::uuid, $1::uuid, repeat(md5(n::text) || ' ', 250), 'cancelled', now(), now() - n * interval '1 second'
         from generate_series(1, $2::int) n returning id
       ), cards as (
         insert into public.ai_suggestions (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
         select id, $1::uuid, 1, 'Front', 'Back', 'This', 0, 4, 'f' from made
       )
       insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model)
       select id, $1::uuid, $1::uuid, 1, 'lab', 'm' from made`,
      [personId, count],
    )
    await client.query('commit')
    await client.query('analyze public.ai_generations, public.ai_suggestions, public.ai_calls')
  } finally {
    client.release()
  }
}

describe('an export of ten thousand generations', () => {
  let api: Service
  let person: ApiPerson
  beforeAll(async () => {
    api = await apiSystem.system.startApi({ NODE_OPTIONS: '--max-old-space-size=64', SHUTDOWN_DEADLINE_SECONDS: '60' })
    person = await apiSystem.person(await connect(api.url))
    await seedMany(person.id, 10_000)
  })

  /** Counts lines without keeping them. Calls `onThousand` after each thousandth line. */
  const stream = (onThousand: (lines: number) => Promise<void> = async () => undefined) =>
    new Promise<{ lines: number; last: string; bytes: number }>((resolve, reject) => {
      const options = { headers: { authorization: `Bearer ${person.token}` } }
      request(`${api.url}${dataPath}`, options, async (answer) => {
        try {
          const found = { lines: 0, last: '', bytes: 0 }
          let rest = ''
          for await (const chunk of answer) {
            const whole = `${rest}${chunk}`.split('\n')
            rest = whole.pop() ?? ''
            found.bytes += chunk.length
            for (const line of whole) {
              found.lines++
              found.last = line
              if (found.lines % 1000 === 0) await onThousand(found.lines)
            }
          }
          resolve(found)
        } catch (error) {
          reject(error)
        }
      })
        .on('error', reject)
        .end()
    })

  it('streams completely through a heap that is too small for them, also while the process shuts down', async () => {
    let stopped = false
    const found = await stream(async () => {
      if (stopped) return
      stopped = true
      api.kill('SIGTERM')
      await until(() => api.log().includes('"stopping"'), { what: 'the process stopping', timeoutMs: 30_000 })
    })
    expect(found.lines).toBe(30_000 + 1)
    expect(JSON.parse(found.last)).toEqual({ type: 'end', data: { lines: 30_000 } })
    expect(found.bytes).toBeGreaterThan(82_500_000)
    expect(stopped).toBe(true)
    await api.exited
  })
})
