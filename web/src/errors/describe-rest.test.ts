import { describe, expect, test } from 'vitest'
import teams from '../../../supabase/migrations/20261128000600_teams.sql?raw'
import invitations from '../../../supabase/migrations/20261128000650_invitations.sql?raw'
import erasure from '../../../supabase/migrations/20261128002100_erasure.sql?raw'
import erasing from '../../../supabase/migrations/20261128002150_writes_beside_erasure.sql?raw'
import cells from '../../../supabase/migrations/20261128002800_cells.sql?raw'
import { RestError } from '../session/rest.ts'
import { databaseTexts } from './database-texts.ts'
import { describeError } from './describe-error.ts'

const ofTeams = [teams, invitations, erasure, erasing].flatMap((sql) => [...sql.matchAll(/raise exception '([^']*)'/g)])
const ofCells = [...cells.matchAll(/raise exception '([^']*)' using errcode = 'RCT01'/g)]
const raised = [...ofTeams, ...ofCells].map(([, message]) => message)

test('each error that the functions of teams and cells raise has words, and no others have', () => {
  expect(Object.keys(databaseTexts).toSorted()).toEqual([...new Set(raised)].toSorted())
})

describe('an error of PostgREST', () => {
  const told = (code: string, message = 'more exactly') => {
    const { what, advice, details } = describeError(new RestError({ message, code, details: '' }), 'en')
    return [what, advice, details]
  }

  test('of a function of teams is told by its message, and says nothing twice', () => {
    expect(told('PT409', 'a team needs an owner')).toEqual([
      'A team needs an owner, and this was its last one.',
      'Make another member an owner first.',
      [],
    ])
    expect(
      describeError(new RestError({ message: 'there is no such invitation', code: '', details: '' }), 'pl').what,
    ).toBe('To zaproszenie nie jest już otwarte.')
  })

  test.each([
    ['PT401', 'You are not signed in any more.'],
    ['PGRST301', 'You are not signed in any more.'],
    ['PGRST303', 'You are not signed in any more.'],
    ['401', 'You are not signed in any more.'],
    ['42501', 'You may not do this, or not any more.'],
    ['PT404', 'This does not exist, or it is not yours.'],
    ['PT429', 'That was too much in a short time.'],
    ['22P02', 'Something in this request is not valid.'],
    ['23514', 'Something in this request is not valid.'],
    ['23505', 'This is there already.'],
    ['57014', 'The database cannot be reached.'],
    ['PGRST001', 'The database cannot be reached.'],
    ['502', 'The database cannot be reached.'],
    ['503', 'The database cannot be reached.'],
    ['P0001', 'Supabase did not accept this.'],
    ['constructor', 'Supabase did not accept this.'],
  ])('with the code %s is told in words, with its message', (code, what) => {
    expect(told(code)).toEqual([what, expect.stringMatching(/./), ['more exactly', code]])
  })
})
