import type { Stored } from '../stored.ts'
import type { GatedFinding } from './finding.ts'

/**
 * The findings of many reviews. They are stored only when this very claim has just ended its generation as succeeded. A
 * transaction that is repeated after a lost acknowledgement finds them there and adds none.
 */
const storeFindingsOfMany = {
  name: 'store_findings',
  text: `insert into public.ai_findings
      (generation_id, user_id, account_id, written_at, position, path, start_line, end_line, quote, category, level, title,
        message, replacement, flags, fingerprint)
    select g.id, g.user_id, g.account_id, g.created_at, f.position, f.path, f.start_line, f.end_line, f.quote, f.category,
      f.level, f.title, f.message, f.replacement, f.flags, f.fingerprint
    from jsonb_to_recordset($1::jsonb) as f (generation_id uuid, attempt integer, position integer, path text, start_line integer,
        end_line integer, quote text, category text, level text, title text, message text, replacement text, flags text[],
        fingerprint text)
      join public.ai_generations g on g.id = f.generation_id and g.attempts = f.attempt and g.status = 'succeeded'
    where (select true from public.ai_findings stored where stored.generation_id = g.id limit 1) is null`,
}

export const storeFindings = (findings: GatedFinding[]): Stored[] => [{ by: storeFindingsOfMany, rows: findings }]
