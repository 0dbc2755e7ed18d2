import { useFormat, useTexts } from '../../i18n/language.tsx'
import { runbookOf } from './runbook.ts'
import { Section } from './section.tsx'
import { Table } from './table.tsx'
import { operationsTexts } from './texts.ts'
import type { Views } from './use-views.ts'

/** A code, with a link to what to do about it where the documentation says so. */
const Code = ({ code }: { code: string | null }) => {
  const text = useTexts(operationsTexts)
  const help = code === null ? null : runbookOf(code)
  return (
    <>
      <code>{code ?? '–'}</code>{' '}
      {help !== null && (
        <a href={help} aria-label={`${text.help}: ${code}`}>
          {text.help}
        </a>
      )}
    </>
  )
}

export const Failures = ({ query }: { query: Views['failures'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  return (
    <Section title={text.failures} hint={text.failuresHint} none={text.noFailures} query={query}>
      {(rows) => (
        <Table
          label={text.failures}
          rows={rows}
          keyOf={({ what, code, provider }) => `${what} ${code} ${provider}`}
          columns={[
            { head: text.code, cell: ({ code }) => <Code code={code} /> },
            { head: text.of, cell: ({ what }) => text[`of_${what}`] },
            { head: text.provider, cell: ({ provider }) => provider ?? '–' },
            { head: text.count, cell: ({ count }) => format.number(count), isNumber: true },
            { head: text.accounts, cell: ({ accounts }) => format.number(accounts), isNumber: true },
            { head: text.last, cell: ({ last_at }) => last_at && format.moment(last_at) },
          ]}
        />
      )}
    </Section>
  )
}

export const LatestFailures = ({ query }: { query: Views['latest'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  return (
    <Section title={text.latest} hint={text.latestHint} none={text.noFailures} query={query}>
      {(rows) => (
        <ul className="failures">
          {rows.map(({ generation_id, account_id, request_id, finished_at, model, error }) => (
            <li key={generation_id}>
              <details>
                <summary>
                  {format.moment(finished_at)} <code>{String(error.code ?? '–')}</code>{' '}
                  <span className="hint">{model}</span>
                </summary>
                <dl className="facts">
                  <dt>{text.generation}</dt>
                  <dd>
                    <code>{generation_id}</code>
                  </dd>
                  <dt>{text.account}</dt>
                  <dd>
                    <code>{account_id}</code>
                  </dd>
                  <dt>{text.request}</dt>
                  <dd>
                    <code>{request_id ?? '–'}</code>
                  </dd>
                </dl>
                <pre lang="en">{JSON.stringify(error, null, 2)}</pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
