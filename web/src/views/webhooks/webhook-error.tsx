import { isRectoError } from '@recto/client'
import { describeError } from '../../errors/describe-error.ts'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { ErrorNote, Note } from '../../ui/error-note.tsx'
import { Empty } from '../../ui/states.tsx'
import { webhookTexts } from './texts.ts'

/** An error of the API. `conflict` says what stands in the way when the API answers `conflict`. */
export const WebhookError = ({ error, conflict }: { error: unknown; conflict: string }) => {
  const { language } = useLanguage()
  if (!isRectoError(error) || error.code !== 'conflict') return <ErrorNote error={error} />
  return <Note described={{ ...describeError(error, language), what: conflict, advice: '', details: [] }} />
}

/** Why webhooks are not shown: to those who do not administer the account, or because something failed. */
export const NotShown = ({ error, onRetry }: { error: unknown; onRetry: () => void }) => {
  const text = useTexts(webhookTexts)
  if (!isRectoError(error) || error.code !== 'not_an_admin') return <ErrorNote error={error} onRetry={onRetry} />
  return (
    <Empty title={text.onlyAdmins}>
      <p>{text.onlyAdminsDo}</p>
    </Empty>
  )
}
