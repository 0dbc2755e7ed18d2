import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { whenOver } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { type ApiPerson, type ApiSystem, callAs, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf } from './client.ts'

const operatorClaim = { recto_role: 'operator' }

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
  ana = await apiSystem.person()
  await whenOver(apiSystem.system, idOf(await ana.submit()))
})
afterAll(() => apiSystem?.stop())

it('a slow view of operators is ended with 503, and no other request waits for it', async () => {
  const { system } = apiSystem
  const second = await connect((await system.startApi()).url)
  const token = await system.supabase.issueToken({ sub: ana.id, overrides: { app_metadata: operatorClaim } })
  const lock = await lockRow(system, 'lock table public.ai_routes_health in access exclusive mode', [])
  try {
    const slow = callAs(second, { token })('GET', '/api/operator/routes')
    await lock.awaited('recto.operator_routes')
    expect(outcomeOf(await callAs(second, { token })('GET', '/api/ai/generations'))).toBe('200')
    const reply = await slow
    expect([outcomeOf(reply), reply.headers.get('retry-after')]).toEqual(['503 overloaded', '2'])
  } finally {
    await lock.release()
  }
})

describe('the database functions of operators', () => {
  const ask = (claims: Record<string, unknown>, text = 'select * from recto.operator_cost_by_account()') =>
    asPerson(apiSystem.system.supabase.adminUrl, ana.id, async (client) => {
      await client.query("select set_config('request.jwt.claims', $1, true)", [
        JSON.stringify({ sub: ana.id, ...claims }),
      ])
      return (await client.query(text)).rows
    })

  it('check the claims themselves, whatever the API let through', async () => {
    expect(await ask({ app_metadata: operatorClaim })).toHaveLength(2)
    const refused = { code: 'PT403', detail: 'not_an_operator' }
    await expect(ask({})).rejects.toMatchObject(refused)
    await expect(ask({ user_metadata: operatorClaim })).rejects.toMatchObject(refused)
    await expect(ask({ app_metadata: [operatorClaim] })).rejects.toMatchObject(refused)
  })

  it('give an operator no view of the database, and no rows of other people', async () => {
    for (const text of ['select * from operator.stuck', 'select recto.require_operator()'])
      await expect(ask({ app_metadata: operatorClaim }, text)).rejects.toMatchObject({ code: '42501' })
    expect(
      await ask({ app_metadata: operatorClaim }, 'select id from public.ai_generations where user_id <> auth.uid()'),
    ).toEqual([])
  })
})
