import { useState } from 'react'
import { notificationMedia, ruleCell, toggledMedium, withRule } from '../../../client/index.ts'
import type { SettingsChange } from '../../hooks/use-settings-change.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import { platformName, platformsOf } from '../../rules/platforms.ts'
import { ruleGroups, ruleName } from '../../rules/settings.ts'
import { oneLine } from '../../text/clean.ts'
import type { Channel, NotificationMedium, NotificationSettings, RuleKey, RuleScope } from '../../types.ts'
import { Icon } from '../icons.tsx'
import { Choice, Section } from './section.tsx'

type RulesProps = { settings: NotificationSettings; channels: readonly Channel[]; change: SettingsChange }

/** The rules: for everything, for a platform, for one channel. */
export function RuleSettings({ settings, channels, change }: RulesProps) {
  const { t } = useTexts()
  const [scope, setScope] = useState<RuleScope>({ kind: 'general' })
  const first = channels[0]
  const scopes: readonly [RuleScope['kind'], RuleScope | null][] = [
    ['general', { kind: 'general' }],
    ['platform', first === undefined ? null : { kind: 'platform', platform: first.platform }],
    ['channel', first === undefined ? null : { kind: 'channel', channelId: first.id, platform: first.platform }],
  ]
  return (
    <Section title={t('rules.title')}>
      <div className="segments" role="group" aria-label={t('rules.scope')}>
        {scopes.map(([kind, next]) => (
          <button
            type="button"
            key={kind}
            aria-pressed={scope.kind === kind}
            disabled={next === null}
            onClick={() => next !== null && setScope(next)}
          >
            {t(`rules.scope_${kind}`)}
          </button>
        ))}
      </div>
      <ScopeChoice {...{ scope, channels }} onChange={setScope} />
      {scope.kind !== 'general' && <p className="quiet">{t('rules.scope_hint')}</p>}
      <RuleMatrix {...{ settings, scope, change }} />
    </Section>
  )
}

type ScopeProps = { scope: RuleScope; channels: readonly Channel[]; onChange(scope: RuleScope): void }

function ScopeChoice({ scope, channels, onChange }: ScopeProps) {
  const { t } = useTexts()
  if (scope.kind === 'platform') {
    const options = platformsOf(channels, scope.platform).map((one) => [one, platformName(one, t)] as const)
    const choose = (platform: string) => onChange({ kind: 'platform', platform: platform })
    return <Choice label={t('rules.platform')} value={scope.platform} options={options} onChange={choose} />
  }
  if (scope.kind === 'channel') {
    const options = channels.map(
      ({ id, name, platform }) => [id, `${oneLine(name, 60)} · ${platformName(platform, t)}`] as const,
    )
    const choose = (id: string) => {
      const channel = channels.find((one) => one.id === id)
      if (channel !== undefined) onChange({ kind: 'channel', channelId: id, platform: channel.platform })
    }
    return <Choice label={t('rules.channel')} value={scope.channelId} options={options} onChange={choose} />
  }
  return channels.length === 0 ? <p className="quiet">{t('rules.no_channels')}</p> : null
}

type MatrixProps = { settings: NotificationSettings; scope: RuleScope; change: SettingsChange }

function RuleMatrix({ settings, scope, change }: MatrixProps) {
  const { t } = useTexts()
  return (
    <table className="rules">
      <thead>
        <tr>
          <th scope="col">{t('rules.kind')}</th>
          {notificationMedia.map((medium) => (
            <th scope="col" key={medium}>
              {t(`medium.${medium}`)}
            </th>
          ))}
          <th>
            <span className="sr-only">{t('rules.own')}</span>
          </th>
        </tr>
      </thead>
      {ruleGroups(scope).map(({ kind, keys }) => (
        <tbody key={kind}>
          {keys.map((key) => (
            <RuleRow key={key} {...{ settings, scope, change }} ruleKey={key} />
          ))}
        </tbody>
      ))}
    </table>
  )
}

function RuleRow({ settings, scope, change, ruleKey }: MatrixProps & { ruleKey: RuleKey }) {
  const { t } = useTexts()
  const { media, isOwn } = ruleCell(settings, scope, ruleKey)
  const name = ruleName(ruleKey, t)
  const toggle = (medium: NotificationMedium) =>
    change((current) => {
      const cell = ruleCell(current, scope, ruleKey)
      return withRule(current, scope, ruleKey, toggledMedium(cell.media, medium))
    })
  const reset = t(scope.kind === 'general' ? 'rules.reset_default' : 'rules.reset')
  return (
    <tr className={isOwn ? 'rule-own' : undefined}>
      <th scope="row">{name}</th>
      {notificationMedia.map((medium) => (
        <td key={medium}>
          <label>
            <input
              type="checkbox"
              checked={media.includes(medium)}
              onChange={() => toggle(medium)}
              aria-label={t('rules.cell', { rule: name, medium: t(`medium.${medium}`) })}
            />
            <span className="rule-medium" aria-hidden="true">
              {t(`medium.${medium}`)}
            </span>
          </label>
        </td>
      ))}
      <td>
        {isOwn && (
          <button
            type="button"
            className="icon-button"
            aria-label={`${reset}: ${name}`}
            title={reset}
            onClick={() => change((current) => withRule(current, scope, ruleKey, null))}
          >
            <Icon name="reply" />
          </button>
        )}
      </td>
    </tr>
  )
}
