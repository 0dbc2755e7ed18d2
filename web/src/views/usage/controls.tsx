import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { usePerson } from '../../session/person.tsx'
import { Field } from '../../ui/field.tsx'
import { type Choice, groupings, isOfUsage, measures, pathOf } from './choice.ts'
import { type PeriodProblem, periodNames } from './period.ts'
import { usageTexts } from './texts.ts'
import { useWords } from './use-words.ts'

type SelectProps<Name extends string> = {
  label: string
  names: readonly Name[]
  value: Name
  write(name: Name): string
  onChoose(name: Name): void
}

const Select = <Name extends string>({ label, names, value, write, onChoose }: SelectProps<Name>) => (
  <Field label={label}>
    {(props) => (
      <select
        {...props}
        value={value}
        onChange={(event) => onChoose(names.find((name) => name === event.target.value) ?? value)}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {write(name)}
          </option>
        ))}
      </select>
    )}
  </Field>
)

/** What is shown. It stands in the address, so that a reload and a link show the same. */
export const Controls = ({ choice, problem }: { choice: Choice; problem: PeriodProblem | null }) => {
  const text = useTexts(usageTexts)
  const words = useWords()
  const { id, accountId } = usePerson()
  const { name, period, by, show } = choice
  const choose = (changes: Partial<Choice>) => goTo(pathOf({ ...choice, ...changes }), { replace: true })
  // A personal account has one person.
  const offered = groupings.filter((one) => one !== 'person' || accountId !== id || by === 'person')
  return (
    <div className="row usage-controls">
      <Select
        label={text.period}
        names={periodNames}
        value={name}
        write={(one) => text[one]}
        onChoose={(one) => choose({ name: one })}
      />
      {name === 'custom' &&
        (['from', 'to'] as const).map((end) => (
          <Field key={end} label={text[end]} error={end === 'to' && problem !== null ? text[problem] : null}>
            {(props) => (
              <input
                {...props}
                type="date"
                value={period[end]}
                onChange={(event) => choose({ period: { ...period, [end]: event.target.value } })}
              />
            )}
          </Field>
        ))}
      <Select
        label={text.by}
        names={offered}
        value={by}
        write={words.ofGrouping}
        onChoose={(one) => choose({ by: one })}
      />
      {isOfUsage(by) && (
        <Select
          label={text.show}
          names={measures}
          value={show}
          write={(one) => text[one]}
          onChoose={(one) => choose({ show: one })}
        />
      )}
    </div>
  )
}
