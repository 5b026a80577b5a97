import { useTexts } from '../i18n/use-texts.ts'
import { Notice } from './notice.tsx'

/** The right pane before a conversation is chosen. */
export function NothingOpen() {
  const { t } = useTexts()
  return (
    <Notice icon="inbox" title={t('open.title')} text={t('open.text')}>
      <dl className="keys">
        <div>
          <dt>
            <kbd>J</kbd> <kbd>K</kbd> <kbd>↓</kbd> <kbd>↑</kbd>
          </dt>
          <dd>{t('open.key_move')}</dd>
        </div>
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>{t('open.key_open')}</dd>
        </div>
        <div>
          <dt>
            <kbd>R</kbd>
          </dt>
          <dd>{t('open.key_reply')}</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>{t('open.key_back')}</dd>
        </div>
        <div>
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>{t('open.key_search')}</dd>
        </div>
      </dl>
    </Notice>
  )
}
