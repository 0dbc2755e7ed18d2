import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { projectRoot } from '@recto/local/home'
import type { System } from '../support/system.ts'
import type { TwoCells } from './two-cells.ts'

type MoveOptions = { withOthers?: boolean; seconds?: number; killAt?: string }

type Cells = Pick<TwoCells, 'home' | 'b'>

/**
 * Runs `npm run move` with these flags. With `killAt`, it is killed before it writes a line, or sends a statement, that
 * begins so.
 */
const runMove = async ({ home, b }: Cells, flags: string[], killAt?: string) => {
  const command = join(projectRoot, 'move', 'src', 'main.ts')
  const hook = ['--import', join(import.meta.dirname, 'kill-at.ts')]
  const child = spawn(process.execPath, [...(killAt === undefined ? [] : hook), command, ...flags], {
    env: {
      ...process.env,
      DATABASE_URL: home.supabase.databaseUrl,
      RECTO_CELL_OWNERS: JSON.stringify({ b: b.supabase.databaseUrl }),
      KILL_AT: killAt,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [code, output, error] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, output, error, wasKilled: child.signalCode === 'SIGKILL' }
}

/** Moves an account. */
export const move = (
  cells: Cells,
  account: string,
  to: string,
  { withOthers = true, seconds = 60, killAt }: MoveOptions = {},
) => {
  const flags = ['--account', account, '--to', to, '--seconds', `${seconds}`, ...(withOthers ? ['--with-others'] : [])]
  return runMove(cells, flags, killAt)
}

/** Puts the triggers on the home cell that other cells need to take new people. */
export const guard = (cells: Cells, killAt?: string) => runMove(cells, ['--guard'], killAt)

/** Moves what has to move. Throws when the command does not end well. */
export const moved = async (cells: TwoCells, account: string, to: string): Promise<void> => {
  const { code, output, error } = await move(cells, account, to)
  if (code !== 0) throw new Error(`not moved after ${output}: ${error}`)
}

/** What a new cell writes anew, or needs no more. */
const notCompared = ['recto.account_cells', 'recto.usage_stale_days']

/**
 * Every row of every table of a cell that names one of these accounts or people, by the name of its table. It asks the
 * catalog for the tables, and not the command.
 */
export const rowsOf = async ({ admin }: System, ids: string[]): Promise<Record<string, string[]>> => {
  const { rows: tables } = await admin.query<{ name: string; columns: string[]; identity: string[] }>(
    `select attrelid::regclass::text as name,
       array_agg(attname::text) filter (where attname in ('account_id', 'user_id', 'person') or (attname = 'id' and relname = 'accounts')) as columns,
       coalesce(array_agg(attname::text) filter (where attidentity <> ''), '{}') as identity
     from pg_attribute join pg_class c on c.oid = attrelid
     where relnamespace in ('public'::regnamespace, 'recto'::regnamespace) and relkind = 'r' and attnum > 0
     group by attrelid having bool_or(attname in ('account_id', 'user_id', 'person')) or bool_or(relname = 'accounts') order by 1`,
  )
  const found: Record<string, string[]> = {}
  for (const { name, columns, identity } of tables) {
    if (notCompared.includes(name)) continue
    const { rows } = await admin.query<{ row: string }>(
      `select (to_jsonb(t) - $2::text[])::text as row from ${name} t
       where ${columns.map((column) => `${column} = any ($1)`).join(' or ')} order by 1`,
      [ids, identity],
    )
    if (rows.length > 0) found[name] = rows.map(({ row }) => row)
  }
  return found
}

/** In how many cells an account can be written. */
export const livesIn = async (cells: Cells, account: string): Promise<string[]> => {
  const tries = (['home', 'b'] as const).map(async (name) => {
    const touch = cells[name].admin.query('update public.accounts set plan = plan where id = $1', [account])
    const written = await touch.catch((error: { code?: string }) => {
      if (error.code !== 'RCT01') throw error
      return { rowCount: 0 }
    })
    return written.rowCount ? [name] : []
  })
  return (await Promise.all(tries)).flat()
}
