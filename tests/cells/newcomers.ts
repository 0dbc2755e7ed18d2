import type { ApiPerson } from '../api/api-system.ts'
import { guard } from './moves.ts'
import type { TwoCells } from './two-cells.ts'

/** Lets new people come to these cells, each as often as it is named. */
export const letPeopleComeTo = async ({ home }: Pick<TwoCells, 'home'>, ...cells: string[]): Promise<void> => {
  await home.admin.query('update recto.settings set new_people_in = $1', [cells])
}

export const guardHome = async (cells: TwoCells): Promise<void> => {
  const { code, error } = await guard(cells)
  if (code !== 0) throw new Error(error)
}

/** The cells of a person: what the directory says, and in which cells a row can refer to them beside the one of sign-in. */
export const whereIs = async ({ home, b }: Pick<TwoCells, 'home' | 'b'>, { id }: Pick<ApiPerson, 'id'>) => {
  const { rows } = await home.admin.query<{ cell: string; introduced: boolean }>(
    'select cell, introduced from recto.account_cells where account_id = $1',
    [id],
  )
  const { rowCount } = await b.admin.query('select from auth.users where id = $1', [id])
  return { directory: rows, isKnownInB: rowCount === 1 }
}

export const inB = { directory: [{ cell: 'b', introduced: true }], isKnownInB: true }
export const atHome = { directory: [{ cell: 'home', introduced: true }], isKnownInB: false }
