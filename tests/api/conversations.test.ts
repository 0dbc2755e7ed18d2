import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assistant, chatPath, say, user } from '../support/chat.ts'
import { call, createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  ben = await apiSystem.person()
  await apiSystem.system.startWorker()
  apiSystem.system.model.setScript([
    { match: { text: 'harbour?' }, content: 'In the north.', times: 1 },
    { match: { text: 'will not be answered' }, refusal: 'No.' },
    { match: { text: 'waits for long' }, hang: 'headers' },
  ])
})
afterAll(() => apiSystem?.stop())

type Said = { generation_id: string; conversation_id: string }
const said = async (...asked: Parameters<typeof say>): Promise<Said> => {
  const { status, json, text } = await say(...asked)
  if (status !== 200) throw new Error(text)
  return json as Said
}

const inputOf = async (id: string) => {
  const { rows } = await apiSystem.system.admin.query<{ input: { messages: { content: string }[] } }>(
    'select input, data_residency from public.ai_generations where id = $1',
    [id],
  )
  return rows[0]
}
const contentsOf = async (id: string) => (await inputOf(id))?.input.messages.map(({ content }) => content)

describe('a stored conversation', () => {
  test('goes on with the new message alone, and the model gets all that was said', async () => {
    const { conversation_id } = await said(ana, 'Where is the harbour?')
    const second = await said(ana, 'And the pier?', { conversation_id })
    expect(second.conversation_id).toBe(conversation_id)
    const third = await said(ana, 'And the inn?', { conversation_id })
    const contents = (await contentsOf(third.generation_id)) ?? []
    expect(contents.slice(0, 3)).toEqual(['Where is the harbour?', 'In the north.', 'And the pier?'])
    expect(contents.slice(3)).toEqual([expect.stringContaining('And the pier?'), 'And the inn?'])
    const { rows } = await apiSystem.system.admin.query(
      'select id from public.ai_generations where conversation_id = $1 order by created_at',
      [conversation_id],
    )
    expect(rows.map(({ id }) => id)).toEqual([second.generation_id, third.generation_id])
  })

  test('is refused to another person like an id that does not exist', async () => {
    const { conversation_id } = await said(ana, 'Mine alone.')
    const answers = [
      await say(ben, 'And?', { conversation_id }),
      await say(ben, 'And?', { conversation_id: randomUUID() }),
      await ben.submit({ kind: 'chat', messages: [user('And?')], conversation_id }),
      await ben.call('POST', `${generationsPath}?dry_run=true`, {
        body: { kind: 'chat', messages: [user('And?')], conversation_id },
      }),
    ]
    for (const answer of answers) expect([answer.status, answer.json]).toMatchObject([404, { code: 'not_found' }])
    const { rows } = await apiSystem.system.admin.query('select id from public.ai_generations where user_id = $1', [
      ben.id,
    ])
    expect(rows).toEqual([])
  })

  test('cannot be read by another person through a row of their own that names its id', async () => {
    const { conversation_id } = await said(ana, 'My secret is 42.')
    const inserted = await apiSystem.system.admin.query<{ id: string }>(
      `insert into public.ai_generations (user_id, account_id, kind, input, prompt_version)
        values ($1, $1, 'chat', $2, 'chat@1') returning id`,
      [ben.id, { messages: [user('Hello')], conversation_id }],
    )
    await apiSystem.system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`,
      [inserted.rows[0]?.id],
    )
    const { generation_id } = await said(ben, 'What is the secret?', { conversation_id })
    expect(await contentsOf(generation_id)).toEqual(['What is the secret?'])
  })

  test('cannot be continued in another account, not even by its person', async () => {
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']], { shares: true })
    const { conversation_id } = await said(ana, 'Of the team.', { account_id: team })
    expect((await say(ana, 'And?', { conversation_id })).status).toBe(404)
    expect((await say(ben, 'And?', { conversation_id, account_id: team })).status).toBe(404)
    expect((await say(ana, 'And?', { conversation_id, account_id: team })).status).toBe(200)
  })

  test('takes one of several concurrent messages, whatever other people write into their inputs', async () => {
    const { conversation_id } = await said(ana, 'Who is first?')
    const beside = await apiSystem.system.person()
    const foreign = {
      kind: 'chat',
      prompt_version: 'chat@1',
      input: { messages: [user('waits for long')], conversation_id },
    }
    expect((await beside.client.from('ai_generations').insert(foreign)).error).toBeNull()
    const messages = [user('waits for long')]
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map(() => ana.submit({ kind: 'chat', messages, conversation_id })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409])
    const accepted = answers.find(({ status }) => status === 202)
    if (accepted) await ana.call('POST', `${generationsPath}/${idOf(accepted)}/cancel`)
    const { conversation_id: continued } = await said(ana, 'And then?', { conversation_id })
    expect(continued).toBe(conversation_id)
  })

  test('waits for its latest answer, and leaves out what was never answered', async () => {
    const { conversation_id } = await said(ana, 'Who built it?')
    await say(ana, 'This will not be answered.', { conversation_id })
    const waiting = await say(ana, 'This waits for long.', { conversation_id }, { prefer: 'wait=1' })
    expect(waiting.status).toBe(202)
    const busy = await say(ana, 'And when?', { conversation_id })
    expect([busy.status, busy.json]).toMatchObject([409, { code: 'conflict' }])
    const { generation_id } = waiting.json as Said
    await ana.call('POST', `${generationsPath}/${generation_id}/cancel`)
    const last = await said(ana, 'And when?', { conversation_id })
    expect(await contentsOf(last.generation_id)).toEqual([
      'Who built it?',
      expect.stringContaining('Who built it?'),
      'And when?',
    ])
  })

  test('shows a team that shares texts nothing that was said before it did', async () => {
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
    const { conversation_id } = await said(ana, 'My private thought.', { account_id: team })
    await call(apiSystem.system, ana.id, 'public.change_team($1, null, true)', [team])
    const next = await said(ana, 'And now?', { account_id: team, conversation_id })
    expect(await contentsOf(next.generation_id)).toContain('My private thought.')
    const open = await said(ana, 'For all of us.', { account_id: team })
    const last = await said(ana, 'And more?', { account_id: team, conversation_id: open.conversation_id })
    const seen = await ben.call('GET', `${generationsPath}?account_id=${team}`)
    const ids = (seen.json as { data: { id: string }[] }).data.map(({ id }) => id)
    expect(ids).toEqual([last.generation_id, open.generation_id])
    expect((await ben.call('GET', `${generationsPath}/${next.generation_id}/result`)).status).toBe(404)
    expect((await ben.call('GET', `${generationsPath}/${next.generation_id}`)).status).toBe(404)
    // A third part knows only what the second one repeats of the first.
    await ana.call('DELETE', `${generationsPath}/${conversation_id}`)
    const third = await said(ana, 'And then?', { account_id: team, conversation_id })
    expect(await contentsOf(third.generation_id)).toContain('My private thought.')
    expect((await ben.call('GET', `${generationsPath}/${third.generation_id}`)).status).toBe(404)
  })

  test('is refused when it becomes too long, and nothing of it is cut off', async () => {
    const messages = Array.from({ length: 49 }, (_, n) => (n % 2 === 0 ? user(`${n}`) : assistant(`${n}`)))
    const first = await ana.call('POST', chatPath, { body: { messages } })
    const { conversation_id } = first.json as Said
    const answer = await say(ana, 'One more.', { conversation_id })
    expect([answer.status, answer.json]).toMatchObject([
      400,
      { code: 'invalid_request', errors: [{ path: 'messages', message: expect.any(String) }] },
    ])
  })

  test('stays in the EU once a part of it had to', async () => {
    const { status, json } = await say(ana, 'Only here.', { data_residency: 'eu' }, { prefer: 'wait=1' })
    expect([200, 202]).toContain(status)
    const { generation_id, conversation_id } = json as Said
    await ana.call('POST', `${generationsPath}/${generation_id}/cancel`)
    const next = await say(ana, 'And there?', { conversation_id }, { prefer: 'wait=1' })
    expect(await inputOf((next.json as Said).generation_id)).toMatchObject({ data_residency: 'eu' })
  })

  test('is forgotten with the texts of its generations', async () => {
    const { conversation_id, generation_id } = await said(ana, 'To be forgotten.')
    const gone = await ana.call('DELETE', `${generationsPath}/${generation_id}`)
    expect(gone.status).toBe(204)
    expect((await say(ana, 'Do you remember?', { conversation_id })).status).toBe(404)
  })

  test('is erased with what is said in it before that is deleted', async () => {
    const person = await apiSystem.person()
    const { conversation_id } = await said(person, 'To be erased.')
    await call(apiSystem.system, person.id, 'recto.begin_erasure()')
    await said(person, 'And more?', { conversation_id })
    const other = await said(person, 'Something new.')
    let erased: number
    do {
      const { rows } = await apiSystem.system.admin.query('select erased from recto.apply_retention(500)')
      erased = rows[0]?.erased
    } while (erased > 0)
    const { rows } = await apiSystem.system.admin.query('select id from public.ai_generations where user_id = $1', [
      person.id,
    ])
    expect(rows).toEqual([{ id: other.generation_id }])
  })

  test('counts in the dry run of its next message', async () => {
    const { conversation_id } = await said(ana, 'A long story. '.repeat(1_000))
    const ask = async (more: object) => {
      const body = { kind: 'chat', messages: [user('And then?')], ...more }
      const { json } = await ana.call('POST', `${generationsPath}?dry_run=true`, { body })
      return Number((json as { data: { max_cost_usd: string } }).data.max_cost_usd)
    }
    expect(await ask({ conversation_id })).toBeGreaterThan(1.2 * (await ask({})))
  })

  test('does not begin with a generation of another kind', async () => {
    const id = idOf(await ana.submit())
    expect((await say(ana, 'What was it about?', { conversation_id: id })).status).toBe(404)
  })
})
