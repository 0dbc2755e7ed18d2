import { z } from 'zod'

/** The id of an account, in lower case as rows have it. A personal account has the id of its person. */
export const AccountId = z.guid().toLowerCase()

/** The account id under which the database keeps the sums of the whole deployment. */
export const deploymentAccount = '00000000-0000-0000-0000-000000000000'
