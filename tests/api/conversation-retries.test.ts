import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assistant, say } from '../support/chat.ts'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  await apiSystem.system.startWorker()
})
afterAll(() => apiSystem?.stop())

type Said = { generation_id: string; conversation_id: string }
const said = async (...asked: Parameters<typeof say>): Promise<Said> => {
  const { status, json, text } = await say(...asked)
  if (status !== 200) throw new Error(text)
  return json as Said
}

describe('a repeated message of a conversation', () => {
  test('is answered alike, also when it has gone on meanwhile', async () => {
    const { conversation_id } = await said(ana, 'One.')
    const key = { 'idempotency-key': 'conversation-two' }
    const two = await said(ana, 'Two.', { conversation_id }, key)
    await said(ana, 'Three.', { conversation_id })
    expect(await said(ana, 'Two.', { conversation_id }, key)).toEqual(two)
    expect((await say(ana, 'Another two.', { conversation_id }, key)).status).toBe(422)
  })

  test('is answered alike, also when what was said before is deleted, or stored later', async () => {
    const { conversation_id } = await said(ana, 'First of all.')
    const key = { 'idempotency-key': 'conversation-deleted' }
    const two = await said(ana, 'Two.', { conversation_id }, key)
    await ana.call('DELETE', `${generationsPath}/${conversation_id}`)
    const again = await say(ana, 'Two.', { conversation_id }, key)
    expect([again.status, again.json]).toEqual([200, two])
    expect((await say(ana, 'Another two.', { conversation_id }, key)).json).toMatchObject({
      code: 'idempotency_key_reused',
    })

    const stopped = await said(ana, 'To be stopped.')
    await apiSystem.system.admin.query(`update public.ai_generations set output = null where id = $1`, [
      stopped.generation_id,
    ])
    const late = { 'idempotency-key': 'conversation-stopped' }
    const next = await said(ana, 'Next.', { conversation_id: stopped.conversation_id }, late)
    await apiSystem.system.admin.query(`update public.ai_generations set output = $2 where id = $1`, [
      stopped.generation_id,
      { message: assistant('What was said by then'), finish: 'stopped' },
    ])
    const repeated = await say(ana, 'Next.', { conversation_id: stopped.conversation_id }, late)
    expect([repeated.status, repeated.json]).toEqual([200, next])
  })

  test('is answered alike, also when all texts were dropped, and another one with its key by 422', async () => {
    const { conversation_id } = await said(ana, 'Old one.')
    const key = { 'idempotency-key': 'conversation-dropped' }
    const two = await said(ana, 'Old two.', { conversation_id }, key)
    await apiSystem.system.admin.query('select recto.drop_texts(0, 1000)')
    const again = await say(ana, 'Old two.', { conversation_id }, key)
    expect([again.status, again.json]).toMatchObject([200, { generation_id: two.generation_id, message: null }])
    expect((await say(ana, 'Another two.', { conversation_id }, key)).json).toMatchObject({
      code: 'idempotency_key_reused',
    })
    await ana.call('DELETE', `${generationsPath}/${conversation_id}`)
    expect((await say(ana, 'Old two.', { conversation_id }, key)).json).toEqual(again.json)
  })
})
