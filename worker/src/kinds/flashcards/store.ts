import type { Statement } from '@recto/shared/database'
import type { Fence } from '../kind.ts'
import type { GatedCard } from './card.ts'

/**
 * The cards as suggestions of their generation. They are stored only when this very claim has just ended it as succeeded. A
 * transaction that is repeated after a lost acknowledgement finds them there and adds none; any other conflict fails it,
 * so that no card is lost silently.
 */
export const storeCards = ({ id, attempt }: Fence, cards: GatedCard[]): Statement[] => [
  {
    name: 'store_cards',
    text: `insert into public.ai_suggestions
        (generation_id, user_id, account_id, written_at, position, front, back, source_quote, quote_start, quote_end, flags,
          fingerprint)
      select g.id, g.user_id, g.account_id, g.created_at, c.position, c.front, c.back, c.source_quote, c.quote_start, c.quote_end,
        case when (
          -- Here and below not "exists": the planner would hash every suggestion of everybody for a handful of cards.
          select true from public.ai_suggestions other
          where other.user_id = g.user_id and other.fingerprint = c.fingerprint and other.status <> 'rejected' limit 1
        ) then array_append(c.flags, 'duplicate_of_card') else c.flags end,
        c.fingerprint
      from public.ai_generations g, jsonb_to_recordset($3::jsonb) as c (position integer, front text, back text,
        source_quote text, quote_start integer, quote_end integer, flags text[], fingerprint text)
      where g.id = $1 and g.attempts = $2 and g.status = 'succeeded'
        and (select true from public.ai_suggestions stored where stored.generation_id = g.id limit 1) is null`,
    values: [id, attempt, JSON.stringify(cards)],
  },
]
