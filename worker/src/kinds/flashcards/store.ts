import type { Stored } from '../stored.ts'
import type { GatedCard } from './card.ts'

/**
 * The cards as suggestions of their generations. They are stored only when this very claim has just ended its generation as
 * succeeded. A transaction that is repeated after a lost acknowledgement finds them there and adds none; any other conflict
 * fails it, so that no card is lost silently.
 */
const storeCardsOfMany = {
  name: 'store_cards',
  text: `insert into public.ai_suggestions
      (generation_id, user_id, account_id, written_at, position, front, back, source_quote, quote_start, quote_end, flags,
        fingerprint)
    select g.id, g.user_id, g.account_id, g.created_at, c.position, c.front, c.back, c.source_quote, c.quote_start, c.quote_end,
      case when (
        -- Here and below not "exists": the planner would hash every suggestion of everybody for a handful of cards.
        select true from public.ai_suggestions other
        where other.user_id = g.user_id and other.fingerprint = c.fingerprint and other.status <> 'rejected' limit 1
      ) or row_number() over (partition by g.user_id, c.fingerprint order by g.created_at, g.id) > 1 then array_append(c.flags, 'duplicate_of_card') else c.flags end,
      c.fingerprint
    from jsonb_to_recordset($1::jsonb) as c (generation_id uuid, attempt integer, position integer, front text, back text,
        source_quote text, quote_start integer, quote_end integer, flags text[], fingerprint text)
      join public.ai_generations g on g.id = c.generation_id and g.attempts = c.attempt and g.status = 'succeeded'
    where (select true from public.ai_suggestions stored where stored.generation_id = g.id limit 1) is null`,
}

export const storeCards = (cards: GatedCard[]): Stored[] => [{ by: storeCardsOfMany, rows: cards }]
