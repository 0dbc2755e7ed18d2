import { Client } from 'pg'
import { type Home, type LocalInfo, openHome, readLocalInfo } from './home.ts'
import { lockHolder } from './lock.ts'
import { addPerson } from './people.ts'
import { loadSecrets } from './secrets.ts'
import { issueToken } from './tokens.ts'

/**
 * Reads the local.json of the system that runs in a home.
 * @throws Error when no system runs there
 */
export const findRunningSystem = (dir: string): { home: Home; info: LocalInfo } => {
  const home = openHome(dir)
  const info = readLocalInfo(home.local)
  if (info === undefined || lockHolder(home.lock) === undefined) {
    throw new Error(`nothing runs in ${home.dir}: start it with \`npm start\` and leave it open`)
  }
  return { home, info }
}

/**
 * Issues a token for a person of the running system, and adds the person if missing.
 * @throws Error when the system uses an external Supabase project
 */
export const tokenFor = async (home: Home, info: LocalInfo, user: string, expiresIn: number): Promise<string> => {
  if (info.data_dir === null) {
    throw new Error(`${info.supabase_url} issues its own tokens: sign in there, and give the token in RECTO_TOKEN`)
  }
  const { keys } = await loadSecrets(home.secrets)
  const client = new Client({ connectionString: info.database_url })
  await client.connect()
  const { id, email } = await addPerson(client, user).finally(() => client.end())
  return issueToken(keys, `${info.supabase_url}/auth/v1`, { sub: id, email, expiresIn })
}
