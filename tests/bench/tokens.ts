import type { System } from '../support/system.ts'
import { addPeople, personId } from './backlog.ts'

export type PersonWithToken = { id: string; token: string }

/** Adds `count` people. Returns their ids and tokens. */
export const signIn = async ({ supabase, admin }: System, count: number): Promise<PersonWithToken[]> => {
  await addPeople(admin, count)
  const ids = Array.from({ length: count }, (_, n) => personId(n + 1))
  return Promise.all(ids.map(async (id) => ({ id, token: await supabase.issueToken({ sub: id }) })))
}
