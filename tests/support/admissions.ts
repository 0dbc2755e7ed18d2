import type { System } from './system.ts'

/** Adds admissions of an account at the given numbers of seconds ago, oldest first, each with the same tokens. */
export const addAdmissions = async (
  { admin }: Pick<System, 'admin'>,
  accountId: string,
  seconds: number[],
  tokens = 0,
): Promise<void> => {
  await admin.query(
    `insert into recto.admissions (account_id, admitted_at, seq, tokens, tokens_total)
     select $1, clock_timestamp() - make_interval(secs => s), last.seq + n, $3, last.total + n * $3::bigint
     from unnest($2::float[]) with ordinality as ago (s, n), (
       select coalesce(max(seq), 0) as seq, coalesce(max(tokens_total), 0) as total
       from recto.admissions where account_id = $1
     ) last`,
    [accountId, seconds, tokens],
  )
}
