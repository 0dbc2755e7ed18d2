import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

beforeEach(async () => {
  await system.admin.query('delete from recto.incidents')
  await system.admin.query('delete from public.ai_routes_health')
  await system.admin.query('update recto.settings set alert_breaker_openings = 2')
  await system.admin.query(
    `insert into public.ai_routes_health (provider, model, region, state, reason, openings) values ('p', 'm', 'eu', 'open', 'timeout', 2)`,
  )
})

const check = async () =>
  (await system.admin.query<{ news: boolean }>('select recto.check_alerts() as news')).rows[0]?.news
const take = async () =>
  (await system.admin.query<{ name: string; told_closed: boolean }>('select * from recto.take_incident_events()')).rows
const clear = () => system.admin.query(`update recto.incidents set seen_at = now() - interval '1 hour'`)
const closeRoute = () => system.admin.query(`update public.ai_routes_health set state = 'closed'`)

it('an incident is told once however often it is seen, and once when it is over', async () => {
  expect(await check()).toBe(true)
  expect(await take()).toMatchObject([{ name: 'breaker_open', told_closed: false }])
  expect([await check(), await take()]).toEqual([false, []])
  await closeRoute()
  expect(await check()).toBe(false)
  await clear()
  expect(await check()).toBe(true)
  expect(await take()).toMatchObject([{ name: 'breaker_open', told_closed: true }])
  expect([await check(), await take()]).toEqual([false, []])
})

it('an incident that is over before anybody was told is told as begun and then as over', async () => {
  await check()
  await closeRoute()
  await clear()
  await check()
  expect(await take()).toMatchObject([{ told_closed: false }])
  expect(await check()).toBe(true)
  expect(await take()).toMatchObject([{ told_closed: true }])
})

it('a threshold that is null raises no incident, and ends one that is open', async () => {
  await check()
  await take()
  await system.admin.query('update recto.settings set alert_breaker_openings = null')
  await clear()
  expect(await check()).toBe(true)
  expect(await take()).toMatchObject([{ told_closed: true }])
  expect(await check()).toBe(false)
})

it('readings without any generation, route or job raise no incident', async () => {
  await closeRoute()
  expect(await check()).toBe(false)
})
