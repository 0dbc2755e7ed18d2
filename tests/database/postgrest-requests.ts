import type { SupabaseClient } from '@supabase/supabase-js'
import { findingRow } from '../support/seed.ts'
import { newText } from '../support/text.ts'

/** The ids of the rows that a request is about. They belong to ana. */
export type Target = {
  userId: string
  generationId: string
  suggestionId: string
  findingId: string
  callId: string
  cardId: string
}

/** The common fields of all responses of supabase-js. */
export type Answer = { status: number; error: { code?: string } | null; data: unknown; count: number | null }

type Request = (client: SupabaseClient, target: Target) => PromiseLike<Answer>

const all = {
  'read all generations': (db) => db.from('ai_generations').select(),
  'read a generation': (db, { generationId }) => db.from('ai_generations').select().eq('id', generationId),
  'read generations of a person': (db, { userId }) => db.from('ai_generations').select().eq('user_id', userId),
  'read generations with or': (db, { userId, generationId }) =>
    db.from('ai_generations').select().or(`user_id.eq.${userId},id.eq.${generationId},id.not.is.null`),
  'read generations with their suggestions': (db) => db.from('ai_generations').select('*, ai_suggestions!inner(*)'),
  'read generations with their calls': (db) => db.from('ai_generations').select('*, ai_calls(*)'),
  'read generations with their people': (db) => db.from('ai_generations').select('*, users(*)'),
  'read generations as CSV': (db) => db.from('ai_generations').select('user_id').csv(),
  'read the plan of a query': (db) => db.from('ai_generations').select().explain(),
  'count generations': (db) => db.from('ai_generations').select('user_id', { count: 'exact' }),
  'count generations by aggregate': (db) => db.from('ai_generations').select('count()'),
  'read all suggestions': (db) => db.from('ai_suggestions').select(),
  'read a suggestion': (db, { suggestionId }) => db.from('ai_suggestions').select().eq('id', suggestionId),
  'read suggestions with their generation': (db) => db.from('ai_suggestions').select('*, ai_generations!inner(*)'),
  'order suggestions by their generation': (db) =>
    db.from('ai_suggestions').select('*, ai_generations(*)').order('ai_generations(created_at)'),
  'read all findings': (db) => db.from('ai_findings').select(),
  'read a finding': (db, { findingId }) => db.from('ai_findings').select().eq('id', findingId),
  'read findings with their generation': (db) => db.from('ai_findings').select('*, ai_generations!inner(*)'),
  'read all cards': (db) => db.from('cards').select(),
  'read a card': (db, { cardId }) => db.from('cards').select().eq('id', cardId),
  'read suggestions with their cards': (db) => db.from('ai_suggestions').select('*, cards(*)'),
  'find cards by their text': (db) => db.from('cards').select().ilike('search_text', '%front%'),
  'count cards': (db) => db.from('cards').select('user_id', { count: 'exact' }),
  'read all schedules': (db) => db.from('card_schedules').select(),
  'read a schedule': (db, { cardId }) => db.from('card_schedules').select().eq('card_id', cardId),
  'read schedules with their cards': (db) => db.from('card_schedules').select('*, cards!inner(*)').lte('due', 'now()'),
  'read all reviews of cards': (db) => db.from('card_reviews').select(),
  'read reviews of a card': (db, { cardId }) => db.from('card_reviews').select('*, cards(*)').eq('card_id', cardId),
  'search cards': (db) => db.schema('recto').rpc('search_cards', { query: 'front', tag: null }),
  'read all calls': (db) => db.from('ai_calls').select(),
  'read the id of a call': (db, { callId }) => db.from('ai_calls').select('id').eq('id', callId),
  'count calls': (db) => db.from('ai_calls').select('id', { count: 'exact' }),
  'order generations by their calls': (db) =>
    db.from('ai_generations').select('*, ai_calls(id)').order('cost_usd', { referencedTable: 'ai_calls' }),

  'read the health of routes': (db) => db.from('ai_routes_health').select(),
  'count the routes': (db) => db.from('ai_routes_health').select('provider', { count: 'exact' }),
  'read account settings': (db) => db.schema('recto').from('account_settings').select(),
  'read connection checks': (db) => db.schema('recto').from('connection_checks').select(),
  'read the cache of cards': (db) => db.schema('recto').from('result_cache').select(),
  'read keys': (db) => db.schema('recto').rpc('provider_keys', { variables: ['OPENROUTER_API_KEY'] }),
  'use up the limit of a person': (db, { userId }) =>
    db.schema('recto').rpc('admit', { account: userId, kind: 'generations' }),

  'create a generation': (db) => db.from('ai_generations').insert({ source_text: newText() }).select(),
  'create several generations': (db) =>
    db
      .from('ai_generations')
      .insert([{ source_text: newText() }, { source_text: newText() }])
      .select(),
  'create a generation in a person’s name': (db, { userId }) =>
    db.from('ai_generations').insert({ source_text: newText(), user_id: userId }),
  'create a generation that stays in the EU': (db) =>
    db.from('ai_generations').insert({ source_text: newText(), data_residency: 'eu' }).select(),
  'end the residency of a generation': (db, { generationId }) =>
    db.from('ai_generations').update({ data_residency: 'any' }).eq('id', generationId),
  'end the residency of an account': (db, { userId }) =>
    db.schema('recto').from('account_settings').update({ data_residency: 'any' }).eq('account_id', userId),
  'replace a generation by upsert': (db, { generationId }) =>
    db.from('ai_generations').upsert({ id: generationId, source_text: newText() }),
  'upsert a generation by its text alone': (db) => db.from('ai_generations').upsert({ source_text: newText() }),
  'update a generation': (db, { generationId }) =>
    db.from('ai_generations').update({ source_text: newText() }).eq('id', generationId),
  'cancel a generation': (db, { generationId }) =>
    db.from('ai_generations').update({ status: 'cancelled' }).eq('id', generationId),
  'delete a generation': (db, { generationId }) => db.from('ai_generations').delete().eq('id', generationId),
  'delete every generation': (db) => db.from('ai_generations').delete().not('id', 'is', null),
  'create a suggestion': (db, { generationId, userId }) =>
    db.from('ai_suggestions').insert({
      generation_id: generationId,
      user_id: userId,
      position: 99,
      front: 'Front',
      back: 'Back',
      source_quote: 'This',
      quote_start: 0,
      quote_end: 4,
      fingerprint: 'mine',
    }),
  'accept a suggestion': (db, { suggestionId }) =>
    db.from('ai_suggestions').update({ status: 'accepted' }).eq('id', suggestionId),
  'delete a suggestion': (db, { suggestionId }) => db.from('ai_suggestions').delete().eq('id', suggestionId),
  'change what the model wrote': (db, { suggestionId }) =>
    db.from('ai_suggestions').update({ front: 'Mine' }).eq('id', suggestionId),
  'review a suggestion that does not exist': (db, { userId }) =>
    db.rpc('review_suggestions', { decisions: [{ id: userId, action: 'accept' }] }),
  'review a finding that does not exist': (db, { userId }) =>
    db.rpc('review_findings', { decisions: [{ id: userId, action: 'accept' }] }),
  'create a finding': (db, { generationId, userId }) =>
    db.from('ai_findings').insert({ generation_id: generationId, user_id: userId, ...findingRow }),
  'accept a finding': (db, { findingId }) => db.from('ai_findings').update({ status: 'accepted' }).eq('id', findingId),
  'delete a finding': (db, { findingId }) => db.from('ai_findings').delete().eq('id', findingId),
  'create a card in a person’s name': (db, { userId }) =>
    db.from('cards').insert({ front: 'Front', back: 'Back', user_id: userId }),
  'create a card of a suggestion': (db, { suggestionId }) =>
    db.from('cards').insert({ front: 'Front', back: 'Back', suggestion_id: suggestionId }),
  'create a card of a model': (db) => db.from('cards').insert({ front: 'Front', back: 'Back', origin: 'ai' }),
  'replace a card by upsert': (db, { cardId }) => db.from('cards').upsert({ id: cardId, front: 'Front', back: 'Back' }),
  'change a schedule': (db, { cardId }) =>
    db.from('card_schedules').update({ due: '2030-01-01' }).eq('card_id', cardId),
  'delete every schedule': (db) => db.from('card_schedules').delete().gte('reps', 0),
  'create a schedule': (db, { cardId, userId }) =>
    db.from('card_schedules').upsert({ card_id: cardId, user_id: userId, due: '2030-01-01' }),
  'create a review of a card': (db, { cardId, userId }) =>
    db.from('card_reviews').insert({ id: cardId, user_id: userId, card_id: cardId, rating: 'easy' }),
  'change a review of a card': (db, { cardId }) =>
    db.from('card_reviews').update({ rating: 'easy' }).eq('card_id', cardId),
  'delete every review of a card': (db) => db.from('card_reviews').delete().gte('reps', 0),
  'lock a schedule': (db, { cardId }) => db.schema('recto').rpc('lock_schedule', { card: cardId }),
  'record a review': (db, { cardId }) =>
    db.schema('recto').rpc('record_review', { review: { card_id: cardId, reps: 2 } }),
  'record a review in the public schema': (db, { cardId }) =>
    db.rpc('record_review', { review: { card_id: cardId, reps: 2 } }),
  'give a card away': (db, { cardId, generationId }) =>
    db.from('cards').update({ user_id: generationId }).eq('id', cardId),
  'create a call': (db, { generationId, userId }) =>
    db.from('ai_calls').insert({
      generation_id: generationId,
      user_id: userId,
      account_id: userId,
      attempt: 1,
      provider: 'mine',
      model: 'mine',
    }),
  'change the cost of a call': (db, { callId }) => db.from('ai_calls').update({ cost_usd: 0 }).eq('id', callId),
  'delete a call': (db, { callId }) => db.from('ai_calls').delete().eq('id', callId),
  'add a route': (db) => db.from('ai_routes_health').insert({ provider: 'mine', model: 'mine', region: 'eu' }),
  'open a route': (db) => db.from('ai_routes_health').update({ state: 'open' }).eq('provider', 'openrouter'),
  'delete every route': (db) => db.from('ai_routes_health').delete().not('provider', 'is', null),
} as const satisfies Record<string, Request>

/** Requests that a person with a token and the publishable key could try on the tables, by name. */
export const requests: Record<keyof typeof all, Request> = all
