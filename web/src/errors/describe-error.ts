import { type Generation, isRectoError } from '@recto/client'
import { isAuthError } from '@supabase/auth-js'
import { defineTexts, type Language } from '../i18n/define-texts.ts'
import { createFormat } from '../i18n/format.ts'
import { RestError } from '../session/rest.ts'
import { type Advice, advices } from './advice.ts'
import { restLine } from './describe-rest.ts'
import { generationTexts } from './generation-texts.ts'
import { problemTexts } from './problem-texts.ts'

/** An error as a person can use it. */
export type Described = {
  /** What happened. */
  what: string
  /** What to do. */
  advice: string
  /** What the API said more exactly, in English. */
  details: string[]
  /** What the operator finds the request by. */
  requestId: string | null
}

const texts = defineTexts(
  {
    network: 'Recto cannot be reached.',
    timeout: 'Recto did not answer in time.',
    aborted: 'It was stopped.',
    strange: 'Something that is not Recto answered.',
    defect: 'This page made a mistake.',
    supabase: 'Supabase did not accept this.',
    password: 'Address and password do not belong together.',
    link: 'This link is not valid any more.',
    until: (when: string) => `Wait until ${when}, and try again.`,
  },
  {
    network: 'Nie można połączyć się z Recto.',
    timeout: 'Recto nie odpowiedziało na czas.',
    aborted: 'Przerwano.',
    strange: 'Odpowiedziało coś, co nie jest Recto.',
    defect: 'Ta strona popełniła błąd.',
    supabase: 'Supabase tego nie przyjęło.',
    password: 'Adres i hasło do siebie nie pasują.',
    link: 'Ten link nie jest już ważny.',
    until: (when: string) => `Poczekaj do ${when} i spróbuj ponownie.`,
  },
)

/** What auth-js says of a link that does not sign anybody in. */
const linkErrors = [
  'AuthImplicitGrantRedirectError',
  'AuthPKCEGrantCodeExchangeError',
  'AuthPKCECodeVerifierMissingError',
]

const pick = ([en, pl]: readonly [string, string, ...unknown[]], language: Language) => (language === 'en' ? en : pl)

/** What an error says to a person: what happened, what to do, and the id of the request. */
export const describeError = (error: unknown, language: Language, now = Date.now()): Described => {
  const text = texts[language]
  const as = (what: string, advice: Advice, details: string[] = []): Described => ({
    what,
    advice: advices[language][advice],
    details,
    requestId: null,
  })

  if (isRectoError(error)) {
    if (error.code === 'token') return describeError(error.cause, language, now)
    if ('generation' in error) return describeFailure(error.generation.error, language)
    if ('problem' in error) {
      const { code, detail, errors = [], request_id } = error.problem
      // An API that is newer than the page may have other codes.
      const line = Object.hasOwn(problemTexts, code) ? problemTexts[code] : problemTexts.internal_error
      const details = [...(detail ? [detail] : []), ...errors.map(({ path, message }) => `${path}: ${message}`)]
      const described = { ...as(pick(line, language), line[2], details), requestId: request_id }
      if (error.retryAfter === null || line[2] !== 'wait') return described
      return { ...described, advice: text.until(createFormat(language).soon(new Date(now + error.retryAfter * 1000))) }
    }
    if (error.code === 'unexpected_answer') return as(text.strange, 'report', [`status ${error.status}`])
    if (error.code === 'network' || error.code === 'timeout') return as(text[error.code], 'connection')
    return as(text.aborted, 'none')
  }
  if (isAuthError(error)) {
    if (error.code === 'invalid_credentials') return as(text.password, 'credentials')
    if (error.code === 'otp_expired' || linkErrors.includes(error.name)) return as(text.link, 'link')
    if (error.name === 'AuthRetryableFetchError') return as(text.network, 'connection')
    return as(text.supabase, 'operator', [error.message])
  }
  if (error instanceof RestError) {
    const { line, isKnown } = restLine(error)
    return as(pick(line, language), line[2], isKnown ? [] : [error.message, error.code])
  }
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message))
    return as(text.network, 'connection')
  return as(text.defect, 'report', [error instanceof Error ? error.message : String(error)])
}

/** What the `error` of a failed generation says to a person. `requestId`: that of the submission, where it is known. */
export const describeFailure = (
  error: Generation['error'],
  language: Language,
  requestId = error?.provider_request_id ?? null,
): Described => {
  const code = error?.code ?? 'internal_error'
  const isKnown = (name: string): name is keyof typeof generationTexts => Object.hasOwn(generationTexts, name)
  const line = generationTexts[isKnown(code) ? code : 'internal_error']
  const dropped = Object.entries(error?.dropped ?? {}).map(([reason, count]) => `${reason}: ${count}`)
  return {
    what: pick(line, language),
    advice: advices[language][line[2]],
    details: [code, ...dropped],
    requestId,
  }
}
