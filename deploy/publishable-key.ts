// Prints the publishable key of a self-hosted Supabase project: a token of the role anon, signed with
// SUPABASE_JWT_SECRET. It lets nobody read anything, and may stand in a page.
import { createHmac } from 'node:crypto'

const secret = process.env.SUPABASE_JWT_SECRET ?? ''
if (secret.length < 32) {
  process.stderr.write('SUPABASE_JWT_SECRET must have at least 32 characters.\n')
  process.exit(1)
}
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const tenYears = 10 * 365 * 24 * 3600
const claims = { role: 'anon', iss: 'supabase', iat: now, exp: now + tenYears }
const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
process.stdout.write(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}\n`)
