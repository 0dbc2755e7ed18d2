import type { GenerationErrorCode } from '@recto/shared/errors'
import type { Advice } from './advice.ts'

type Line = [en: string, pl: string, advice: Advice]

const busy: Line = ['The model provider is overloaded.', 'Dostawca modelu jest przeciążony.', 'again']
const unusable: Line = [
  'The model provider could not be used.',
  'Nie udało się skorzystać z dostawcy modelu.',
  'operator',
]

/** Why a generation failed, in English and Polish, and what to do. */
export const generationTexts: Record<GenerationErrorCode, Line> = {
  no_usable_cards: [
    'None of the proposed cards could be proved from the text.',
    'Żadnej z zaproponowanych fiszek nie udało się potwierdzić w tekście.',
    'text_or_model',
  ],
  no_usable_text: [
    'The text that the model wrote did not pass the checks.',
    'Tekst napisany przez model nie przeszedł kontroli.',
    'text_or_model',
  ],
  worker_lost: ['The worker died on the last try.', 'Proces roboczy przerwał pracę przy ostatniej próbie.', 'again'],
  unknown_model: ['The model is not offered any more.', 'Ten model nie jest już oferowany.', 'choose'],
  unknown_kind: ['There is no such kind of generation.', 'Nie ma takiego rodzaju generowania.', 'report'],
  invalid_input: ['The text is not valid for this.', 'Ten tekst się do tego nie nadaje.', 'text_or_model'],
  unknown_prompt_version: ['There is no such version of the prompt.', 'Nie ma takiej wersji polecenia.', 'report'],
  kind_not_allowed: ['The plan does not include this.', 'Plan tego nie obejmuje.', 'other_plan'],
  model_not_allowed: ['The plan does not include this model.', 'Plan nie obejmuje tego modelu.', 'choose'],
  token_budget_exceeded: [
    'Another request would use more tokens than was allowed.',
    'Kolejne zapytanie zużyłoby więcej tokenów, niż dozwolono.',
    'smaller',
  ],
  budget_exceeded: ['The budget of this month is used up.', 'Budżet na ten miesiąc jest wyczerpany.', 'budget'],
  refused: ['The model refused this text.', 'Model odmówił pracy z tym tekstem.', 'text_or_model'],
  content_blocked: ['The provider blocked this text.', 'Dostawca zablokował ten tekst.', 'text_or_model'],
  too_long: ['The text is too long for the model.', 'Tekst jest za długi dla tego modelu.', 'smaller'],
  truncated: ['The answer was cut off too early.', 'Odpowiedź została ucięta zbyt wcześnie.', 'again'],
  malformed_response: ['The answer of the model cannot be read.', 'Odpowiedzi modelu nie da się odczytać.', 'again'],
  output_invalid: ['The model wrote something else than was asked.', 'Model napisał coś innego, niż miał.', 'again'],
  invalid_request: ['The provider did not accept the request.', 'Dostawca nie przyjął żądania.', 'operator'],
  no_route_for_policy: [
    'No provider fulfils the privacy policy.',
    'Żaden dostawca nie spełnia zasad prywatności.',
    'choose',
  ],
  no_route_available: ['No model provider is available.', 'Żaden dostawca modelu nie jest dostępny.', 'again'],
  residency_unavailable: [
    'No provider in the EU could serve this text.',
    'Żaden dostawca w UE nie mógł obsłużyć tego tekstu.',
    'again',
  ],
  auth: unusable,
  provider_credit_exhausted: unusable,
  capacity_own_account: busy,
  rate_limited: busy,
  rate_limited_upstream: busy,
  quota_exhausted_until_reset: [
    'The quota at the provider is used up.',
    'Limit u dostawcy jest wyczerpany.',
    'operator',
  ],
  timeout: ['The provider did not answer in time.', 'Dostawca nie odpowiedział na czas.', 'again'],
  upstream_error: ['The model provider failed.', 'Dostawca modelu zawiódł.', 'again'],
  redirected: ['The provider redirected the request.', 'Dostawca przekierował żądanie.', 'operator'],
  network: ['The model provider could not be reached.', 'Nie udało się połączyć z dostawcą modelu.', 'again'],
  internal_error: ['Something went wrong in Recto.', 'Coś poszło nie tak w Recto.', 'again'],
}
