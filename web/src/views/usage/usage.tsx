import { useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { Loaded } from '../../ui/states.tsx'
import { Limits } from '../create/limits.tsx'
import { AcceptanceNumbers } from './acceptance-numbers.tsx'
import { Budget } from './budget.tsx'
import { choiceOf } from './choice.ts'
import { Controls } from './controls.tsx'
import { periodProblem } from './period.ts'
import { usageTexts } from './texts.ts'
import { UsageNumbers } from './usage-numbers.tsx'
import { useUsage } from './use-usage.ts'

/** What the account used and what it may use. */
const UsageView = ({ query }: ViewProps) => {
  const text = useTexts(usageTexts)
  const choice = choiceOf(query)
  const problem = periodProblem(choice.period)
  const usage = useUsage(problem === null ? choice.period : null, choice.by)
  return (
    <>
      <h1>{text.title}</h1>
      <div className="usage">
        <div>
          <Controls choice={choice} problem={problem} />
          {problem === null && (
            <Loaded query={usage}>
              {(answer) =>
                'usage' in answer ? <UsageNumbers {...answer} show={choice.show} /> : <AcceptanceNumbers {...answer} />
              }
            </Loaded>
          )}
        </div>
        <div>
          <Budget />
          <Limits />
        </div>
      </div>
    </>
  )
}
export default UsageView
