// API and worker with PREPARE=off, as behind a pooler in transaction mode. tests/deploy/pooler.test.ts has the pooler.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEvents } from '../support/event-reader.ts'
import { newText } from '../support/text.ts'
import { type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem({ PREPARE: 'off' })
  await apiSystem.system.startWorker({ PREPARE: 'off' })
})
afterAll(() => apiSystem?.stop())

const listeners = async () => {
  const sql = `select application_name from pg_stat_activity where application_name like 'recto\\_%\\_listen' order by 1`
  const { rows } = await apiSystem.system.admin.query<{ application_name: string }>(sql)
  return rows.map(({ application_name }) => application_name)
}

describe('an API and a worker with PREPARE=off', () => {
  test('no connection listens, and texts become cards', async () => {
    const ana = await apiSystem.person()
    const { status, suggestions } = await ana.recto.generate(newText())
    expect([status, suggestions.length > 0]).toEqual(['succeeded', true])
    expect(await listeners()).toEqual([])
  })

  test('a long poll finds the end by reading again', async () => {
    const ana = await apiSystem.person()
    const id = idOf(await ana.submit())
    const answer = async () => (await ana.call('GET', `${generationsPath}/${id}?wait=30`)).json
    await expect.poll(answer).toMatchObject({ status: 'succeeded' })
  })

  test('a stream says what is known and ends before its generation does', async () => {
    const marker = `no-session-${crypto.randomUUID()}`
    apiSystem.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
    const reader = await openEvents(apiSystem.api, ana, id)
    await reader.over()
    expect(reader.events.map(({ event }) => event)).not.toContain('done')
    await expect(openEvents(apiSystem.api, ben, id)).rejects.toThrow('404')
    await ana.recto.cancel(id)
  })

  test('processes listen where they are given a session for it', async () => {
    const { system } = apiSystem
    const { apiDatabaseUrl, workerDatabaseUrl } = system.supabase
    await system.startApi({ PREPARE: 'off', API_LISTEN_DATABASE_URL: apiDatabaseUrl })
    await system.startWorker({ PREPARE: 'off', WORKER_LISTEN_DATABASE_URL: workerDatabaseUrl })
    await expect.poll(listeners).toEqual(['recto_api_listen', 'recto_worker_listen'])
  })
})
