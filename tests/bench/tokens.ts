import type { System } from '../support/system.ts'
import { addPeople, personId } from './backlog.ts'

export type Someone = { id: string; token: string }

/** Makes `count` people with a token each. */
export const signIn = async ({ supabase, admin }: System, count: number): Promise<Someone[]> => {
  await addPeople(admin, count)
  const ids = Array.from({ length: count }, (_, n) => personId(n + 1))
  return Promise.all(ids.map(async (id) => ({ id, token: await supabase.issueToken({ sub: id }) })))
}
