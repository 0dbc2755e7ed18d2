import { strictest } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import type { KindContract } from '@recto/shared/kinds/contract'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type AccountGeneration, stillAnswering } from './insert.ts'

export type ContinueDeps = { kinds: readonly KindContract[]; readAs: ReadAs }

const Conversation = z.object({
  turns: z.int(),
  busy: z.boolean(),
  eu: z.boolean(),
  earlier: z.object({ input: z.unknown(), output: z.unknown() }).nullable(),
  repeats: z.boolean(),
  repeated: z.record(z.string(), z.unknown()).nullable(),
})
type Conversation = z.infer<typeof Conversation>

/**
 * Reads what was said in a conversation of the caller. `earlier`: the latest generation that was answered, whose input has
 * all messages before it. `repeats`: there was a submission with this idempotency key, and only what came before it counts,
 * whatever was deleted since. `repeated`: the input of that submission; null when retention has dropped it.
 */
const findConversation = async (
  readAs: ReadAs,
  caller: Caller,
  { account_id, kind }: AccountGeneration,
  id: string,
  key: string | undefined,
): Promise<Conversation | undefined> => {
  const statement = {
    name: 'conversation',
    text: `with same_key as materialized (
        select k.created_at, k.data_residency, k.input from public.ai_generations k
        where k.user_id = (select auth.uid()) and k.idempotency_key = $4
      ), said as materialized (
        select g.id, g.created_at, g.finished_at, g.data_residency, g.input is not null and g.output is not null as answered
        from public.ai_generations g
        where (g.id = $1 or g.conversation_id = $1) and g.user_id = (select auth.uid()) and g.account_id = $2 and g.kind = $3
          and g.created_at < coalesce((select k.created_at from same_key k), 'infinity')
      )
      select count(*)::integer as turns, coalesce(bool_or(finished_at is null), false) as busy,
        coalesce(bool_or(data_residency = 'eu'), false) or 'eu' in (select k.data_residency from same_key k) as eu,
        (select jsonb_build_object('input', g.input, 'output', g.output) from public.ai_generations g
          where g.id = (select s.id from said s where s.answered order by s.created_at desc, s.id desc limit 1)) as earlier,
        exists (select from same_key) as repeats, (select k.input from same_key k) as repeated
      from said`,
    values: [id, account_id, kind, key ?? null],
  }
  const [row] = await readAs(caller, { account: account_id }, statement, Conversation)
  return row
}

const ConversationId = z.object({ conversation_id: z.string() })

/**
 * Completes a submission that continues a stored conversation: its input becomes all that was said and what is new. A
 * conversation stays in its account, and in the EU when any part of it had to.
 * @throws AppError not_found, also for a conversation of somebody else; conflict while an answer is being written;
 * invalid_request when it becomes longer than its kind allows; idempotency_key_reused
 */
export const continueConversation =
  ({ kinds, readAs }: ContinueDeps) =>
  async (caller: Caller, wanted: AccountGeneration, key: string | undefined): Promise<AccountGeneration> => {
    const contract = kinds.find(({ id }) => id === wanted.kind)
    const { data: continued } = ConversationId.safeParse(wanted.input)
    if (!contract?.join || !continued) return wanted
    const found = await findConversation(readAs, caller, wanted, continued.conversation_id, key)
    const data_residency = strictest(wanted.data_residency, found?.eu ? 'eu' : 'any')
    if (found?.repeated) {
      if (!contract.joined?.(found.repeated, wanted.input)) throw new AppError('idempotency_key_reused')
      return { ...wanted, input: found.repeated, data_residency }
    }
    // The digest of an input that was dropped is of what the request itself said.
    if (found?.repeats) return { ...wanted, data_residency }
    if (!found || found.turns === 0) throw new AppError('not_found', 'You have no such conversation.')
    if (found.busy) throw new AppError('conflict', stillAnswering)
    const input = found.earlier ? contract.join(found.earlier, wanted.input) : wanted.input
    const { error } = contract.input.safeParse(input)
    if (error)
      throw new AppError(
        'invalid_request',
        'With what was said before, the conversation is too long. Start another one.',
        {
          issues: error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        },
      )
    return { ...wanted, input, data_residency }
  }
