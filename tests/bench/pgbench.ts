import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version of pgbench, or undefined when it is not installed. The embedded Postgres does not include it. */
export const pgbenchVersion = (): string | undefined => {
  const { status, stdout } = spawnSync('pgbench', ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

type Run = { url: string; script: string; clients: number; seconds: number; variables: Record<string, string> }

/** Transactions per second. @throws Error with the output when a transaction failed */
export const pgbench = async ({ url, script, clients, seconds, variables }: Run): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-pgbench-'))
  const file = join(folder, 'script.sql')
  writeFileSync(file, script)
  const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
  const { password, ...rest } = splitPassword(url)
  try {
    const { stdout, stderr } = await run(
      'pgbench',
      ['-n', '-M', 'prepared', '-c', `${clients}`, '-j', '2', '-T', `${seconds}`, '-f', file, ...defined, rest.url],
      { env: { PATH: process.env.PATH, PGPASSWORD: password } },
    )
    const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1]
    if (rate === undefined || /failed transactions: [1-9]/.test(stdout)) throw new Error(`pgbench: ${stdout}${stderr}`)
    return Number(rate)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Moves the password out of the URL, because other users can read a command line. */
const splitPassword = (url: string) => {
  const parsed = new URL(url)
  const password = decodeURIComponent(parsed.password)
  parsed.password = ''
  return { url: parsed.href, password }
}
