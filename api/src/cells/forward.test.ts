import { AppError } from '@recto/shared/errors'
import { beforeEach, expect, test } from 'vitest'
import type { Place } from './directory.ts'
import { createForward, type Fetch } from './forward.ts'
import { personOf } from './person-of.ts'

const answering =
  (cell: string): Fetch =>
  (_, env) => {
    named.push('cell' in env ? env.cell : null)
    return new Response('refusal' in env ? `${cell} refuses: ${Object(env.refusal).code}` : cell)
  }
/** The names of cells that `forward` has passed to their apps. */
const named: unknown[] = []
beforeEach(() => void named.splice(0))

const settled = { moving: false, introduced: true }
const places: Record<string, Place> = {
  bea: { ...settled, cell: 'b' },
  mia: { ...settled, cell: 'home', moving: true },
  zoe: { ...settled, cell: 'gone' },
  back: { ...settled, cell: 'home' },
  kim: { cell: 'b', moving: false, introduced: false },
}
/** Who comes first comes to b, but for ann, who has been at home all the time. */
const placeOfNewcomer = async (request: Pick<Request, 'headers'>) => {
  const person = personOf(request)
  if (person === 'out') throw new AppError('database_unavailable')
  return { cell: person === 'ann' ? 'home' : 'b', moving: person === 'mover' }
}
const ask = async (person: string | undefined, path = '/api/ai/generations', isFollowed = true) => {
  const forward = createForward({
    home: answering('home'),
    others: new Map([['b', answering('b')]]),
    directory: { placeOf: (name) => places[name], isFollowed },
    placeOfNewcomer,
  })
  const token = `e30.${Buffer.from(JSON.stringify({ sub: person })).toString('base64url')}.signature`
  const headers = person === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await forward(new Request(`http://recto${path}`, { headers }), {})
  return answer.text()
}

test('a request goes to the cell of its person, and that of anybody who was never moved to the home cell', async () => {
  expect([await ask('ann'), await ask('back'), await ask('bea')]).toEqual(['home', 'home', 'b'])
  expect(named).toEqual(['home', 'home', 'b'])
})

test('requests of a person who is moving, or lives in a cell that this API does not know, are refused', async () => {
  expect([await ask('mia'), await ask('zoe')]).toEqual([
    'home refuses: account_moving',
    'home refuses: database_unavailable',
  ])
})

test('a request of somebody new, or of whom the cell does not know, goes where the person is then', async () => {
  expect([await ask('nora'), await ask('kim')]).toEqual(['b', 'b'])
})

test('a new person who comes nowhere, or is moving already, is refused', async () => {
  expect([await ask('out'), await ask('mover')]).toEqual([
    'home refuses: database_unavailable',
    'home refuses: account_moving',
  ])
})

test('with a directory that is not followed, each request asks where the person lives', async () => {
  expect([await ask('back', '/api/cards', false), await ask('out', '/api/cards', false)]).toEqual([
    'b',
    'home refuses: database_unavailable',
  ])
})

test('what is about no person is answered by the home cell', async () => {
  expect([await ask(undefined), await ask('bea', '/docs'), await ask('mia', '/health')]).toEqual([
    'home',
    'home',
    'home',
  ])
  expect(named).toEqual([null, null, null])
})
