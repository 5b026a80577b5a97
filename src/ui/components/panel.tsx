import type { ReactNode, Ref } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { Icon } from './icons.tsx'

export type PanelProps = {
  /** What a button names in its `popoverTarget` to open the panel. */
  id: string
  title: string
  className?: string
  ref?: Ref<HTMLDivElement>
  /** Buttons beside the one that closes. */
  actions?: ReactNode
  onToggle?: (isOpen: boolean) => void
  children: ReactNode
}

/** What a button of the top bar opens: it has a head with its title, and closes by itself when somebody clicks elsewhere. */
export function Panel({ id, title, className = '', ref, actions, onToggle, children }: PanelProps) {
  const { t } = useTexts()
  return (
    <div
      ref={ref}
      id={id}
      popover="auto"
      className={`panel ${className}`.trim()}
      role="dialog"
      aria-label={title}
      onToggle={(event) => onToggle?.(event.newState === 'open')}
    >
      <div className="panel-head">
        <h2>{title}</h2>
        {actions}
        <button
          type="button"
          className="icon-button"
          popoverTarget={id}
          popoverTargetAction="hide"
          aria-label={t('panel.close')}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </div>
  )
}
