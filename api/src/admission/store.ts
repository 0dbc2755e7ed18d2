import type pg from 'pg'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../reading.ts'
import { Admission, AdmissionPolicy, type LimitName } from './admission.ts'

/** The caller's place in a limit's window as it is now. */
export const findAdmission = async (readAs: ReadAs, caller: Caller, limit: LimitName): Promise<Admission> => {
  const [row] = await readAs(caller, {
    name: 'admission',
    text: 'select recto.admission_state($1) as state',
    values: [limit],
  })
  return Admission.parse(row?.state)
}

/** The limit, read as the process itself. */
export const findAdmissionPolicy = async (pool: pg.Pool, limit: LimitName): Promise<AdmissionPolicy> => {
  const { rows } = await pool.query({
    name: 'policy',
    text: 'select recto.admission_policy($1) as policy',
    values: [limit],
  })
  return AdmissionPolicy.parse(rows[0]?.policy)
}
