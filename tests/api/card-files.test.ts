import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAnkiCollection } from '../../api/src/cards/formats/testing/anki-collection.ts'
import { lockRow, meetInOtherOrder } from '../support/lock-row.ts'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

const path = '/api/cards'
const Row = z.object({ id: z.string(), front: z.string(), back: z.string(), tags: z.array(z.string()) })
const Rows = z.object({ data: z.array(Row) })

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
  ben = await apiSystem.person()
})

const odd = { front: '=1+1 "تجربة" 🙂', back: 'a\tb\nc <b>{{c1::x}}</b>', tags: ['#tag', 'ß'] }
const add = async (by: ApiPerson, card: object) => Row.parse((await by.call('POST', path, { body: card })).json)
const cardsOf = async (by: ApiPerson) => Rows.parse((await by.call('GET', `${path}?limit=100`)).json).data
const textsOf = async (by: ApiPerson) => {
  const texts = (await cardsOf(by)).map(({ front, back, tags }) => ({ front, back, tags }))
  return texts.sort((one, other) => one.front.localeCompare(other.front))
}

const download = async (by: ApiPerson, query: string) => {
  const response = await fetch(`${apiSystem.api.url}${path}/export?${query}`, {
    headers: { authorization: `Bearer ${by.token}` },
  })
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) }
}
const upload = (by: ApiPerson, query: string, body: string | Uint8Array<ArrayBuffer>) =>
  by.call('POST', `${path}/import?${query}`, { body, headers: { 'content-type': 'text/csv' } })

