import { useTexts } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import type { Role } from './roles.ts'
import { teamTexts } from './texts.ts'

type RoleFieldProps = { value: Role; offered: Role[]; onChange: (role: Role) => void }

/** Chooses a role, and says what it may do. */
export const RoleField = ({ value, offered, onChange }: RoleFieldProps) => {
  const text = useTexts(teamTexts)
  return (
    <Field label={text.role} hint={text[`${value}May`]}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value as Role)}>
          {offered.map((role) => (
            <option key={role} value={role}>
              {text[role]}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
