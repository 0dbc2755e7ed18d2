import { useTexts } from '../../i18n/language.tsx'
import { usageTexts } from './texts.ts'

/** A column of a table: its head, and what it says of a row. */
export type Column<Row> = { head: string; cell(row: Row): string }

type NumbersProps<Row> = {
  caption: string
  /** Names each row. */
  names: Column<Row>
  columns: Column<Row>[]
  rows: { key: string; row: Row }[]
}

/** The numbers of a chart, for who wants them exactly or cannot see the chart. */
export const NumbersTable = <Row,>({ caption, names, columns, rows }: NumbersProps<Row>) => {
  const text = useTexts(usageTexts)
  return (
    <details className="numbers">
      <summary>{text.asTable}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls is scrolled by keyboard */}
      <section className="numbers-room" aria-label={caption} tabIndex={0}>
        <table>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {[names, ...columns].map(({ head }) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, row }) => (
              <tr key={key}>
                <th scope="row">{names.cell(row)}</th>
                {columns.map(({ head, cell }) => (
                  <td key={head}>{cell(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}

/** All columns of one row, as a list. */
export const Totals = <Row,>({ columns, row }: { columns: Column<Row>[]; row: Row }) => (
  <dl className="totals">
    {columns.map(({ head, cell }) => (
      <div key={head}>
        <dt>{head}</dt>
        <dd>{cell(row)}</dd>
      </div>
    ))}
  </dl>
)