describe('GET /api/cards/export', () => {
  it.each([
    ['apkg', 'application/vnd.anki', 'apkg'],
    ['anki', 'text/plain; charset=utf-8', 'txt'],
    ['csv', 'text/csv; charset=utf-8; header=present', 'csv'],
    ['json', 'application/json', 'json'],
    ['markdown', 'text/markdown; charset=utf-8', 'md'],
  ])('answers a file of the format %s with the cards of the person alone', async (format, type, extension) => {
    await add(ana, { front: 'Ana asks', back: 'and answers' })
    await add(ben, { front: 'Ben asks', back: 'and answers' })
    const { response, bytes } = await download(ana, `format=${format}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="recto-cards.${extension}"`)
    if (format === 'apkg') {
      const collection = createAnkiCollection()
      expect(collection.importPackage(bytes)).toMatchObject({ added: 1 })
      expect([...collection.notes.values()].map(({ fields }) => fields[0])).toEqual(['Ana asks'])
    } else {
      const text = new TextDecoder().decode(bytes)
      expect(text).toContain('Ana asks')
      expect(text).not.toContain('Ben')
    }
  })

  it('has only the cards with a tag, or of a generation', async () => {
    const { id, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    await add(ana, { front: 'tagged', back: 'yes', tags: ['a'] })
    const fronts = async (query: string) => {
      const { bytes } = await download(ana, `format=json&${query}`)
      return Rows.parse(JSON.parse(new TextDecoder().decode(bytes))).data.map(({ front }) => front)
    }
    expect(await fronts('tag=a')).toEqual(['tagged'])
    expect(await fronts('tag=b')).toEqual([])
    expect(await fronts(`generation_id=${id}`)).toHaveLength(1)
    expect(await fronts('')).toHaveLength(2)
  })

  it('has all cards, oldest first, also when they fill several pages', async () => {
    const { admin } = apiSystem.system
    await admin.query(
      `insert into public.cards (user_id, front, back, created_at)
       select $1, 'card ' || n, 'back', now() + n * interval '1 ms' from generate_series(1, 501) n`,
      [ana.id],
    )
    const { bytes } = await download(ana, 'format=json')
    const { data } = Rows.parse(JSON.parse(new TextDecoder().decode(bytes)))
    expect(data.map(({ front }) => front)).toEqual(Array.from({ length: 501 }, (_, n) => `card ${n + 1}`))
  })

  it.each(['', 'format=pdf', 'format=csv&generation_id=x', 'format=csv&more=1'])(
    'answers 400 to ?%s',
    async (query) => {
      expect(outcomeOf(await ana.call('GET', `${path}/export?${query}`))).toBe('400 invalid_request')
    },
  )
})

describe('POST /api/cards/import', () => {
  it.each(['csv', 'anki'])(
    'takes a file of the format %s to another person, who gets the same cards',
    async (format) => {
      await add(ana, odd)
      await add(ana, { front: 'plain', back: 'card' })
      const { bytes } = await download(ana, `format=${format}`)
      const counts = { created: 2, updated: 0, unchanged: 0, issues: [] }
      expect((await upload(ben, `format=${format}`, bytes)).json).toEqual(counts)
      expect(await textsOf(ben)).toEqual(await textsOf(ana))
      expect((await upload(ben, `format=${format}`, bytes)).json).toEqual({ ...counts, created: 0, unchanged: 2 })
      expect(await cardsOf(ana)).toHaveLength(2)
    },
  )

  it('changes the cards that the file names, and no card of another person', async () => {
    const own = await add(ana, { front: 'before', back: 'b' })
    const other = await add(ben, { front: 'of Ben', back: 'b' })
    const file = `id,front,back,tags\n${own.id},after,b,t\n${other.id},taken,b,\n,new,b,\n`
    expect((await upload(ana, 'format=csv', file)).json).toMatchObject({ created: 2, updated: 1, unchanged: 0 })
    expect((await cardsOf(ana)).map(({ front }) => front).sort()).toEqual(['after', 'new', 'taken'])
    expect((await cardsOf(ana)).find(({ front }) => front === 'after')).toMatchObject({ id: own.id, tags: ['t'] })
    expect(await cardsOf(ben)).toEqual([other])
    expect((await upload(ana, 'format=csv', file)).json).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
  })

  it.each([
    ['csv', (id: string) => `id,front,back\n${id},after,b\nnew,c,d\n`],
    ['anki', (id: string) => `#guid column:1\n${id}\tafter\tb\nnew\tc\td\n`],
  ])('leaves the tags of a card that a file of the format %s without tags names', async (format, file) => {
    const own = await add(ana, { front: 'before', back: 'b', tags: ['kept'] })
    const reply = await upload(ana, `format=${format}`, file(own.id))
    expect(reply.json).toMatchObject({ created: 1, updated: 1, unchanged: 0 })
    expect((await textsOf(ana)).map(({ front, tags }) => ({ front, tags }))).toEqual([
      { front: 'after', tags: ['kept'] },
      { front: 'c', tags: [] },
    ])
    expect((await upload(ana, `format=${format}`, file(own.id))).json).toMatchObject({ updated: 0, unchanged: 2 })
  })

  it('makes cards in the order of the file, also of several thousand, whatever their ids are', async () => {
    const fronts = Array.from({ length: 2_500 }, (_, n) => `Front ${n}`)
    const csv = `front,back\n${fronts.map((front) => `${front},Back\n`).join('')}`
    expect((await upload(ana, 'format=csv', csv)).json).toMatchObject({ created: 2_500 })
    const { bytes } = await download(ana, 'format=json')
    expect(Rows.parse(JSON.parse(new TextDecoder().decode(bytes))).data.map(({ front }) => front)).toEqual(fronts)
    const listed = (await cardsOf(ana)).map(({ front }) => front)
    expect(listed).toEqual(fronts.slice(-100).toReversed())
    const rows = await apiSystem.system.admin.query(
      'select count(distinct created_at)::int as times, bool_and(updated_at = created_at) as unchanged from public.cards where user_id = $1',
      [ana.id],
    )
    expect(rows.rows).toEqual([{ times: 2_500, unchanged: true }])
  })

  it('leaves a card alone that a file without ids made and the person changed', async () => {
    const file = 'front,back\nWho?,Me\nWho?,Me\n'
    expect((await upload(ana, 'format=csv', file)).json).toMatchObject({ created: 1, unchanged: 1 })
    const [card] = await cardsOf(ana)
    await ana.call('PATCH', `${path}/${card?.id}`, { body: { back: 'You' } })
    expect((await upload(ana, 'format=csv', file)).json).toMatchObject({ created: 0, updated: 0, unchanged: 2 })
    expect(await cardsOf(ana)).toMatchObject([{ back: 'You' }])
  })

  it('stores nothing of a file with a mistake, and names its lines, as its dry run does', async () => {
    const file = `front,back\ngood,card\n,no front\ngood,${'x'.repeat(501)}\n`
    const refused = await upload(ana, 'format=csv', file)
    expect(outcomeOf(refused)).toBe('400 invalid_request')
    const issues = z.object({ errors: z.array(z.object({ path: z.string() })) }).parse(refused.json).errors
    expect(issues.map((issue) => issue.path)).toEqual(['line 3', 'line 4'])
    const dry = (await upload(ana, 'format=csv&dry_run=true', file)).json
    expect(dry).toMatchObject({ created: 1, issues: [{ line: 3 }, { line: 4 }] })
    expect((await upload(ana, 'format=csv&dry_run=true', 'front,back\ngood,card\n')).json).toMatchObject({
      created: 1,
      issues: [],
    })
    expect(await cardsOf(ana)).toEqual([])
  })

  it.each([
    ['csv', 'id,front,back\nfirst,a,b\nsec\0ond,c,d\n', 3],
    ['anki', '#guid column:1\nfirst\ta\tb\nsec\0ond\tc\td\n', 3],
  ])('names the line of an id with U+0000 in a file of the format %s', async (format, file, line) => {
    const refused = await upload(ana, `format=${format}`, file)
    expect(outcomeOf(refused)).toBe('400 invalid_request')
    expect(refused.json).toMatchObject({
      errors: [{ path: `line ${line}`, message: 'the id must not contain U+0000' }],
    })
    expect(await cardsOf(ana)).toEqual([])
  })

  it('stores nothing when the database fails behind the first thousand cards', async () => {
    const { admin } = apiSystem.system
    await admin.query(`create function public.fail_at_poison() returns trigger language plpgsql as
      $$ begin if new.front = 'poison' then raise 'poison'; end if; return new; end $$`)
    await admin.query(
      'create trigger fail_at_poison before insert on public.cards for each row execute function public.fail_at_poison()',
    )
    const rows = Array.from({ length: 1_500 }, (_, n) => `card ${n},back`)
    const reply = await upload(ana, 'format=csv', ['front,back', ...rows, 'poison,back'].join('\n'))
    await admin.query('drop function public.fail_at_poison cascade')
    expect(outcomeOf(reply)).toBe('500 internal_error')
    expect(await cardsOf(ana)).toEqual([])
  })

  it('answers 413 to a file of more than 64 MiB, and 401 to a person who does not exist any more', async () => {
    const line = `front,${'x'.repeat(400)}\n`
    expect(outcomeOf(await upload(ana, 'format=csv', `front,back\n${line.repeat(166_000)}`))).toBe(
      '413 payload_too_large',
    )
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [ben.id])
    expect(outcomeOf(await upload(ben, 'format=csv', 'front,back\na,b\n'))).toBe('401 unauthorized')
  })

  it('is one at a time of a person, and does not keep the other writes of the person waiting', async () => {
    const file = 'front,back\na,b\n'
    const lock = await lockRow(apiSystem.system, 'select from auth.users where id = $1 for update', [ana.id])
    const importing = upload(ana, 'format=csv', file)
    await lock.awaited('import_cards')
    expect((await ana.call('DELETE', `${path}/00000000-0000-4000-8000-000000000000`)).status).toBe(404)
    expect(outcomeOf(await upload(ana, 'format=csv&dry_run=true', file))).toBe('503 overloaded')
    await lock.release()
    expect((await importing).status).toBe(200)
    expect((await upload(ana, 'format=csv&dry_run=true', file)).status).toBe(200)
  })

  it('is done all the same when it meets another change of the cards in the opposite order', async () => {
    const [one, two] = [await add(ana, { front: '1', back: 'b' }), await add(ana, { front: '2', back: 'b' })]
    // A file so long that its second card is written by another statement than the first.
    const between = Array.from({ length: 300 }, (_, n) => `,card ${n},b`)
    const file = ['id,front,back', `${one.id},one,b`, ...between, `${two.id},two,b`].join('\n')
    const imported = await meetInOtherOrder(apiSystem.system, {
      lock: ['select from public.cards where id = $1 for share', [two.id]],
      work: () => upload(ana, 'format=csv', file),
      statement: 'import_cards',
      change: ['update public.cards set tags = $2 where id = $1', [one.id, ['other']]],
    })
    expect(imported.json).toMatchObject({ created: 300, updated: 2 })
    for (const [{ id }, front] of [
      [one, 'one'],
      [two, 'two'],
    ] as const)
      expect((await ana.call('GET', `${path}/${id}`)).json).toMatchObject({ front })
  })
})
