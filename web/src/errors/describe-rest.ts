import { databaseTexts } from './database-texts.ts'
import { problemTexts } from './problem-texts.ts'

type Line = (typeof databaseTexts)[string]

const lines = {
  unanswered: ['Supabase did not accept this.', 'Supabase tego nie przyjęło.', 'reload'],
  forbidden: ['You may not do this, or not any more.', 'Nie możesz tego zrobić albo już nie możesz.', 'reload'],
  exists: ['This is there already.', 'To już istnieje.', 'reload'],
} satisfies Record<string, Line>

/** By the beginning of an SQLSTATE or of a code of PostgREST; the first that fits. */
const byCode: [begin: RegExp, line: Line][] = [
  [/^(PT401|PGRST30|401)/, problemTexts.unauthorized],
  [/^(PT403|42501|403)/, lines.forbidden],
  [/^(PT404|404)/, problemTexts.not_found],
  [/^(PT429|429)/, problemTexts.rate_limited],
  [/^(PT400|22|23514|23502)/, problemTexts.invalid_request],
  [/^23505/, lines.exists],
  // No connection, no more connections, a shutdown, a statement that took too long, or a proxy without its server.
  [/^(PGRST00|08|53|57|40|50[0-9]$)/, problemTexts.database_unavailable],
]

/**
 * The words for an error of PostgREST: those of its message where a function of teams raised it, else those of its code. And
 * whether they say it all, so that the message need not stand beside them.
 */
export const restLine = ({ message, code }: { message: string; code: string }): { line: Line; isKnown: boolean } => {
  const known = Object.hasOwn(databaseTexts, message) ? databaseTexts[message] : undefined
  if (known) return { line: known, isKnown: true }
  return { line: byCode.find(([begin]) => begin.test(code))?.[1] ?? lines.unanswered, isKnown: false }
}
