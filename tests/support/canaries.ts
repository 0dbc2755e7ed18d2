import type { Supabase } from '@recto/local/supabase'
import type pg from 'pg'
import { z } from 'zod'

/** The key with which the workers of a test call the model server. Nothing else contains it. */
export const providerKey = 'canary-provider-key-5b1f'

/** Words of `newText`, of the prompts of each kind, and of the local model server's answers to them. */
const texts =
  /generation-marker|Whitfield|Northern Star|rapeseed|You make flashcards|You review code|You are the assistant/

/** What authorises somebody: the beginning of a JWT, and of secrets of webhooks. */
const tokens = /\beyJ[\w-]{10,}\.|\bwhs(?:ec|k)_[\w+/=]{8,}/

/** Whether there is a part of a test's text or of a prompt in it, a token, a secret of a webhook, or the provider's key. */
export const includesCanary = (content: string): boolean =>
  texts.test(content) || tokens.test(content) || content.includes(providerKey)

/** The passwords of the connection strings. */
const passwordsOf = ({ apiDatabaseUrl, workerDatabaseUrl, adminUrl }: Supabase): string[] =>
  [apiDatabaseUrl, workerDatabaseUrl, adminUrl].map((url) => new URL(url).password).filter((word) => word !== '')

/**
 * Finds texts, prompts, tokens, keys and passwords where they must not be.
 * @returns the places with at most 60 characters around each find
 */
export const findCanaries = (supabase: Supabase, kept: Record<string, string>): string[] => {
  const words = [providerKey, ...passwordsOf(supabase)]
  return Object.entries(kept).flatMap(([place, content]) => {
    const starts = [content.search(texts), content.search(tokens), ...words.map((word) => content.indexOf(word))]
    return starts
      .filter((start) => start >= 0)
      .map((start) => `${place}: ${content.slice(Math.max(0, start - 30), start + 30)}`)
  })
}

/** The columns that hold texts of people and of models, and what signs requests to webhooks. */
const privateColumns: Record<string, string[]> = {
  'public.ai_generations': ['source_text', 'input', 'output'],
  'public.ai_suggestions': ['front', 'back', 'source_quote'],
  'public.ai_findings': ['quote', 'title', 'message', 'replacement'],
  'public.cards': ['front', 'back', 'source_quote', 'search_text'],
  'recto.result_cache': ['answer'],
  'recto.connection_checks': ['message', 'result'],
  'recto.webhook_secrets': ['secret', 'private_key'],
}

const Table = z.object({ name: z.string() })
const Found = z.object({ found: z.string() })

/** Finds the same in the rows of all tables, apart from the columns that are made for texts and secrets. */
export const findCanariesInRows = async (admin: pg.Pool, supabase: Supabase): Promise<string[]> => {
  const { rows } = await admin.query(
    `select relnamespace::regnamespace::text || '.' || relname as name from pg_class c
     where relkind in ('r', 'm') and relnamespace::regnamespace::text in ('public', 'recto', 'pgboss') order by 1`,
  )
  // Postgres has another name for the edge of a word.
  const pattern = `${texts.source}|${tokens.source.replaceAll('\\b', '\\y')}`
  const words = [providerKey, ...passwordsOf(supabase)]
  const finds = z
    .array(Table)
    .parse(rows)
    .map(async ({ name }) => {
      const found = await admin.query(
        `with contents as (select (to_jsonb(t) - $1::text[])::text as content from ${name} t limit 2000)
       select substring(content from $2) as found from contents where content ~ $2
       union all select substr(content, greatest(1, strpos(content, word) - 30), 60)
         from contents, unnest($3::text[]) word where strpos(content, word) > 0
       limit 1`,
        [privateColumns[name] ?? [], `.{0,60}(?:${pattern}).{0,30}`, words],
      )
      return z
        .array(Found)
        .parse(found.rows)
        .map((row) => `${name}: ${row.found}`)
    })
  return (await Promise.all(finds)).flat()
}
