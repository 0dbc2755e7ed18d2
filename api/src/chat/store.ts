import type { Generation } from '@recto/shared/generation'
import { ChatInput, ChatOutput } from '@recto/shared/kinds/chat/chat'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { ChatAnswer } from './contract.ts'

const Row = z.object({ input: z.unknown(), output: z.unknown() })

/** The conversation of a generation, and what was said in it. */
export const readAnswer =
  (readAs: ReadAs) =>
  async (caller: Caller, { id, ...generation }: Generation): Promise<ChatAnswer> => {
    const statement = {
      name: 'chat_answer',
      text: 'select input, output from public.ai_generations where id = $1',
      values: [id],
    }
    const [row] = await readAs(caller, { generation: id }, statement, Row)
    const said = ChatOutput.safeParse(row?.output).data
    const { status, model, tokens_input, tokens_output, cost_usd, error } = generation
    return {
      generation_id: id,
      conversation_id: ChatInput.safeParse(row?.input).data?.conversation_id ?? id,
      ...{ status, message: said?.message ?? null, finish: said?.finish ?? null, grounded: null },
      ...{ model, tokens_input, tokens_output, cost_usd, error },
    }
  }
